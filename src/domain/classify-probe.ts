import { type Body, hasCode, headerValue, parseBody, printable } from './answer.ts';
import { FORBIDDEN_CODES, type GatewayOutcome } from './classify.ts';
import { findVendorErrors, hasFailures, type VendorError } from './vendor-error.ts';

/** What one probe of a permission found out. The set is closed: it is a metric label. The words are those of verdicts. */
export const PROBE_RESULTS = [
  'permitted',
  'denied',
  'auth_uncertain',
  'bad_request',
  'wrong_endpoint',
  'unexpected_response',
  'rate_limited',
  'gateway_error',
  'timeout',
  'network_error',
  'tls_error',
] as const;
export type ProbeResult = (typeof PROBE_RESULTS)[number];

/** What a result proves of the permission; all else proves nothing. */
export function provenBy(result: ProbeResult): 'permitted' | 'denied' | 'nothing' {
  switch (result) {
    case 'permitted':
    case 'denied':
      return result;
    case 'auth_uncertain':
    case 'bad_request':
    case 'wrong_endpoint':
    case 'unexpected_response':
    case 'rate_limited':
    case 'gateway_error':
    case 'timeout':
    case 'network_error':
    case 'tls_error':
      return 'nothing';
    default:
      return result satisfies never;
  }
}

/** The interpreted answer to a probe. It holds nothing secret: texts are bounded and have had the token cut out. */
export interface ProbeAnswer {
  readonly result: ProbeResult;
  /** Null when no HTTP answer came. */
  readonly httpStatus: number | null;
  /** The vendor's error code, or the transport's, at most 64 characters. */
  readonly code: string | null;
  readonly requestId: string | null;
}

export interface ClassifyProbeContext {
  /** Vendor codes that mean "not permitted", besides the built-in ones. */
  readonly forbidden: readonly string[];
  /** Cuts the token out of a text, in case the gateway echoes it. */
  readonly redact: (text: string) => string;
}

/**
 * Turns what came back from a permission probe into a result. Total: any status, any bytes and any headers give one,
 * and nothing throws. Only an answer of the API itself is taken for `permitted` or `denied`.
 */
export function classifyProbe(outcome: GatewayOutcome, context: ClassifyProbeContext): ProbeAnswer {
  const show = (text: string | null, length: number) =>
    text === null ? null : printable(text, length, context.redact);
  if (outcome.kind === 'failure') {
    const { verdict: result, code } = outcome;
    return { result, httpStatus: null, code: show(code, 64), requestId: null };
  }
  const { status, headers } = outcome;
  const body = parseBody(outcome.body, outcome.oversized);
  const errors = body.kind === 'json' ? findVendorErrors(body.value) : [];
  const refusal = errors.find((error) => hasCode(error, [...FORBIDDEN_CODES, ...context.forbidden]));
  const result = judge(status, body, refusal);
  // A call that went through may still answer with fields that only look like an error.
  const shown = result === 'permitted' ? null : (refusal ?? errors[0] ?? null);
  return {
    result,
    httpStatus: Number.isInteger(status) ? status : null,
    code: show(shown?.code ?? null, 64),
    requestId: show(headerValue(headers['x-request-id']), 128),
  };
}

function judge(status: number, body: Body, refusal: VendorError | undefined): ProbeResult {
  if (status >= 200 && status < 300) return judgeSuccess(body, refusal);
  if (status >= 300 && status < 400) return 'wrong_endpoint';
  if (status >= 500 && status < 600) return 'gateway_error';
  switch (status) {
    case 401:
      // The token is a moment old: whatever refuses it says nothing of what the application may do.
      return 'auth_uncertain';
    case 403:
      // A firewall's page is not the API's answer.
      return isStructured(body) ? 'denied' : 'auth_uncertain';
    case 404:
      return 'wrong_endpoint';
    case 429:
      return 'rate_limited';
    default:
      return status >= 400 && status < 500 ? 'bad_request' : 'unexpected_response';
  }
}

/** The status is that of the call alone: a function that failed says so in `fail` (Mimecast's page on response codes). */
function judgeSuccess(body: Body, refusal: VendorError | undefined): ProbeResult {
  if (body.kind === 'html') return 'wrong_endpoint';
  if (!isStructured(body)) return 'unexpected_response';
  if (!hasFailures(body.value)) return 'permitted';
  return refusal !== undefined || statusWithin(body.value) === 403 ? 'denied' : 'unexpected_response';
}

function isStructured(body: Body): body is Extract<Body, { kind: 'json' }> {
  return body.kind === 'json' && typeof body.value === 'object' && body.value !== null;
}

/** `meta.status` is the function's own status, in the manner of HTTP. */
function statusWithin(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('meta' in value)) return undefined;
  const { meta } = value;
  return typeof meta === 'object' && meta !== null && 'status' in meta ? meta.status : undefined;
}
