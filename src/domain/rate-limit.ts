/** A gateway that names a later time is not believed further than this: a broken header must not blind us. */
export const LONGEST_WAIT_MS = 15 * 60_000;

/** Without any header the connection waits this long. */
export const DEFAULT_WAIT_MS = 60_000;

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * How long a 429 asks us to wait, in milliseconds, between 1 s and `LONGEST_WAIT_MS`.
 *
 * Mimecast documents `X-RateLimit-Reset` as milliseconds until a call is available. Larger numbers can only be
 * points in time: above 1e12 epoch milliseconds, above 1e9 epoch seconds. `Retry-After` (RFC 9110 section
 * 10.2.3: seconds or a date) is not documented by the vendor but honoured by others; the longer wait wins.
 */
export function retryAfterMs(headers: Headers, now: number): number {
  const waits = [resetWait(headers['x-ratelimit-reset'], now), retryWait(headers['retry-after'], now)];
  const known = waits.filter((wait) => wait !== null);
  const wait = known.length === 0 ? DEFAULT_WAIT_MS : Math.max(...known);
  return Math.min(Math.max(wait, 1_000), LONGEST_WAIT_MS);
}

function resetWait(header: string | readonly string[] | undefined, now: number): number | null {
  const value = numeric(header);
  if (value === null) return null;
  if (value > 1e12) return value - now;
  if (value > 1e9) return value * 1_000 - now;
  return value;
}

function retryWait(header: string | readonly string[] | undefined, now: number): number | null {
  const seconds = numeric(header);
  if (seconds !== null) return seconds * 1_000;
  const text = first(header)?.trim() ?? '';
  // An HTTP date begins with the name of a day; the parser would also find a date in "-5".
  const date = /^[A-Za-z]{3,9},? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? null : date - now;
}

function numeric(header: string | readonly string[] | undefined): number | null {
  const text = first(header)?.trim() ?? '';
  return /^\d{1,15}(\.\d{1,6})?$/.test(text) ? Number(text) : null;
}

function first(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0];
}
