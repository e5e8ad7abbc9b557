import { describe, expect, it } from '@jest/globals';
import { type ClassifyContext, classify, type ExchangeOutcome } from '../../src/domain/classify.ts';
import { certaintyOf, VERDICTS, type Verdict } from '../../src/domain/verdict.ts';
import { T0 } from './checks.ts';

const context: ClassifyContext = {
  codes: { rejected: [], forbidden: [], expired: [] },
  now: T0,
  redact: (text) => text,
};

type Headers = Extract<ExchangeOutcome, { kind: 'answer' }>['headers'];

function answer(
  status: number,
  body: unknown = '',
  headers: Headers = {},
  oversized = false,
): ExchangeOutcome {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { kind: 'answer', status, headers, body: new TextEncoder().encode(text), oversized };
}

function verdictOf(status: number, body: unknown, extra: Partial<ClassifyContext['codes']> = {}): Verdict {
  return classify(answer(status, body), { ...context, codes: { ...context.codes, ...extra } }).verdict;
}

const TOKEN = { access_token: 'RPjLow4SKlsPLycjML3d', token_type: 'Bearer', expires_in: 1_799, scope: '' };
const INVALID = { fail: [{ code: 'InvalidClientIdentifier', message: 'Client credentials are invalid' }] };
const fail = (code: string) => ({ fail: [{ code, message: 'x' }] });
const nested = (code: string) => ({
  fail: [{ key: {}, errors: [{ code, message: 'x', retryable: true }] }],
  meta: { status: 200 },
  data: [],
});
const fault = (code: string) => ({ fault: { faultstring: 'Invalid ApiKey', detail: { errorcode: code } } });
const HTML = '<!DOCTYPE html><html><body>Access was blocked. InvalidClientIdentifier</body></html>';

