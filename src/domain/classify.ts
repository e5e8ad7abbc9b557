import { type Body, hasCode, headerValue, parseBody, printable } from './answer.ts';
import { retryAfterMs } from './rate-limit.ts';
import { findVendorErrors, hasFailures, type VendorError } from './vendor-error.ts';
import type { CheckResult, Verdict } from './verdict.ts';

/** Vendor codes that decide a verdict; compared without regard to case. */
export interface VendorCodes {
  readonly rejected: readonly string[];
  readonly forbidden: readonly string[];
  readonly expired: readonly string[];
}

/**
 * Codes that say, in so many words, that the key pair itself is refused. `InvalidClientIdentifier` is Mimecast's;
 * `invalid_client` and `unauthorized_client` are RFC 6749 section 5.2; `oauth.v2.InvalidApiKey` is that of an
 * Apigee gateway. Codes such as `token_verification_failed` are left out on purpose: connectors in production treat
 * them as passing faults.
 */
const REJECTED_CODES: readonly string[] = [
  'InvalidClientIdentifier',
  'invalid_client',
  'unauthorized_client',
  'oauth.v2.InvalidApiKey',
];

/** Codes that say the keys are good but the application may not use them. */
export const FORBIDDEN_CODES: readonly string[] = ['app_forbidden', 'access_denied'];

/** What came back from a gateway: an HTTP answer, or the reason why there was none. */
export type GatewayOutcome = GatewayAnswer | TransportFailure;

export interface GatewayAnswer {
  readonly kind: 'answer';
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
  /** The body was longer than the bound and is not complete. */
  readonly oversized: boolean;
}

export interface TransportFailure {
  readonly kind: 'failure';
  readonly verdict: 'timeout' | 'network_error' | 'tls_error';
  readonly code: string | null;
  readonly message: string | null;
}

/** What became of a token request; without the secret nothing was sent. */
export type ExchangeOutcome =
  | GatewayOutcome
  | {
      readonly kind: 'failure';
      readonly verdict: 'secret_unavailable';
      readonly code: string | null;
      readonly message: string | null;
    };

export interface ClassifyContext {
  readonly codes: VendorCodes;
  /** Epoch milliseconds; rate-limit headers may hold a date. */
  readonly now: number;
  /** Cuts this exchange's own secrets out of a text, in case the gateway echoes them. */
  readonly redact: (text: string) => string;
}

/**
 * Turns the outcome of a token request into a verdict. Total: any status, any bytes and any headers give one,
 * and nothing throws.
 */
export function classify(outcome: ExchangeOutcome, context: ClassifyContext): CheckResult {
  const show = (text: string | null, length: number) =>
    text === null ? null : printable(text, length, context.redact);
  if (outcome.kind === 'failure') {
    return {
      verdict: outcome.verdict,
      httpStatus: null,
      code: show(outcome.code, 64),
      message: show(outcome.message, 200),
      requestId: null,
      tokenLifetimeSeconds: null,
      retryAfterMs: null,
    };
  }
  const body = parseBody(outcome.body, outcome.oversized);
  const errors = body.kind === 'json' ? findVendorErrors(body.value) : [];
  const { verdict, error } = judge(outcome.status, body, errors, context.codes);
  const shown = error ?? errors[0] ?? null;
  return {
    verdict,
    httpStatus: Number.isInteger(outcome.status) ? outcome.status : null,
    code: show(shown?.code ?? null, 64),
    message: show(shown?.message ?? null, 200),
    requestId: show(headerValue(outcome.headers['x-request-id']), 128),
    tokenLifetimeSeconds: verdict === 'valid' && body.kind === 'json' ? lifetimeOf(body.value) : null,
    retryAfterMs: verdict === 'rate_limited' ? retryAfterMs(outcome.headers, context.now) : null,
  };
}

interface Judgement {
  readonly verdict: Verdict;
  /** The one of several vendor errors that decided. */
  readonly error: VendorError | null;
}

function judge(status: number, body: Body, errors: readonly VendorError[], extra: VendorCodes): Judgement {
  if (status >= 200 && status < 300) return judgeSuccess(status, body);
  if (status >= 300 && status < 400) return { verdict: 'wrong_endpoint', error: null };
  if (status >= 400 && status < 500) return judgeClientError(status, body, errors, extra);
  if (status >= 500 && status < 600) return { verdict: 'gateway_error', error: null };
  return { verdict: 'unexpected_response', error: null };
}

function judgeSuccess(status: number, body: Body): Judgement {
  if (body.kind === 'html') return { verdict: 'wrong_endpoint', error: null };
  const good = status === 200 && body.kind === 'json' && hasToken(body.value) && !hasFailures(body.value);
  return { verdict: good ? 'valid' : 'unexpected_response', error: null };
}

function judgeClientError(
  status: number,
  body: Body,
  errors: readonly VendorError[],
  extra: VendorCodes,
): Judgement {
  const find = (codes: readonly string[]) => errors.find((error) => hasCode(error, codes)) ?? null;
  if (status === 404) return { verdict: 'wrong_endpoint', error: null };
  if (status === 429) return { verdict: 'rate_limited', error: null };

  const expired = find(extra.expired);
  if (expired) return { verdict: 'key_expired', error: expired };
  // 418 is API 1.0's "key binding expired"; a teapot without the vendor's fail[] is somebody else's joke.
  if (status === 418 && body.kind === 'json' && hasFailures(body.value)) {
    return { verdict: 'key_expired', error: null };
  }
  if (status === 400 || status === 401) {
    const rejected = find(REJECTED_CODES) ?? find(extra.rejected);
    if (rejected) return { verdict: 'rejected', error: rejected };
  }
  if (status === 403) {
    const forbidden = find(FORBIDDEN_CODES) ?? find(extra.forbidden);
    if (forbidden) return { verdict: 'forbidden', error: forbidden };
  }
  // Whatever else refuses us (a WAF, a proxy, a code nobody has documented) proves nothing about the keys.
  if (status === 401 || status === 403) return { verdict: 'auth_uncertain', error: null };
  return { verdict: 'bad_request', error: null };
}

function hasToken(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('access_token' in value)) return false;
  return typeof value.access_token === 'string' && value.access_token.trim() !== '';
}

/** `expires_in` is documented as seconds in a JSON number; some gateways send a numeric string. */
function lifetimeOf(value: unknown): number | null {
  if (typeof value !== 'object' || value === null || !('expires_in' in value)) return null;
  const raw = value.expires_in;
  const seconds = typeof raw === 'string' && /^\d{1,10}$/.test(raw.trim()) ? Number(raw) : raw;
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}
