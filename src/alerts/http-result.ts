import type { SendResult } from '../domain/channel.ts';

/**
 * What an HTTP status means for a message. 408 and 429 and everything 5xx pass; any other 4xx, and a redirect
 * (which is never followed, since it could carry the message to a stranger), won't get better by itself.
 */
export function resultOfStatus(status: number, retryAfter: string | undefined, now: number): SendResult {
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  const reason = `the receiver answered HTTP ${status}`;
  if (status === 408 || status === 429 || status >= 500) {
    return { kind: 'transient', reason, retryAfterMs: readRetryAfter(retryAfter, now) };
  }
  return { kind: 'permanent', reason };
}

/** An error of the HTTP client: only its code is told, since its message may hold the URL. */
export function resultOfError(error: unknown): SendResult {
  const name = nameOf(error);
  const deadline = name === 'TimeoutError' || name === 'AbortError';
  const reason = deadline ? 'no answer before the deadline' : `sending failed (${name})`;
  return { kind: 'transient', reason, retryAfterMs: null };
}

/** The code, which a deadline has none of, else the name; compared by these and not by class, as undici advises. */
function nameOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown error';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'name' in error && typeof error.name === 'string' ? error.name : 'unknown error';
}

/** `Retry-After` (RFC 9110 section 10.2.3) in milliseconds: seconds or a date. */
function readRetryAfter(header: string | undefined, now: number): number | null {
  if (header === undefined) return null;
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header) * 1_000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
