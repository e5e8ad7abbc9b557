import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { paceKey } from '../../src/store/keys.ts';
import { createRateLimits, type RateLimits } from '../../src/store/rate-limits.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';

const GATEWAY = 'gw-acme';
const OTHER = 'gw-globex';
const HOUR_MS = 3_600_000;

let server: TestRedis;
let redis: Redis;
let limits: RateLimits;

beforeEach(async () => {
  server = await startTestRedis();
  redis = server.client();
  limits = createRateLimits(redis);
});
afterEach(() => server.stop());

/** Redis' own clock, in milliseconds. */
async function redisNow(client: Redis): Promise<number> {
  const [seconds, micros] = await client.time();
  return Number(seconds) * 1_000 + Number(micros) / 1_000;
}

/** One process that books again and again, and when its last booking begins at the latest, by Redis' clock. */
async function bookings(counts: readonly number[], perSecond: number): Promise<number> {
  const client = server.client();
  const own = createRateLimits(client);
  let begins = 0;
  for (const count of counts) {
    const waitMs = await own.book(GATEWAY, count, perSecond);
    expect(waitMs).toBeGreaterThanOrEqual(0);
    begins = (await redisNow(client)) + waitMs;
  }
  return begins;
}

describe('the rate of a gateway', () => {
  it('is kept by all processes together, however their bookings fall', async () => {
    const perSecond = 50;
    const processes = [
      [1, 5, 2, 5, 3, 5, 5],
      [5, 5, 1, 1, 5, 4, 5],
      [2, 2, 2, 2, 2, 2, 2],
    ];
    const total = processes.flat().reduce((sum, count) => sum + count, 0);
    const start = await redisNow(redis);
    const ends = await Promise.all(processes.map((counts) => bookings(counts, perSecond)));
    // Five of them may belong to the last booking, which has only begun then.
    expect(Math.max(...ends) - start).toBeGreaterThanOrEqual(((total - 5) * 1_000) / perSecond - 1);
    const waitMs = await limits.book(GATEWAY, 1, perSecond);
    expect((await redisNow(redis)) + waitMs - start).toBeGreaterThanOrEqual((total * 1_000) / perSecond - 1);
  });

  it('makes nobody wait where nobody was before, and gives nothing for the time in which nobody asked', async () => {
    expect(await limits.book(GATEWAY, 5, 1)).toBe(0);
    await redis.set(paceKey(GATEWAY), (await redisNow(redis)) - HOUR_MS);
    expect(await limits.book(GATEWAY, 5, 1)).toBe(0);
    expect(await limits.book(GATEWAY, 5, 1)).toBeGreaterThan(4_000);
  });

  it('is a matter of one gateway', async () => {
    await limits.book(GATEWAY, 50, 1);
    expect(await limits.book(OTHER, 1, 1)).toBe(0);
  });

  it('counts for nothing what was booked before the clock of Redis was set back', async () => {
    await redis.set(paceKey(GATEWAY), (await redisNow(redis)) + HOUR_MS);
    expect(await limits.book(GATEWAY, 10, 10)).toBe(0);
    const waitMs = await limits.book(GATEWAY, 10, 10);
    expect(waitMs).toBeGreaterThan(0);
    expect(waitMs).toBeLessThanOrEqual(1_000);
  });

  it('leaves nothing behind of a gateway that nobody asks any more', async () => {
    await limits.book(GATEWAY, 1, 1);
    await limits.pause(GATEWAY, 60_000);
    const left = await redis.pttl(paceKey(GATEWAY));
    expect(left).toBeGreaterThan(60_000);
    expect(left).toBeLessThanOrEqual(120_000);
  });
});

describe('a pause of a gateway', () => {
  it('holds for every process, and for that gateway only', async () => {
    await limits.pause(GATEWAY, 30_000);
    const other = createRateLimits(server.client());
    expect(await other.book(GATEWAY, 1, 100)).toBeGreaterThan(20_000);
    expect(await other.book(OTHER, 1, 100)).toBe(0);
  });

  it('lasts a minute at most, and is not shortened by a later one', async () => {
    await limits.pause(GATEWAY, HOUR_MS);
    await limits.pause(GATEWAY, 1_000);
    const waitMs = await limits.book(GATEWAY, 1, 100);
    expect(waitMs).toBeGreaterThan(50_000);
    expect(waitMs).toBeLessThanOrEqual(60_000);
  });

  it('holds, too, after the clock of Redis was set back', async () => {
    await redis.set(paceKey(GATEWAY), (await redisNow(redis)) + HOUR_MS);
    await limits.pause(GATEWAY, 30_000);
    const waitMs = await limits.book(GATEWAY, 1, 100);
    expect(waitMs).toBeGreaterThan(20_000);
    expect(waitMs).toBeLessThanOrEqual(30_000);
  });
});

describe('connections that were rate-limited', () => {
  it('are counted once each, for a minute', async () => {
    const now = Date.now();
    expect(await limits.note(GATEWAY, 'acme', now)).toBe(1);
    expect(await limits.note(GATEWAY, 'acme', now + 1)).toBe(1);
    expect(await limits.note(GATEWAY, 'globex', now + 2)).toBe(2);
    expect(await limits.note(OTHER, 'initech', now + 3)).toBe(1);
    expect(await limits.note(GATEWAY, 'initech', now + 60_001)).toBe(2);
  });
});
