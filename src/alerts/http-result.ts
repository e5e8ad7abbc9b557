import type { Failed, Receipt, SendResult } from '../domain/channel.ts';
import type { HttpAnswer } from './http-client.ts';
import { httpReceipt } from './receipt.ts';

/**
 * What an HTTP status means for a message. 408 and 429 and everything 5xx pass; any other 4xx, and a redirect
 * (which is never followed, since it could carry the message to a stranger), won't get better by itself. `why` says
 * more where the vendor's answer is known, e.g. `no_service`.
 */
export function resultOfStatus(answer: HttpAnswer, now: number, why: string | null = null): SendResult {
  const { status, headers } = answer;
  if (isSuccess(answer)) return delivered(answer);
  const reason = `the receiver answered HTTP ${status}${why === null ? '' : ` (${why})`}`;
  if (!isPassing(status)) return refused(reason, httpReceipt(answer));
  const retryAfterMs = readRetryAfter(headers['retry-after'], now);
  return { ...tryAgain('unavailable', reason, httpReceipt(answer)), retryAfterMs };
}

/** The receiver took the message; `ids` is what it calls it. */
export function delivered(answer: HttpAnswer, ids: Readonly<Record<string, unknown>> = {}): SendResult {
  return { kind: 'delivered', receipt: httpReceipt(answer, ids) };
}

/** The receiver won't take this message, however often it is sent. */
export function refused(reason: string, receipt: Receipt | null): SendResult {
  return { kind: 'permanent', failure: 'refused', reason, receipt };
}

/** True for an HTTP status that a later attempt may not meet again. */
export function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** Something is in the way that may be gone for the next attempt. */
export function tryAgain(
  failure: Failed['failure'],
  reason: string,
  receipt: Receipt | null = null,
): Extract<SendResult, { kind: 'transient' }> {
  return { kind: 'transient', failure, reason, receipt, retryAfterMs: null };
}

/** A 2xx that does not say what this vendor says of a message it took: a login page, a proxy, half an answer. */
export function unconfirmed(answer: HttpAnswer): SendResult {
  const reason = `the receiver answered HTTP ${answer.status} without confirming the message`;
  return tryAgain('unconfirmed', reason, httpReceipt(answer));
}

export function isSuccess({ status }: HttpAnswer): boolean {
  return status >= 200 && status < 300;
}

/** The answer as a JSON object, or null when it is none or not whole. */
export function jsonObject(answer: HttpAnswer): Readonly<Record<string, unknown>> | null {
  if (!answer.complete) return null;
  try {
    const value: unknown = JSON.parse(answer.body);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/** An error of the HTTP client: only its code is told, since its message may hold the URL. */
export function resultOfError(error: unknown): SendResult {
  const name = nameOf(error);
  const deadline = name === 'TimeoutError' || name === 'AbortError';
  return tryAgain('unreachable', deadline ? 'no answer before the deadline' : `sending failed (${name})`);
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
  // The engine takes nearly anything for a date, `-1` for one; each of HTTP's three forms begins with a weekday.
  const date = /^\s*[A-Za-z]{3,9},? /.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
