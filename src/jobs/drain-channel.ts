import type { SendResult } from '../domain/channel.ts';
import { type Delivery as DeliveryNote, deliveryOf } from '../domain/delivery.ts';
import type { Notification } from '../domain/notification.ts';

/** How often, and since when, the message at the head of a list was tried. */
interface Attempts {
  readonly count: number;
  readonly since: number;
}

interface Head {
  readonly notification: Notification;
  readonly attempts: Attempts | null;
  readonly heard: boolean;
  readonly endWaits: boolean;
  readonly newerWaits: boolean;
  readonly raw: string;
}

/** How a message left, or why it stays. */
export type DeliveryResult = 'delivered' | 'retried' | 'given_up' | 'superseded';

export interface DrainPorts {
  readonly now: () => number;
  /** In [0, 1): spreads retries. */
  readonly random: () => number;
  readonly head: (channel: string, incident: string) => Promise<Head | null>;
  readonly noteAttempt: (channel: string, notification: Notification, attempts: Attempts) => Promise<void>;
  /** `failed` is null where the message was delivered. */
  readonly noteOutcome: (
    channel: string,
    incident: string,
    head: Head,
    failed: DeliveryNote | null,
  ) => Promise<void>;
  readonly settle: (channel: string, incident: string, head: Head, ending: DeliveryNote) => Promise<boolean>;
  /** Never throws. */
  readonly send: (channel: string, notification: Notification) => Promise<SendResult>;
  readonly observed: (delivery: Delivery) => void;
}

export interface Delivery {
  readonly channel: string;
  readonly notification: Notification;
  readonly result: DeliveryResult;
  readonly reason: string | null;
  readonly attempt: number;
  /** Null where nothing was sent. */
  readonly durationMs: number | null;
}

/** Everything was dealt with, or the list waits until `at` (epoch ms) before its head is tried again. */
export type DrainEnding = { readonly kind: 'empty' } | { readonly kind: 'wait'; readonly at: number };

/** A receiver that is down this long is not waited for any more. */
export const GIVE_UP_AFTER_MS = 24 * 3_600_000;
/** A day in which the monitor itself was down, or that a clock skipped, is no day of trying. */
const LEAST_ATTEMPTS = 50;
const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 5 * 60_000;

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
    const again = await attempt(channel, incident, head, ports);
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
  const tried = { at: now, since: attempts.since, attempts: attempts.count };
  const why = sent.kind === 'delivered' ? { failure: null, reason: null } : sent;
  // Also of what is given up next: a crash before that has it sent again.
  const failed = sent.kind === 'delivered' ? null : deliveryOf(notification, 'retried', tried, why);
  await ports.noteOutcome(channel, incident, head, failed);
  const report = (result: DeliveryResult) =>
    ports.observed({
      ...{ channel, notification, result, reason: why.reason },
      ...{ attempt: attempts.count, durationMs: now - begun },
    });
  const tooLate = now - attempts.since >= GIVE_UP_AFTER_MS && attempts.count >= LEAST_ATTEMPTS;
  if (sent.kind === 'transient' && !tooLate) {
    report('retried');
    return now + backoff(attempts.count, sent.retryAfterMs, ports.random());
  }
  const result = sent.kind === 'delivered' ? 'delivered' : 'given_up';
  await ports.settle(channel, incident, head, deliveryOf(notification, result, tried, why));
  report(result);
  return null;
}

/**
 * Of what nobody has heard, nobody needs to hear that it is over: the message is dropped, and its end after it. And a
 * receiver that was away needs no pile of old reminders.
 */
function isSuperseded({ notification, heard, endWaits, newerWaits }: Head): boolean {
  if (notification.status === 'reminder' && newerWaits) return true;
  return !heard && (endWaits || notification.status === 'resolved');
}

/** Doubles up to five minutes, with up to a fifth added so that many lists don't return at once. */
function backoff(attempt: number, retryAfterMs: number | null, random: number): number {
  const doubled = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(attempt - 1, 20));
  const asked = Math.min(retryAfterMs ?? 0, 3_600_000);
  return Math.max(asked, Math.floor(doubled * (1 + random / 5)));
}
