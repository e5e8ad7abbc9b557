import { describe, expect, it } from '@jest/globals';
import { Agent, request } from 'undici';
import { Secret } from '../../src/domain/secret.ts';
import { clientOf, createRateLimit } from '../../src/http/rate-limit.ts';
import { connectionOf, recordOf } from '../helpers/fleet.ts';
import { memoryPorts } from '../helpers/http-ports.ts';
import { ask, serve } from './server-under-test.ts';

const ports = memoryPorts({ entries: [[connectionOf('acme'), recordOf()]] });
const token = new Secret('the-right-one');
const right = { authorization: 'Bearer the-right-one' };
const wrong = { authorization: 'Bearer a-wrong-one' };
/** None comes back while a test runs. */
const three = { burst: 3, everyMs: 600_000 };

describe('a client that guesses the token', () => {
  async function guessed() {
    const server = await serve(ports, { token, bounds: { wrongTokens: three } });
    for (let guess = 0; guess < 3; guess += 1) {
      expect((await ask(server, '/metrics', { headers: wrong })).status).toBe(401);
    }
    return server;
  }

  it('has to wait after a few wrong ones, and is not even told whether the next is right', async () => {
    const server = await guessed();
    for (const headers of [wrong, right]) {
      const answer = await ask(server, '/api/v1/connections', { headers });
      expect(answer.status).toBe(429);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(500);
      expect(answer.text).not.toContain('acme');
    }
  });

  it('keeps nobody else out, nor whoever restarts the process', async () => {
    const server = await guessed();
    const elsewhere = new Agent({ localAddress: '127.0.0.2' });
    const answer = await request(`${server.url}/metrics`, { headers: right, dispatcher: elsewhere });
    expect(answer.statusCode).toBe(200);
    await answer.body.text();
    await elsewhere.close();
    expect((await ask(server, '/healthz')).status).toBe(200);
  });

  it('is not who sends none, as a browser does at first', async () => {
    const server = await serve(ports, { token, bounds: { wrongTokens: three } });
    for (let visit = 0; visit < 10; visit += 1) expect((await ask(server, '/')).status).toBe(401);
    expect((await ask(server, '/', { headers: right })).status).toBe(200);
  });
});

describe('a client that asks for check after check', () => {
  it('has to wait, may read meanwhile, and is told how long', async () => {
    const checked: string[] = [];
    const checkNow = async (id: string) => {
      checked.push(id);
      return 'queued' as const;
    };
    const server = await serve({ ...ports, checkNow }, { bounds: { changes: three } });
    const check = () => ask(server, '/api/v1/connections/acme/check', { method: 'POST' });
    const statuses = [];
    for (let time = 0; time < 5; time += 1) statuses.push((await check()).status);
    expect(statuses).toEqual([202, 202, 202, 429, 429]);
    expect(checked).toHaveLength(3);
    expect(Number((await check()).headers['retry-after'])).toBeGreaterThan(500);
    expect((await ask(server, '/api/v1/connections')).status).toBe(200);
  });
});

describe('a rate limit', () => {
  it('gives the burst, then one after another, then the burst again', () => {
    let now = 1_000;
    const limit = createRateLimit({ burst: 2, everyMs: 100 }, () => now);
    limit.count('acme');
    expect(limit.waitMs('acme')).toBe(0);
    limit.count('acme');
    expect(limit.waitMs('acme')).toBe(100);
    expect(limit.waitMs('globex')).toBe(0);
    now += 60;
    expect(limit.waitMs('acme')).toBe(40);
    now += 40;
    expect(limit.waitMs('acme')).toBe(0);
    limit.count('acme');
    expect(limit.waitMs('acme')).toBe(100);
    now += 10_000;
    limit.count('acme');
    expect(limit.waitMs('acme')).toBe(0);
  });

  it('forgets the oldest of ten thousand clients, so that a crowd fills no memory', () => {
    const limit = createRateLimit({ burst: 1, everyMs: 1e9 }, () => 0);
    limit.count('acme');
    for (let client = 0; client < 9_999; client += 1) limit.count(`client-${client}`);
    expect(limit.waitMs('acme')).toBeGreaterThan(0);
    limit.count('one too many');
    expect(limit.waitMs('acme')).toBe(0);
    expect(limit.waitMs('client-0')).toBeGreaterThan(0);
  });

  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('takes %s for the client %s', (address, client) => {
    expect(clientOf(address)).toBe(client);
  });
});

describe('the memory of clients', () => {
  it('is bounded, and forgets first who was heard of longest ago', () => {
    const limit = createRateLimit({ burst: 1, everyMs: 600_000 }, () => 0);
    const clients = Array.from({ length: 10_000 }, (_, index) => `client-${index}`);
    for (const client of clients) limit.count(client);
    limit.count('client-0');
    limit.count('one-more');
    expect(limit.waitMs('client-1')).toBe(0);
    for (const client of ['client-0', 'client-2', 'client-9999', 'one-more'])
      expect(limit.waitMs(client)).toBeGreaterThan(0);
  });
});
