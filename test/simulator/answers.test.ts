import { describe, expect, it } from '@jest/globals';
import { classify } from '../../src/domain/classify.ts';
import type { Verdict } from '../../src/domain/verdict.ts';
import { BEHAVIOUR_KINDS, type Behaviour } from '../../src/simulator/server.ts';
import { ask, simulate, type Told } from './ask.ts';

const CONTEXT = {
  codes: { rejected: [], forbidden: [], expired: [] },
  now: 0,
  redact: (text: string) => text,
};

function verdictOf({ status, headers, text }: Told): Verdict {
  const body = Buffer.from(text);
  return classify({ kind: 'answer', status, headers, body, oversized: false }, CONTEXT).verdict;
}

function fail(code: string) {
  return expect.objectContaining({ fail: [expect.objectContaining({ code })] });
}

interface Row {
  readonly behaviour: Behaviour;
  readonly status: number;
  readonly verdict: Verdict;
  /** Matched against the parsed JSON body, when it is JSON. */
  readonly json?: unknown;
}

const ROWS: readonly Row[] = [
  { behaviour: { kind: 'normal' }, status: 200, verdict: 'valid' },
  {
    behaviour: { kind: 'revoked' },
    status: 401,
    verdict: 'rejected',
    json: { fail: [{ code: 'InvalidClientIdentifier', message: 'Client credentials are invalid' }] },
  },
  {
    behaviour: { kind: 'spurious_401' },
    status: 401,
    verdict: 'rejected',
    json: fail('InvalidClientIdentifier'),
  },
  {
    behaviour: { kind: 'unknown_401' },
    status: 401,
    verdict: 'auth_uncertain',
    json: fail('token_verification_failed'),
  },
  {
    behaviour: { kind: 'unknown_401', code: 'Unauthorized Request' },
    status: 401,
    verdict: 'auth_uncertain',
    json: fail('Unauthorized Request'),
  },
  { behaviour: { kind: 'forbidden' }, status: 403, verdict: 'forbidden', json: fail('app_forbidden') },
  {
    behaviour: { kind: 'forbidden', code: 'who_knows' },
    status: 403,
    verdict: 'auth_uncertain',
    json: fail('who_knows'),
  },
  {
    behaviour: { kind: 'gone_418' },
    status: 418,
    verdict: 'key_expired',
    json: expect.objectContaining({ fail: [expect.objectContaining({ errors: expect.any(Array) })] }),
  },
  { behaviour: { kind: 'rate_limited' }, status: 429, verdict: 'rate_limited' },
  { behaviour: { kind: 'status', status: 500 }, status: 500, verdict: 'gateway_error' },
  { behaviour: { kind: 'status', status: 503 }, status: 503, verdict: 'gateway_error' },
  { behaviour: { kind: 'status', status: 509 }, status: 509, verdict: 'gateway_error' },
  { behaviour: { kind: 'html' }, status: 200, verdict: 'wrong_endpoint' },
  { behaviour: { kind: 'html', status: 502 }, status: 502, verdict: 'gateway_error' },
  { behaviour: { kind: 'html_401' }, status: 401, verdict: 'auth_uncertain' },
  { behaviour: { kind: 'html_403' }, status: 403, verdict: 'auth_uncertain' },
  { behaviour: { kind: 'truncated_json' }, status: 200, verdict: 'unexpected_response' },
  { behaviour: { kind: 'empty_body' }, status: 200, verdict: 'unexpected_response' },
  { behaviour: { kind: 'empty_body', status: 401 }, status: 401, verdict: 'auth_uncertain' },
  { behaviour: { kind: 'empty_body', status: 204 }, status: 204, verdict: 'unexpected_response' },
  { behaviour: { kind: 'redirect' }, status: 302, verdict: 'wrong_endpoint' },
  { behaviour: { kind: 'not_found' }, status: 404, verdict: 'wrong_endpoint', json: fail('not_found') },
  { behaviour: { kind: 'fail_in_200' }, status: 200, verdict: 'unexpected_response' },
  {
    behaviour: { kind: 'no_token' },
    status: 200,
    verdict: 'unexpected_response',
    json: { token_type: 'Bearer', expires_in: 1799, scope: '' },
  },
  {
    behaviour: { kind: 'oauth_error' },
    status: 401,
    verdict: 'rejected',
    json: { error: 'invalid_client', error_description: expect.any(String) },
  },
  {
    behaviour: { kind: 'error_object' },
    status: 401,
    verdict: 'auth_uncertain',
    json: { error: { message: expect.any(String) } },
  },
  {
    behaviour: { kind: 'fault' },
    status: 401,
    verdict: 'rejected',
    json: { fault: { faultstring: 'Invalid ApiKey', detail: { errorcode: 'oauth.v2.InvalidApiKey' } } },
  },
  {
    behaviour: { kind: 'error_code' },
    status: 400,
    verdict: 'bad_request',
    json: {
      ErrorCode: 'invalid_request',
      Error: 'The request is missing a required parameter : client_id',
    },
  },
  { behaviour: { kind: 'latency', delayMs: 1 }, status: 200, verdict: 'valid' },
  {
    behaviour: { kind: 'flap', every: 1, other: { kind: 'forbidden' } },
    status: 403,
    verdict: 'forbidden',
  },
];

