/** What one check found out. The set is closed: it is a metric label. */
export const VERDICTS = [
  'valid',
  'rejected',
  'key_expired',
  'forbidden',
  'auth_uncertain',
  'bad_request',
  'wrong_endpoint',
  'unexpected_response',
  'rate_limited',
  'gateway_error',
  'timeout',
  'network_error',
  'tls_error',
  'secret_unavailable',
] as const;
export type Verdict = (typeof VERDICTS)[number];

export type Certainty = 'valid' | 'invalid' | 'unknown';

/** How much a verdict proves about the key pair. Only `valid` and `invalid` ever move a credential's fate. */
export function certaintyOf(verdict: Verdict): Certainty {
  switch (verdict) {
    case 'valid':
      return 'valid';
    case 'rejected':
    case 'key_expired':
    case 'forbidden':
      return 'invalid';
    case 'auth_uncertain':
    case 'bad_request':
    case 'wrong_endpoint':
    case 'unexpected_response':
    case 'rate_limited':
    case 'gateway_error':
    case 'timeout':
    case 'network_error':
    case 'tls_error':
    case 'secret_unavailable':
      return 'unknown';
    default:
      return verdict satisfies never;
  }
}

/**
 * The interpreted answer to one check. It holds nothing secret: codes and messages are bounded, printable and
 * have had the exchange's own secrets cut out.
 */
export interface CheckResult {
  readonly verdict: Verdict;
  /** Null when no HTTP answer came. */
  readonly httpStatus: number | null;
  /** The vendor's error code, or the transport's (`ECONNREFUSED`), at most 64 characters. */
  readonly code: string | null;
  /** A human-readable sentence from the answer, at most 200 characters. For terminals only; never stored. */
  readonly message: string | null;
  /** `x-request-id` of the answer, useful in a support ticket. */
  readonly requestId: string | null;
  /** Lifetime of the issued token in seconds; only with `valid`. */
  readonly tokenLifetimeSeconds: number | null;
  /** How long the gateway asked us to wait, in milliseconds, bounded; only with `rate_limited`. */
  readonly retryAfterMs: number | null;
}
