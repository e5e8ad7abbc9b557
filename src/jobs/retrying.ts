import type { SendResult } from '../domain/channel.ts';

/** How often, and since when, the message at the head of a list was tried. */
export interface Attempts {
  readonly count: number;
  /** Epoch milliseconds of the first attempt. */
  readonly since: number;
  /** The receiver asked not to be sent it again before (epoch ms); absent where it did not ask. */
  readonly notBefore?: number;
}

/** What follows a failed attempt. */
export type AfterFailure =
  | { readonly kind: 'refused' }
  | { readonly kind: 'too_late' }
  /** Tried again `at` (epoch ms), and earlier when the receiver is known to be back, but not before `notBefore`. */
  | { readonly kind: 'again'; readonly at: number; readonly notBefore: number | null };

/** A receiver that is down this long is not waited for any more. */
export const GIVE_UP_AFTER_MS = 24 * 3_600_000;
/** A day in which the monitor itself was down, or that a clock skipped, is no day of trying. */
const LEAST_ATTEMPTS = 50;
const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 5 * 60_000;
/** No receiver is spared for longer, whatever it asks. */
const LONGEST_ASKED_MS = 3_600_000;
/**
 * A channel that failed for less wakes nobody when it works again, so that a receiver which takes one message and refuses
 * the next is sent none of them more often than this.
 */
const AWAY_MS = 5_000;

/** Decides what follows a failed attempt; `random` in [0, 1) spreads the retries. */
export function afterFailure(
  sent: Exclude<SendResult, { kind: 'delivered' }>,
  { count, since }: Attempts,
  now: number,
  random: number,
): AfterFailure {
  if (sent.kind === 'permanent') return { kind: 'refused' };
  if (now - since >= GIVE_UP_AFTER_MS && count >= LEAST_ATTEMPTS) return { kind: 'too_late' };
  const asked = Math.min(sent.retryAfterMs ?? 0, LONGEST_ASKED_MS);
  const at = now + Math.max(asked, backoff(count, random));
  return { kind: 'again', at, notBefore: asked > 0 ? now + asked : null };
}

/** Until when the receiver asked to be spared a message, epoch ms; null when it may be sent. */
export function sparedUntil(attempts: Attempts | null, now: number): number | null {
  const until = attempts?.notBefore ?? now;
  // What lies further ahead was noted before the clock was set back.
  return until > now && until <= now + LONGEST_ASKED_MS ? until : null;
}

/** Whether a receiver that takes messages again was away, so that what waits for it need not wait any longer. */
export function isBack(failedSince: number | null, now: number): boolean {
  return failedSince !== null && now - failedSince >= AWAY_MS;
}

/** Doubles up to five minutes, with up to a fifth added so that many lists don't return at once. */
function backoff(attempt: number, random: number): number {
  const doubled = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(attempt - 1, 20));
  return Math.floor(doubled * (1 + random / 5));
}
