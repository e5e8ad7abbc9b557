import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import type { HttpPorts } from '../../src/http/ports.ts';
import type { HttpServer } from '../../src/http/server.ts';
import { KEYS } from '../../src/store/keys.ts';
import { createSilenceStore } from '../../src/store/silences.ts';
import { connectionOf, NEW_YEAR, US } from '../helpers/fleet.ts';
import { memoryPorts } from '../helpers/http-ports.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';
import { type Answer, ask, serve } from './server-under-test.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let redisServer: TestRedis;
let redis: Redis;
let http: HttpServer;
let now: number;
let added: number;

beforeAll(async () => {
  redisServer = await startTestRedis();
  redis = redisServer.client();
});
beforeEach(async () => {
  now = NEW_YEAR;
  added = 0;
  http = await serve(storedPorts());
});
afterEach(() => redisServer.flush());
afterAll(() => redisServer.stop());

const acme = connectionOf('acme-siem', { tenant: 'Acme Corp', labels: { tier: 'gold' } });
const globex = connectionOf('globex');

function storedPorts(): HttpPorts {
  const store = createSilenceStore(redis);
  const ports = memoryPorts({
    entries: [
      [acme, null],
      [globex, null],
    ],
  });
  return {
    ...ports,
    now: () => now,
    silences: {
      list: () => store.list(now),
      async add(draft) {
        added += 1;
        const silence = { ...draft, id: `s${added}`, createdAt: now };
        await store.add(silence);
        return silence;
      },
      remove: (id) => store.remove(id, now),
    },
  };
}

function post(body: unknown): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  return ask(http, '/api/v1/silences', { method: 'POST', headers, body: JSON.stringify(body) });
}

const GOOD = { match: { tenant: 'Acme Corp' }, duration: '2h', reason: 'migration', author: 'kim' };

async function ids(status?: string): Promise<readonly string[]> {
  const answer = await ask(http, `/api/v1/silences${status === undefined ? '' : `?status=${status}`}`);
  return (answer.json() as { silences: { id: string }[] }).silences.map(({ id }) => id);
}

describe('POST /api/v1/silences', () => {
  it('writes a silence down and shows it', async () => {
    const answer = await post(GOOD);
    expect(answer.status).toBe(201);
    expect(answer.headers['location']).toBe('/api/v1/silences/s1');
    const shown = {
      id: 's1',
      status: 'active',
      match: { tenant: 'Acme Corp' },
      startsAt: '2026-01-01T00:00:00.000Z',
      endsAt: '2026-01-01T02:00:00.000Z',
      reason: 'migration',
      author: 'kim',
      createdAt: '2026-01-01T00:00:00.000Z',
    };
    expect(answer.json()).toEqual(shown);
    expect((await ask(http, '/api/v1/silences')).json()).toEqual({ silences: [shown] });
  });

  it('counts a duration from its start, takes an end, and reads a gateway as URLs spell it', async () => {
    const startsAt = '2026-01-02T01:00:00+01:00';
    expect((await post({ ...GOOD, startsAt })).json()).toMatchObject({
      status: 'pending',
      startsAt: '2026-01-02T00:00:00.000Z',
      endsAt: '2026-01-02T02:00:00.000Z',
    });
    const { duration: _, ...rest } = GOOD;
    const match = {
      gateway: `${US.toUpperCase()}:443/`,
      labels: { tier: 'gold' },
      kind: 'credential_invalid',
    };
    expect((await post({ ...rest, match, endsAt: '2026-01-01T09:30Z' })).json()).toMatchObject({
      match: { gateway: US, labels: { tier: 'gold' }, kind: 'credential_invalid' },
      endsAt: '2026-01-01T09:30:00.000Z',
    });
  });

  it.each<[string, unknown, RegExp]>([
    ['no object', [], /body: must be an object with match, reason, author/],
    ['nothing', null, /body: must be an object/],
    ['an unknown field', { ...GOOD, until: 'x' }, /body: has unknown fields: until/],
    ['an unknown field to match', { ...GOOD, match: { tenat: 'x' } }, /match: has unknown fields: tenat/],
    ['no reason', { ...GOOD, reason: undefined }, /reason: must be why notifications are muted/],
    ['an empty reason', { ...GOOD, reason: '  ' }, /reason: must not be empty/],
    ['a reason of two lines', { ...GOOD, reason: 'a\nb' }, /reason: must be one line/],
    ['no author', { ...GOOD, author: undefined }, /author: must be who mutes them/],
    ['a duration without unit', { ...GOOD, duration: '2' }, /duration: must be a duration such as 30m/],
    ['neither end nor duration', { ...GOOD, duration: undefined }, /give either endsAt or duration/],
    ['both', { ...GOOD, endsAt: '2026-01-02T00:00:00Z' }, /give either endsAt or duration/],
    [
      'a time without its zone',
      { ...GOOD, startsAt: '2026-01-02T00:00:00' },
      /startsAt: must be a time with/,
    ],
    ['a time of no calendar', { ...GOOD, startsAt: '2026-13-02T00:00:00Z' }, /startsAt: is not a time/],
    ['an unknown kind', { ...GOOD, match: { kind: 'x' } }, /match.kind: must be one of credential_invalid/],
    [
      'a label that is no text',
      { ...GOOD, match: { labels: { a: 1 } } },
      /match.labels.a: must be the value/,
    ],
  ])('refuses with 400 %s', async (_, body, reason) => {
    const answer = await post(body);
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.json()).toMatchObject({ status: 400, detail: expect.stringMatching(reason) });
    expect(await ids()).toEqual([]);
  });

  it.each<[string, object, RegExp]>([
    ['an unknown connection', { match: { connection: 'acme-sime' } }, /did you mean acme-siem\?$/],
    ['a match of nothing', { match: {} }, /would mute everything/],
    [
      'an end before the start',
      { startsAt: '2026-02-01T00:00:00Z', endsAt: '2026-01-02T00:00:00Z', duration: undefined },
      /end before/,
    ],
    ['an end in the past', { startsAt: '2025-12-01T00:00:00Z' }, /over already/],
    ['more than 90 days', { duration: '91d' }, /90 days/],
  ])('refuses with 422 %s', async (_, more, reason) => {
    const answer = await post({ ...GOOD, ...more });
    expect(answer.status).toBe(422);
    expect(answer.json()).toMatchObject({ detail: expect.stringMatching(reason) });
    expect(await ids()).toEqual([]);
  });

  it('keeps all of many that are added at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(GOOD)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 201));
    expect(await ids()).toHaveLength(20);
  });
});

