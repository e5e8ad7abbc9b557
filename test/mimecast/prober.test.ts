import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import type { Probe } from '../../src/domain/connection.ts';
import { issuedToken } from '../../src/domain/issued-token.ts';
import { Secret } from '../../src/domain/secret.ts';
import { createProber, type ProbeLimits } from '../../src/mimecast/prober.ts';
import type { Behaviour } from '../../src/simulator/server.ts';
import { simulate } from '../simulator/ask.ts';
import { closedPort, exchanger, PATIENT_MS, requestOf, serve } from './servers.ts';

const LIMITS: ProbeLimits = { most: 5, forbidden: [] };
const WHOAMI: Probe = { method: 'GET', path: '/identity/whoami', body: null, intervalMs: 1 };
const ACCOUNT: Probe = {
  method: 'POST',
  path: '/api/account/get-account',
  body: '{"data":[]}',
  intervalMs: 1,
};
const TOKEN = new Secret('tok3n-value');

const at = (gateway: string, timeoutMs = PATIENT_MS) => ({ gateway, timeoutMs });
const local = (port: number) => `http://127.0.0.1:${port}`;

/** A simulator and a token that it issued to acme. */
async function admitted() {
  const simulator = await simulate();
  const made = exchanger();
  const token = issuedToken(await made.exchange(simulator.origin, requestOf(), PATIENT_MS));
  if (token === null) throw new Error('No token was issued');
  return { simulator, token, prober: createProber(made) };
}

describe('a probe', () => {
  it.each([WHOAMI, ACCOUNT])(
    'is permitted with a token that was just issued: $method $path',
    async (probe) => {
      const { simulator, token, prober } = await admitted();
      expect(await prober.probe(at(simulator.origin), probe, token, LIMITS)).toMatchObject({
        result: 'permitted',
        httpStatus: 200,
      });
      expect(simulator.apiCalls('acme')).toBe(1);
    },
  );

  it.each<[Behaviour, string, string | null]>([
    [{ kind: 'forbidden' }, 'denied', 'app_forbidden'],
    [{ kind: 'fail_in_200', code: 'app_forbidden' }, 'denied', 'app_forbidden'],
    [{ kind: 'fail_in_200' }, 'unexpected_response', 'err_x'],
    [{ kind: 'unknown_401' }, 'auth_uncertain', 'token_verification_failed'],
    [{ kind: 'html_403' }, 'auth_uncertain', null],
    [{ kind: 'status', status: 500 }, 'gateway_error', null],
    [{ kind: 'rate_limited' }, 'rate_limited', 'rate_limit_exceeded'],
    [{ kind: 'not_found' }, 'wrong_endpoint', 'not_found'],
    [{ kind: 'redirect', location: '/identity/whoami' }, 'wrong_endpoint', null],
    [{ kind: 'oversized' }, 'unexpected_response', null],
    [{ kind: 'garbage' }, 'network_error', 'HPE_INVALID_CONSTANT'],
  ])('reads %j as %s', async (behaviour, result, code) => {
    const { simulator, token, prober } = await admitted();
    simulator.setApiBehaviour('acme', behaviour);
    const answer = await prober.probe(at(simulator.origin), WHOAMI, token, LIMITS);
    expect(answer).toMatchObject(code === 'HPE_INVALID_CONSTANT' ? { result } : { result, code });
    // A redirect that was followed would have been a second call.
    expect(simulator.apiCalls('acme')).toBe(1);
  });

  it('is over at the deadline of its connection', async () => {
    const { simulator, token, prober } = await admitted();
    simulator.setApiBehaviour('acme', { kind: 'stall' });
    const answer = await prober.probe(at(simulator.origin, 100), WHOAMI, token, LIMITS);
    expect(answer).toMatchObject({ result: 'timeout', httpStatus: null });
  });

  it('sends the token in its header to the gateway alone, and the body as it is configured', async () => {
    const seen: [IncomingMessage['method'], IncomingMessage['url'], IncomingMessage['headers'], string][] =
      [];
    const { port } = await serve(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      seen.push([request.method, request.url, request.headers, body]);
      response.setHeader('content-type', 'application/json').end('{}');
    });
    await createProber(exchanger()).probe(at(local(port)), ACCOUNT, TOKEN, LIMITS);
    expect(seen).toEqual([
      [
        'POST',
        '/api/account/get-account',
        {
          host: `127.0.0.1:${port}`,
          connection: 'keep-alive',
          authorization: 'Bearer tok3n-value',
          accept: 'application/json',
          'user-agent': 'mimecast-credential-monitor',
          'content-type': 'application/json',
          'content-length': '11',
        },
        '{"data":[]}',
      ],
    ]);
  });

  it('tells nothing of its token, whatever goes wrong', async () => {
    const { port } = await serve((request, response) => {
      const echo = request.headers.authorization ?? '';
      response.writeHead(403, { 'x-request-id': echo }).end(JSON.stringify({ fail: [{ code: echo }] }));
    });
    const prober = createProber(exchanger());
    const answers = [
      await prober.probe(at(local(port)), WHOAMI, TOKEN, LIMITS),
      await prober.probe(at(local(await closedPort())), WHOAMI, TOKEN, LIMITS),
      // No header can hold this one: the client refuses it, with the value in its error.
      await prober.probe(at(local(port)), WHOAMI, new Secret('tok3n-value\r\nx: y'), LIMITS),
    ];
    expect(answers).toMatchObject([
      { result: 'denied' },
      { result: 'network_error' },
      { result: 'network_error' },
    ]);
    expect(JSON.stringify(answers)).not.toContain('tok3n-value');
  });

  it('is not made while as many are under way as may be, each gateway for itself', async () => {
    const { simulator, token, prober } = await admitted();
    const other = await admitted();
    const one = { ...LIMITS, most: 1 };
    simulator.setApiBehaviour('acme', { kind: 'stall' });
    const first = prober.probe(at(simulator.origin, 200), WHOAMI, token, one);
    await simulator.waitForApiCalls('acme', 1);
    expect(await prober.probe(at(simulator.origin), WHOAMI, token, one)).toBeNull();
    const elsewhere = await prober.probe(at(other.simulator.origin), WHOAMI, other.token, one);
    expect(elsewhere).toMatchObject({ result: 'permitted' });
    expect(await first).toMatchObject({ result: 'timeout' });
    simulator.setApiBehaviour('acme', { kind: 'normal' });
    expect(await prober.probe(at(simulator.origin), WHOAMI, token, one)).toMatchObject({
      result: 'permitted',
    });
  });
});