const ANSWERS: readonly [string, number, unknown, Verdict][] = [
  ['the documented success', 200, TOKEN, 'valid'],
  ['a success without scope or type', 200, { access_token: 'x' }, 'valid'],
  ['a success with an odd token type', 200, { ...TOKEN, token_type: 'bEARER' }, 'valid'],
  ['a success with a byte order mark', 200, `\ufeff${JSON.stringify(TOKEN)}`, 'valid'],
  ['a success with an empty fail list', 200, { ...TOKEN, fail: [] }, 'valid'],
  ['a token beside fail[]', 200, { ...TOKEN, ...INVALID }, 'unexpected_response'],
  ['a token with another 2xx', 201, TOKEN, 'unexpected_response'],
  ['an empty token', 200, { ...TOKEN, access_token: '' }, 'unexpected_response'],
  ['a blank token', 200, { ...TOKEN, access_token: ' \n' }, 'unexpected_response'],
  ['a token that is a number', 200, { ...TOKEN, access_token: 7 }, 'unexpected_response'],
  ['a token that is null', 200, { ...TOKEN, access_token: null }, 'unexpected_response'],
  ['a token that is an object', 200, { access_token: { access_token: 'x' } }, 'unexpected_response'],
  ['a token inside a list', 200, [TOKEN], 'unexpected_response'],
  ['a token in a prototype', 200, '{"__proto__":{"access_token":"x"}}', 'unexpected_response'],
  ['200 without a token', 200, { token_type: 'Bearer' }, 'unexpected_response'],
  ['200 with fail[] that names the keys', 200, INVALID, 'unexpected_response'],
  ['200 with fail[].errors[]', 200, nested('err_x'), 'unexpected_response'],
  ['truncated JSON', 200, '{"access_token":"RPjLow4SK', 'unexpected_response'],
  ['an empty body', 200, '', 'unexpected_response'],
  ['a plain text', 200, 'OK', 'unexpected_response'],
  ['null', 200, 'null', 'unexpected_response'],
  ['204', 204, '', 'unexpected_response'],
  ['HTML with 200', 200, HTML, 'wrong_endpoint'],
  ['HTML with 200, after white space', 200, `\r\n  ${HTML}`, 'wrong_endpoint'],
  ['301', 301, '', 'wrong_endpoint'],
  ['302 with a token', 302, TOKEN, 'wrong_endpoint'],
  ['304', 304, '', 'wrong_endpoint'],
  ['307', 307, '', 'wrong_endpoint'],
  ['404', 404, '', 'wrong_endpoint'],
  ['404 that names the keys', 404, INVALID, 'wrong_endpoint'],

  ['the documented rejection', 401, INVALID, 'rejected'],
  ['the documented rejection with 400', 400, INVALID, 'rejected'],
  ['a rejection in other letters', 401, fail('INVALIDCLIENTIDENTIFIER'), 'rejected'],
  ['a rejection among others', 401, { fail: [{ code: 'err_x' }, ...INVALID.fail] }, 'rejected'],
  ['a rejection inside errors[]', 401, nested('InvalidClientIdentifier'), 'rejected'],
  ['RFC 6749 invalid_client', 401, { error: 'invalid_client', error_description: 'x' }, 'rejected'],
  ['RFC 6749 invalid_client with 400', 400, { error: 'invalid_client' }, 'rejected'],
  ['RFC 6749 unauthorized_client', 400, { error: 'unauthorized_client' }, 'rejected'],
  ['an Apigee fault', 401, fault('oauth.v2.InvalidApiKey'), 'rejected'],

  ['a passing code', 401, fail('token_verification_failed'), 'auth_uncertain'],
  ['another passing code', 401, fail('Unauthorized Request'), 'auth_uncertain'],
  ['unauthorized', 401, fail('unauthorized'), 'auth_uncertain'],
  ['a code that only contains a known one', 401, fail('NotInvalidClientIdentifier'), 'auth_uncertain'],
  [
    'a message that names a known code',
    401,
    { error: { message: 'InvalidClientIdentifier' } },
    'auth_uncertain',
  ],
  ['an unknown fault', 401, fault('oauth.v2.InvalidAccessToken'), 'auth_uncertain'],
  ['401 with HTML that names the code', 401, HTML, 'auth_uncertain'],
  ['401 with nothing', 401, '', 'auth_uncertain'],
  ['401 with truncated JSON', 401, '{"fail":[{"code":"InvalidClientIdentifier"', 'auth_uncertain'],
  ['401 with app_forbidden', 401, fail('app_forbidden'), 'auth_uncertain'],
  ['401 with a token', 401, TOKEN, 'auth_uncertain'],

  ['403 app_forbidden', 403, fail('app_forbidden'), 'forbidden'],
  ['403 access_denied', 403, { error: 'access_denied' }, 'forbidden'],
  ['403 of an unknown code', 403, fail('quota_policy'), 'auth_uncertain'],
  ['403 that names the keys', 403, INVALID, 'auth_uncertain'],
  ['403 with HTML', 403, HTML, 'auth_uncertain'],
  ['403 with nothing', 403, '', 'auth_uncertain'],

  ['418 with fail[]', 418, fail('err_binding_expired'), 'key_expired'],
  ['418 with fail[].errors[]', 418, nested('err_binding_expired'), 'key_expired'],
  ['418 without fail[]', 418, { error: 'teapot' }, 'bad_request'],
  ['418 with an empty fail[]', 418, { fail: [] }, 'bad_request'],
  ['418 with HTML', 418, HTML, 'bad_request'],

  ['400 of a missing field', 400, { ErrorCode: 'invalid_request', Error: 'x' }, 'bad_request'],
  ['400 with nothing', 400, '', 'bad_request'],
  ['405', 405, '', 'bad_request'],
  ['413', 413, '', 'bad_request'],
  ['499 that names the keys', 499, INVALID, 'bad_request'],
  ['429', 429, '', 'rate_limited'],
  ['429 that names the keys', 429, INVALID, 'rate_limited'],
  ...[500, 502, 503, 504, 509, 599].map((status): [string, number, unknown, Verdict] => [
    `${status}`,
    status,
    INVALID,
    'gateway_error',
  ]),
  ['101', 101, '', 'unexpected_response'],
  ['a status beyond HTTP', 600, TOKEN, 'unexpected_response'],
  ['no status at all', Number.NaN, TOKEN, 'unexpected_response'],
];

