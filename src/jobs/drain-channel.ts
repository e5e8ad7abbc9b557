import type { SendResult } from '../domain/channel.ts';
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
  readonly noteOutcome: (channel: string, failure: string | null, now: number) => Promise<void>;
  readonly settle: (
    channel: string,
    incident: string,
    head: Head,
    givenUpBecause: string | null,
  ) => Promise<boolean>;
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
      await ports.settle(channel, incident, head, null);
      const { notification } = head;
      const reason =
        notification.status === 'reminder'
          ? 'something newer is to be told'
          : 'the trouble ended before anybody was told of it';
      const nothing = { attempt: 0, durationMs: null };
      ports.observed({ channel, notification, result: 'superseded', reason, ...nothing });
      continue;
    }
    const begun = ports.now();
    const attempts = { count: (head.attempts?.count ?? 0) + 1, since: head.attempts?.since ?? begun };
    await ports.noteAttempt(channel, head.notification, attempts);
    const sent = await ports.send(channel, head.notification);
    const now = ports.now();
    await ports.noteOutcome(channel, sent.kind === 'delivered' ? null : sent.reason, now);
    const report = (result: DeliveryResult, reason: string | null) =>
      ports.observed({
        channel,
        notification: head.notification,
        result,
        reason,
        attempt: attempts.count,
        durationMs: now - begun,
      });
    const tooLate = now - attempts.since >= GIVE_UP_AFTER_MS && attempts.count >= LEAST_ATTEMPTS;
    if (sent.kind === 'transient' && !tooLate) {
      report('retried', sent.reason);
      return { kind: 'wait', at: now + backoff(attempts.count, sent.retryAfterMs, ports.random()) };
    }
    const lost = sent.kind === 'delivered' ? null : sent.reason;
    await ports.settle(channel, incident, head, lost);
    report(lost === null ? 'delivered' : 'given_up', lost);
  }
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
