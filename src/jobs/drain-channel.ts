import type { SendResult } from '../domain/channel.ts';
import { type Delivery, deliveryOf } from '../domain/delivery.ts';
import type { Notification } from '../domain/notification.ts';
import { type Attempts, afterFailure, isBack, sparedUntil } from './retrying.ts';

interface Head {
  readonly notification: Notification;
  readonly attempts: Attempts | null;
  readonly heard: boolean;
  readonly endWaits: boolean;
  readonly newerWaits: boolean;
  readonly raw: string;
}

export interface DrainPorts {
  readonly now: () => number;
  /** In [0, 1): spreads retries. */
  readonly random: () => number;
  readonly head: (channel: string, incident: string) => Promise<Head | null>;
  readonly noteAttempt: (channel: string, notification: Notification, attempts: Attempts) => Promise<void>;
  readonly noteFailure: (
    channel: string,
    incident: string,
    head: Head,
    failed: Delivery,
    attempts: Attempts,
  ) => Promise<void>;
  /** Resolves with since when the channel has failed (epoch ms), or null when it has not. */
  readonly noteSuccess: (channel: string) => Promise<number | null>;
  readonly settle: (channel: string, incident: string, head: Head, ending: Delivery) => Promise<boolean>;
  /** Has every list of the channel that waits looked at now. */
  readonly wakeWaiting: (channel: string) => Promise<void>;
  /** Never throws. */
  readonly send: (channel: string, notification: Notification) => Promise<SendResult>;
  readonly observed: (handled: HandledMessage) => void;
}

/** What was done with a message, for the log and the metrics. */
export interface HandledMessage {
  readonly channel: string;
  readonly notification: Notification;
  readonly result: Delivery['result'];
  readonly reason: string | null;
  readonly attempt: number;
  /** Null where nothing was sent. */
  readonly durationMs: number | null;
}

/** Everything was dealt with, or the list waits until `at` (epoch ms) before its head is tried again. */
export type DrainEnding = { readonly kind: 'empty' } | { readonly kind: 'wait'; readonly at: number };

/**
 * Sends what waits for one incident and channel, strictly in order: a resolve can't overtake its firing. The head
 * is taken off only after it was delivered or given up, so that a crash at any moment sends it again under its old
 * id rather than never.
 */
export async function drainChannel(
  channel: string,
  incident: string,
  ports: DrainPorts,
): Promise<DrainEnding> {
  for (;;) {
    const head = await ports.head(channel, incident);
    if (head === null) return { kind: 'empty' };
    if (isSuperseded(head)) {
      await supersede(channel, incident, head, ports);
      continue;
    }
    const again = sparedUntil(head.attempts, ports.now()) ?? (await attempt(channel, incident, head, ports));
    if (again !== null) return { kind: 'wait', at: again };
  }
}

/** Drops a message that is no news any more. */
async function supersede(channel: string, incident: string, head: Head, ports: DrainPorts): Promise<void> {
  const { notification, attempts } = head;
  const reason =
    notification.status === 'reminder'
      ? 'something newer is to be told'
      : 'the trouble ended before anybody was told of it';
  const tried = { at: ports.now(), since: attempts?.since ?? null, attempts: attempts?.count ?? 0 };
  const ending = deliveryOf(notification, 'superseded', tried, { failure: null, reason });
  await ports.settle(channel, incident, head, ending);
  ports.observed({ channel, notification, result: 'superseded', reason, attempt: 0, durationMs: null });
}

/** Sends the head; resolves with when to try it again, or null when it was dealt with. */
async function attempt(
  channel: string,
  incident: string,
  head: Head,
  ports: DrainPorts,
): Promise<number | null> {
  const { notification } = head;
  const begun = ports.now();
  const attempts = { count: (head.attempts?.count ?? 0) + 1, since: head.attempts?.since ?? begun };
  await ports.noteAttempt(channel, notification, attempts);
  const sent = await ports.send(channel, notification);
  const now = ports.now();
  const why = sent.kind === 'delivered' ? { failure: null, reason: null } : sent;
  const noteOf = (result: Delivery['result']) =>
    deliveryOf(notification, result, { at: now, since: attempts.since, attempts: attempts.count }, why);
  const report = (result: Delivery['result']) =>
    ports.observed({
      ...{ channel, notification, result, reason: why.reason },
      ...{ attempt: attempts.count, durationMs: now - begun },
    });
  const settle = async (result: 'delivered' | 'given_up') => {
    await ports.settle(channel, incident, head, noteOf(result));
    report(result);
  };
  if (sent.kind === 'delivered') {
    const failedSince = await ports.noteSuccess(channel);
    await settle('delivered');
    if (isBack(failedSince, now)) await ports.wakeWaiting(channel);
    return null;
  }
  const next = afterFailure(sent, attempts, now, ports.random());
  const asked = next.kind === 'again' && next.notBefore !== null ? { notBefore: next.notBefore } : {};
  // Also of what is given up next: a crash before that has it sent again.
  await ports.noteFailure(channel, incident, head, noteOf('retried'), { ...attempts, ...asked });
  if (next.kind !== 'again') {
    await settle('given_up');
    return null;
  }
  report('retried');
  return next.at;
}

/**
 * Of what nobody has heard, nobody needs to hear that it is over: the message is dropped, and its end after it. And a
 * receiver that was away needs no pile of old reminders.
 */
function isSuperseded({ notification, heard, endWaits, newerWaits }: Head): boolean {
  if (notification.status === 'reminder' && newerWaits) return true;
  return !heard && (endWaits || notification.status === 'resolved');
}
