import { describe, expect, it } from '@jest/globals';
import { classify, type ExchangeOutcome } from '../../src/domain/classify.ts';
import type { Verdict } from '../../src/domain/verdict.ts';
import type { Behaviour } from '../../src/simulator/server.ts';
import { simulate } from '../simulator/ask.ts';
import {
  closedPort,
  exchanger,
  PATIENT_MS,
  requestOf,
  sendToken,
  serve,
  serveTcp,
  TOKEN_BODY,
} from './servers.ts';

const origin = (port: number) => `http://127.0.0.1:${port}`;

function verdictOf(outcome: ExchangeOutcome): Verdict {
  const codes = { rejected: [], forbidden: [], expired: [] };
  return classify(outcome, { codes, now: 0, redact: (text) => text }).verdict;
}

function textOf(outcome: ExchangeOutcome): string {
  if (outcome.kind !== 'answer')
    throw new Error(`expected an answer, got ${outcome.verdict} ${outcome.code}`);
  return Buffer.from(outcome.body).toString();
}

describe('an exchange', () => {
  it('sends exactly the form post of the onboarding guide, once', async () => {
    const requests: unknown[] = [];
    const { port } = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += String(chunk);
      });
      request.on('end', () => {
        const { method, url, headers } = request;
        requests.push({ method, url, headers, body });
        response.end(TOKEN_BODY);
      });
    });
    const outcome = await exchanger().exchange(origin(port), requestOf(), PATIENT_MS);
    expect(textOf(outcome)).toBe(TOKEN_BODY);
    expect(requests).toEqual([
      {
        method: 'POST',
        url: '/oauth/token',
        headers: {
          host: `127.0.0.1:${port}`,
          connection: 'keep-alive',
          'content-type': 'application/x-www-form-urlencoded',
          accept: 'application/json',
          'user-agent': 'mimecast-credential-monitor',
          'content-length': '70',
        },
        body: 'client_id=acme&client_secret=acme-secret&grant_type=client_credentials',
      },
    ]);
  });

  it.each([
    [{ kind: 'normal' }, 'valid'],
    [{ kind: 'revoked' }, 'rejected'],
    [{ kind: 'unknown_401' }, 'auth_uncertain'],
    [{ kind: 'forbidden' }, 'forbidden'],
    [{ kind: 'gone_418' }, 'key_expired'],
    [{ kind: 'rate_limited' }, 'rate_limited'],
    [{ kind: 'status', status: 400 }, 'bad_request'],
    [{ kind: 'status', status: 500 }, 'gateway_error'],
    [{ kind: 'status', status: 503 }, 'gateway_error'],
    [{ kind: 'html' }, 'wrong_endpoint'],
    [{ kind: 'html_401' }, 'auth_uncertain'],
    [{ kind: 'html_403' }, 'auth_uncertain'],
    [{ kind: 'truncated_json' }, 'unexpected_response'],
    [{ kind: 'empty_body' }, 'unexpected_response'],
    [{ kind: 'redirect' }, 'wrong_endpoint'],
    [{ kind: 'not_found' }, 'wrong_endpoint'],
    [{ kind: 'fail_in_200' }, 'unexpected_response'],
    [{ kind: 'no_token' }, 'unexpected_response'],
    [{ kind: 'oauth_error' }, 'rejected'],
    [{ kind: 'error_object' }, 'auth_uncertain'],
    [{ kind: 'fault' }, 'rejected'],
    [{ kind: 'error_code' }, 'bad_request'],
    [{ kind: 'drip', intervalMs: 1 }, 'valid'],
    [{ kind: 'oversized' }, 'unexpected_response'],
    [{ kind: 'reset' }, 'network_error'],
    [{ kind: 'garbage' }, 'network_error'],
  ] as [Behaviour, Verdict][])(
    'with a gateway that answers %j is %s, asked once',
    async (behaviour, verdict) => {
      const simulator = await simulate();
      simulator.setBehaviour('acme', behaviour);
      const outcome = await exchanger().exchange(simulator.origin, requestOf(), PATIENT_MS);
      expect(verdictOf(outcome)).toBe(verdict);
      // Asked once: a retry inside a check would hide exactly what the monitor is there to see.
      expect(simulator.exchanges('acme')).toBe(1);
    },
  );

  it('is rejected with a wrong secret', async () => {
    const simulator = await simulate();
    const outcome = await exchanger().exchange(simulator.origin, requestOf('acme', 'old'), PATIENT_MS);
    expect(verdictOf(outcome)).toBe('rejected');
  });

  it('hands the headers over by their lower-case names', async () => {
    const { port } = await serve((_request, response) => {
      response.writeHead(429, { 'X-RateLimit-Reset': '7000', 'X-Request-ID': 'r-1' });
      response.end();
    });
    const outcome = await exchanger().exchange(origin(port), requestOf(), PATIENT_MS);
    expect(outcome).toMatchObject({
      status: 429,
      headers: { 'x-ratelimit-reset': '7000', 'x-request-id': 'r-1' },
    });
  });

  it('takes an answer that was announced by a 103 for what it is', async () => {
    const { port } = await serve((request, response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      sendToken(request, response);
    });
    expect(verdictOf(await exchanger().exchange(origin(port), requestOf(), PATIENT_MS))).toBe('valid');
  });

  it('does not follow a redirect: the keys go to nobody else', async () => {
    const stranger = await serve(sendToken);
    const { port } = await serve((_request, response) => {
      response.writeHead(307, { location: `${origin(stranger.port)}/oauth/token` });
      response.end();
    });
    const outcome = await exchanger().exchange(origin(port), requestOf(), PATIENT_MS);
    expect(outcome).toMatchObject({ kind: 'answer', status: 307 });
    expect(stranger.connections()).toBe(0);
  });

  it('cuts a body that is too long off, though its length was not told', async () => {
    const simulator = await simulate();
    simulator.setBehaviour('acme', { kind: 'oversized', bytes: 50 * 2 ** 20 });
    const outcome = await exchanger().exchange(simulator.origin, requestOf(), PATIENT_MS);
    if (outcome.kind !== 'answer') throw new Error('expected an answer');
    expect(outcome.oversized).toBe(true);
    expect(outcome.body.length).toBeLessThan(1_000_000);
  });

  it('takes a body of just the greatest length whole', async () => {
    const body = TOKEN_BODY.padEnd(64 * 1_024);
    const { port } = await serve((_request, response) => response.end(body));
    const outcome = await exchanger().exchange(origin(port), requestOf(), PATIENT_MS);
    expect(outcome).toMatchObject({ oversized: false });
    expect(textOf(outcome)).toBe(body);
  });
});