describe('GET /api/v1/silences', () => {
  it('lists by status, in the order of their starts', async () => {
    await post({ ...GOOD, startsAt: '2026-01-01T05:00:00Z' });
    await post({ ...GOOD, duration: '1h' });
    await post(GOOD);
    now += HOUR;
    expect(await ids('pending')).toEqual(['s1']);
    expect(await ids('expired')).toEqual(['s2']);
    expect(await ids('active')).toEqual(['s3']);
    expect(await ids('active&status=pending')).toEqual(['s3', 's1']);
    expect(await ids('all')).toEqual(['s2', 's3', 's1']);
    expect(await ids()).toEqual(['s2', 's3', 's1']);
    expect((await ask(http, '/api/v1/silences?status=open')).status).toBe(400);
  });

  it('keeps one for 90 days after its end, then drops it for good', async () => {
    await post(GOOD);
    now += 2 * HOUR + 90 * DAY;
    expect(await ids('all')).toEqual(['s1']);
    now += 1;
    expect(await ids('all')).toEqual([]);
    expect(await redis.hlen(KEYS.silences)).toBe(0);
  });
});

describe('DELETE /api/v1/silences/{id}', () => {
  const remove = (id: string) => ask(http, `/api/v1/silences/${id}`, { method: 'DELETE' });

  it('ends an active one now, and keeps it to be looked up', async () => {
    await post(GOOD);
    now += HOUR;
    const answer = await remove('s1');
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect((await ask(http, '/api/v1/silences?status=expired')).json()).toMatchObject({
      silences: [{ id: 's1', endsAt: '2026-01-01T01:00:00.000Z' }],
    });
    now += HOUR;
    expect((await remove('s1')).status).toBe(204);
    expect((await ask(http, '/api/v1/silences')).json()).toMatchObject({
      silences: [{ endsAt: '2026-01-01T01:00:00.000Z' }],
    });
  });

  it('forgets one that has not begun', async () => {
    await post({ ...GOOD, startsAt: '2026-01-01T05:00:00Z' });
    expect((await remove('s1')).status).toBe(204);
    expect(await ids()).toEqual([]);
  });

  it('answers 404 for one there is not, and 405 for other methods', async () => {
    const answer = await remove('s9');
    expect(answer.status).toBe(404);
    expect(answer.json()).toMatchObject({ detail: expect.stringMatching(/no silence of this id/) });
    expect((await ask(http, '/api/v1/silences/s9', { method: 'PUT' })).headers['allow']).toBe('DELETE');
  });
});

it('a silence that a newer version wrote is refused, never rewritten', async () => {
  await redis.hset(KEYS.silences, 's1', '{"schema":2,"id":"s1"}');
  await expect(createSilenceStore(redis).list(now)).rejects.toMatchObject({ code: 'newer_record' });
  expect((await ask(http, '/api/v1/silences')).status).toBe(503);
});