describe('classify', () => {
  it.each(ANSWERS)('%s (%d) is what the table of verdicts says', (_what, status, body, verdict) => {
    expect(verdictOf(status, body)).toBe(verdict);
  });

  it.each([
    ['timeout', 'timeout'],
    ['network_error', 'network_error'],
    ['tls_error', 'tls_error'],
    ['secret_unavailable', 'secret_unavailable'],
  ] as const)(
    'a failure of the kind %s keeps its verdict, its code and has no status',
    (verdict, expected) => {
      const result = classify({ kind: 'failure', verdict, code: 'ECODE', message: 'why' }, context);
      expect(result).toEqual({
        verdict: expected,
        httpStatus: null,
        code: 'ECODE',
        message: 'why',
        requestId: null,
        tokenLifetimeSeconds: null,
        retryAfterMs: null,
      });
    },
  );

  it('does not read a body that was cut off, however good its beginning is', () => {
    expect(classify(answer(200, TOKEN, {}, true), context).verdict).toBe('unexpected_response');
    expect(classify(answer(401, INVALID, {}, true), context).verdict).toBe('auth_uncertain');
  });

  it('takes more codes from the config, each for its own verdict and statuses only', () => {
    const extra = { rejected: ['err_gone'], forbidden: ['err_role'], expired: ['err_old'] };
    const table: [number, string, Verdict][] = [
      [401, 'ERR_GONE', 'rejected'],
      [400, 'err_gone', 'rejected'],
      [403, 'err_gone', 'auth_uncertain'],
      [403, 'err_role', 'forbidden'],
      [401, 'err_role', 'auth_uncertain'],
      [401, 'err_old', 'key_expired'],
      [403, 'err_old', 'key_expired'],
      [400, 'err_old', 'key_expired'],
      [200, 'err_old', 'unexpected_response'],
      [429, 'err_old', 'rate_limited'],
      [503, 'err_old', 'gateway_error'],
    ];
    for (const [status, code, verdict] of table) {
      expect([status, code, verdictOf(status, fail(code), extra)]).toEqual([status, code, verdict]);
    }
  });

  it('shows the code that decided, not the first one', () => {
    const body = { fail: [{ code: 'err_x' }, { code: 'InvalidClientIdentifier', message: 'no' }] };
    expect(classify(answer(401, body), context)).toMatchObject({
      code: 'InvalidClientIdentifier',
      message: 'no',
    });
  });

  it('shows the first code where none decided', () => {
    expect(classify(answer(503, nested('err_first')), context).code).toBe('err_first');
  });

  it('reads the lifetime of a token as seconds, also from a numeric string, and only from a good one', () => {
    const lifetime = (value: unknown) =>
      classify(answer(200, { ...TOKEN, expires_in: value }), context).tokenLifetimeSeconds;
    expect([1_799, '1799', 0, -1, '1e9', 'soon', null, {}].map(lifetime)).toEqual([
      1_799,
      1_799,
      0,
      null,
      null,
      null,
      null,
      null,
    ]);
    expect(classify(answer(401, { ...INVALID, expires_in: 5 }), context).tokenLifetimeSeconds).toBeNull();
  });

  it('keeps the request id, the first where there are several, bounded and printable', () => {
    const id = (value: string | string[]) =>
      classify(answer(401, '', { 'x-request-id': value }), context).requestId;
    expect(id('abc')).toBe('abc');
    expect(id(['one', 'two'])).toBe('one');
    expect(id([])).toBeNull();
    expect(id('\u001b[31m')).toBe('[31m');
    expect(id('x'.repeat(500))).toHaveLength(128);
  });

  it('asks to wait only where it was rate-limited', () => {
    const headers = { 'x-ratelimit-reset': '7000' };
    expect(classify(answer(429, '', headers), context).retryAfterMs).toBe(7_000);
    expect(classify(answer(503, '', headers), context).retryAfterMs).toBeNull();
  });

  it('never shows the access token, whatever is wrong beside it', () => {
    const shown = JSON.stringify(classify(answer(200, { ...TOKEN, ...INVALID }), context));
    expect(shown).not.toContain(TOKEN.access_token);
  });
});

describe('certaintyOf', () => {
  it('lets only the verdicts of the contract be certain', () => {
    const certain = VERDICTS.filter((verdict) => certaintyOf(verdict) !== 'unknown');
    expect(certain).toEqual(['valid', 'rejected', 'key_expired', 'forbidden']);
    expect(certaintyOf('valid')).toBe('valid');
  });
});