describe('a deadline', () => {
  it.each([
    ['never answers', { kind: 'stall' }],
    ['answers a byte at a time', { kind: 'drip', intervalMs: 60_000 }],
    ['answers too late', { kind: 'latency', delayMs: 3_600_000 }],
  ] as [string, Behaviour][])('ends an exchange with a gateway that %s', async (_what, behaviour) => {
    const simulator = await simulate();
    simulator.setBehaviour('acme', behaviour);
    const outcome = await exchanger().exchange(simulator.origin, requestOf(), 200);
    expect(outcome).toEqual({
      kind: 'failure',
      verdict: 'timeout',
      code: null,
      message: 'no complete answer before the deadline',
    });
    expect(simulator.exchanges('acme')).toBe(1);
  });

  it('ends one in which every byte comes in time but the whole does not', async () => {
    const simulator = await simulate();
    simulator.setBehaviour('acme', { kind: 'drip', intervalMs: 20 });
    expect(await exchanger().exchange(simulator.origin, requestOf(), 300)).toMatchObject({
      verdict: 'timeout',
    });
  });

  it('also covers the wait for a free socket, after which nothing is sent any more', async () => {
    const simulator = await simulate();
    simulator.setBehaviour('acme', { kind: 'stall' });
    const one = exchanger({ connections: 1 });
    const stalled = one.exchange(simulator.origin, requestOf('acme'), 500);
    await simulator.waitForExchanges('acme', 1);
    expect(await one.exchange(simulator.origin, requestOf('globex'), 50)).toMatchObject({
      verdict: 'timeout',
    });
    expect(await stalled).toMatchObject({ verdict: 'timeout' });
    expect(verdictOf(await one.exchange(simulator.origin, requestOf('initech'), PATIENT_MS))).toBe('valid');
    expect(simulator.exchanges('globex')).toBe(0);
  });

  it('covers a connection that is taken but never spoken on', async () => {
    const { port } = await serveTcp(() => undefined);
    expect(await exchanger().exchange(origin(port), requestOf(), 200)).toMatchObject({ verdict: 'timeout' });
    expect(await exchanger().exchange(`https://127.0.0.1:${port}`, requestOf(), 200)).toMatchObject({
      verdict: 'timeout',
    });
  });
});

describe('a broken connection', () => {
  it.each([
    ['is reset', 'ECONNRESET', (socket: { resetAndDestroy(): void }) => socket.resetAndDestroy()],
    ['is closed without a word', 'UND_ERR_SOCKET', (socket: { end(): void }) => socket.end()],
    [
      'ends in the middle of the body',
      'UND_ERR_SOCKET',
      (socket: { end(text: string): void }) =>
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"access_'),
    ],
    [
      'does not speak HTTP',
      'HTTPParserError',
      (socket: { end(text: string): void }) => socket.end('SSH-2.0-x\r\n'),
    ],
  ])('that %s is a network_error: %s', async (_what, code, speak) => {
    const server = await serveTcp((socket) => socket.once('data', () => speak(socket)));
    const outcome = await exchanger().exchange(origin(server.port), requestOf(), PATIENT_MS);
    expect(outcome).toMatchObject({ kind: 'failure', verdict: 'network_error', code });
    expect(server.connections()).toBe(1);
  });

  it('that nobody takes is a network_error', async () => {
    const outcome = await exchanger().exchange(origin(await closedPort()), requestOf(), PATIENT_MS);
    expect(outcome).toMatchObject({ verdict: 'network_error', code: 'ECONNREFUSED' });
  });

  it('with headers beyond all measure is a network_error', async () => {
    const { port } = await serveTcp((socket) =>
      socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(50_000)}\r\n\r\n`)),
    );
    const outcome = await exchanger().exchange(origin(port), requestOf(), PATIENT_MS);
    expect(outcome).toMatchObject({ verdict: 'network_error', code: 'UND_ERR_HEADERS_OVERFLOW' });
  });

  it('does not spoil the next exchange', async () => {
    const simulator = await simulate();
    simulator.setBehaviour('acme', { kind: 'reset', times: 1 });
    const one = exchanger({ connections: 1 });
    expect(verdictOf(await one.exchange(simulator.origin, requestOf(), PATIENT_MS))).toBe('network_error');
    expect(verdictOf(await one.exchange(simulator.origin, requestOf(), PATIENT_MS))).toBe('valid');
  });

  it('shows no part of the request in its outcome', async () => {
    const simulator = await simulate();
    for (const kind of ['reset', 'garbage', 'stall'] as const) {
      simulator.setBehaviour('acme', { kind });
      const outcome = await exchanger().exchange(simulator.origin, requestOf(), 200);
      expect(JSON.stringify(outcome)).not.toContain('acme');
    }
  });
});