/** Those that send no whole answer, or not at once; they have tests of their own. */
const BELOW_HTTP = ['stall', 'drip', 'oversized', 'reset', 'garbage'];

describe('a behaviour that answers', () => {
  it.each(ROWS)(
    '$behaviour gives $status, read as $verdict',
    async ({ behaviour, status, verdict, json }) => {
      const simulator = await simulate();
      simulator.setBehaviour('acme', behaviour);
      const told = await ask(simulator, 'acme');
      expect(told.status).toBe(status);
      expect(verdictOf(told)).toBe(verdict);
      expect(told.headers['x-request-id']).toBeDefined();
      if (json !== undefined) expect(JSON.parse(told.text)).toEqual(json);
      expect((await ask(simulator, 'globex')).status).toBe(200);
    },
  );

  it('has a row for every kind that is not below HTTP', () => {
    const covered = new Set<string>(ROWS.map(({ behaviour }) => behaviour.kind));
    expect(Object.keys(BEHAVIOUR_KINDS).filter((kind) => !covered.has(kind))).toEqual(
      expect.arrayContaining(BELOW_HTTP),
    );
    expect(covered.size + BELOW_HTTP.length).toBe(Object.keys(BEHAVIOUR_KINDS).length);
  });

  it('names the documented rate-limit headers, the reset in milliseconds', async () => {
    const simulator = await simulate();
    simulator.setBehaviour('acme', { kind: 'rate_limited', resetMs: 2_500, limit: 50, retryAfter: 7 });
    const { headers } = await ask(simulator, 'acme');
    expect(headers).toMatchObject({
      'x-ratelimit-limit': '50',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': '2500',
      'retry-after': '7',
    });
  });

  it.each([
    ['epoch_milliseconds' as const, '1700000002500'],
    ['epoch_seconds' as const, '1700000003'],
  ])('can name the reset as %s', async (resetAs, expected) => {
    const simulator = await simulate({ now: () => 1_700_000_000_000 });
    simulator.setBehaviour('acme', { kind: 'rate_limited', resetMs: 2_500, resetAs });
    expect((await ask(simulator, 'acme')).headers['x-ratelimit-reset']).toBe(expected);
  });

  it('sends pages as HTML', async () => {
    const simulator = await simulate();
    simulator.setBehaviour('acme', { kind: 'html_403' });
    const { headers, text } = await ask(simulator, 'acme');
    expect(headers['content-type']).toMatch(/^text\/html/);
    expect(text).toMatch(/^<!DOCTYPE html>/);
  });

  it('redirects where it is told', async () => {
    const simulator = await simulate();
    simulator.setBehaviour('acme', { kind: 'redirect', status: 308, location: 'https://example.com/x' });
    const { status, headers } = await ask(simulator, 'acme');
    expect([status, headers.location]).toEqual([308, 'https://example.com/x']);
  });
});
