import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { GatewayOutcome } from '../../src/domain/classify.ts';
import { classifyProbe, PROBE_RESULTS, provenBy } from '../../src/domain/classify-probe.ts';
import { redactor } from '../../src/domain/redact.ts';
import { Secret } from '../../src/domain/secret.ts';

const context = { forbidden: ['err_own_code'], redact: (text: string) => text };
const PAGE = '<!DOCTYPE html><html><body>Access was blocked.</body></html>';

function answer(status: number, body: unknown, headers: Record<string, string> = {}): GatewayOutcome {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { kind: 'answer', status, headers, body: new TextEncoder().encode(text), oversized: false };
}

/** A function that failed, as it comes within HTTP 200. */
function failed(code: string, status = 200): object {
  return {
    fail: [{ key: {}, errors: [{ code, message: 'no', retryable: false }] }],
    meta: { status },
    data: [],
  };
}

const FORBIDDEN = {
  fail: [{ code: 'app_forbidden', message: 'Forbidden to perform the requested operation' }],
};

describe('classifyProbe', () => {
  it.each<[string, GatewayOutcome, string, string | null]>([
    ['data', answer(200, { meta: { status: 200 }, data: [], fail: [] }), 'permitted', null],
    ['an object without fail', answer(200, { type: 'application' }), 'permitted', null],
    ['a list', answer(200, []), 'permitted', null],
    ['another 2xx', answer(206, { data: [] }), 'permitted', null],
    [
      'data whose own fields look like an error',
      answer(200, { code: 'UK-1', message: 'hi' }),
      'permitted',
      null,
    ],
    ['403 of the API', answer(403, FORBIDDEN), 'denied', 'app_forbidden'],
    ['403 with a code we do not know', answer(403, { fail: [{ code: 'err_z' }] }), 'denied', 'err_z'],
    ['403 with JSON without a code', answer(403, { message: 'Forbidden' }), 'denied', null],
    ['app_forbidden within 200', answer(200, failed('app_forbidden')), 'denied', 'app_forbidden'],
    ['a code of the config within 200', answer(200, failed('ERR_OWN_CODE')), 'denied', 'ERR_OWN_CODE'],
    ['a function status of 403 within 200', answer(200, failed('err_q', 403)), 'denied', 'err_q'],
    ['403 of a firewall', answer(403, PAGE), 'auth_uncertain', null],
    ['403 without a body', answer(403, ''), 'auth_uncertain', null],
    ['403 with a bare word', answer(403, '"Forbidden"'), 'auth_uncertain', null],
    ['401, though the token is fresh', answer(401, FORBIDDEN), 'auth_uncertain', 'app_forbidden'],
    ['a function that failed otherwise', answer(200, failed('err_x')), 'unexpected_response', 'err_x'],
    ['200 without a body', answer(200, ''), 'unexpected_response', null],
    ['half an answer', answer(200, '{"data":[{"a'), 'unexpected_response', null],
    ['null', answer(200, 'null'), 'unexpected_response', null],
    ['a page with 200', answer(200, PAGE), 'wrong_endpoint', null],
    [
      'a path that is not there',
      answer(404, { fail: [{ code: 'not_found' }] }),
      'wrong_endpoint',
      'not_found',
    ],
    ['a redirect', answer(302, '', { location: '/login' }), 'wrong_endpoint', null],
    ['a wrong method', answer(405, ''), 'bad_request', null],
    [
      'a body the API does not like',
      answer(400, { fail: [{ code: 'err_field' }] }),
      'bad_request',
      'err_field',
    ],
    ['app_forbidden with 400', answer(400, FORBIDDEN), 'bad_request', 'app_forbidden'],
    ['too many calls', answer(429, ''), 'rate_limited', null],
    ['trouble of the vendor', answer(503, PAGE), 'gateway_error', null],
    ['app_forbidden with 500', answer(500, FORBIDDEN), 'gateway_error', 'app_forbidden'],
    ['a status nobody has heard of', answer(799, ''), 'unexpected_response', null],
    [
      'no answer in time',
      { kind: 'failure', verdict: 'timeout', code: null, message: null },
      'timeout',
      null,
    ],
    [
      'no way to the gateway',
      { kind: 'failure', verdict: 'network_error', code: 'ECONNRESET', message: 'reset' },
      'network_error',
      'ECONNRESET',
    ],
    [
      'a bad certificate',
      { kind: 'failure', verdict: 'tls_error', code: null, message: null },
      'tls_error',
      null,
    ],
  ])('reads %s', (_what, outcome, result, code) => {
    expect(classifyProbe(outcome, context)).toMatchObject({ result, code });
  });

  it('takes an answer that was cut off for no proof, whatever its beginning says', () => {
    const whole = answer(403, FORBIDDEN);
    expect(classifyProbe({ ...whole, oversized: true } as GatewayOutcome, context).result).toBe(
      'auth_uncertain',
    );
  });

  it('shows the request id, for a support ticket', () => {
    const outcome = answer(403, FORBIDDEN, { 'x-request-id': 'r-7' });
    expect(classifyProbe(outcome, context)).toEqual({
      result: 'denied',
      httpStatus: 403,
      code: 'app_forbidden',
      requestId: 'r-7',
    });
  });

  it('cuts the token out of what a careless gateway echoes', () => {
    const redact = redactor([new Secret('tok3n-value')]);
    const body = { fail: [{ code: 'bad tok3n-value', message: 'tok3n-value' }] };
    const seen = classifyProbe(answer(403, body, { 'x-request-id': 'tok3n-value' }), { ...context, redact });
    expect(seen).toMatchObject({ result: 'denied', code: 'bad [redacted]', requestId: '[redacted]' });
  });

  it('is total, keeps to its words, and denies only what the API itself said', () => {
    const status = fc.oneof(
      fc.constantFrom(200, 401, 403, 404, 429, 500),
      fc.integer({ min: -1, max: 1_000 }),
    );
    const text = fc.oneof(
      fc.constantFrom(PAGE, '', JSON.stringify(FORBIDDEN), JSON.stringify(failed('app_forbidden'))),
      fc.json(),
      fc.string(),
    );
    fc.assert(
      fc.property(status, text, fc.boolean(), (code, body, oversized) => {
        const seen = classifyProbe({ ...answer(code, body), oversized } as GatewayOutcome, context);
        expect(PROBE_RESULTS).toContain(seen.result);
        if (provenBy(seen.result) === 'nothing') return;
        expect(oversized).toBe(false);
        expect(typeof JSON.parse(body)).toBe('object');
        expect(seen.result === 'denied' ? [403, ...TWO_HUNDREDS] : TWO_HUNDREDS).toContain(code);
      }),
    );
  });
});

const TWO_HUNDREDS = Array.from({ length: 100 }, (_, index) => 200 + index);
