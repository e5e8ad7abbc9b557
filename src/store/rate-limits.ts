import type { Redis } from 'ioredis';
import { paceKey, rateLimitedKey } from './keys.ts';
import { Script } from './script.ts';

/** Rate limits that lie further apart than this have nothing to do with each other. */
const WINDOW_MS = 60_000;

const NOTE = new Script(`
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1] - ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return redis.call('ZCARD', KEYS[1])
`);

/** No pause is longer; a later booking was made before Redis' clock was set back, and counts for nothing. */
const LONGEST_PAUSE_MS = 60_000;
const LATEST_MS = LONGEST_PAUSE_MS + 10_000;
const FORGET_MS = 2 * LONGEST_PAUSE_MS;

/**
 * The generic cell rate algorithm (ITU-T I.371) without any tolerance, by Redis' clock, which all processes share.
 * ARGV: how many, milliseconds between two. Answers how long to wait before the first.
 */
const BOOK = new Script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local free = tonumber(redis.call('GET', KEYS[1]) or '0')
if free < now or free > now + ${LATEST_MS} then free = now end
redis.call('SET', KEYS[1], string.format('%.3f', free + ARGV[1] * ARGV[2]), 'PX', ${FORGET_MS})
return math.ceil(free - now)
`);

const PAUSE = new Script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local till = now + ARGV[1]
local free = tonumber(redis.call('GET', KEYS[1]) or '0')
if free < till or free > now + ${LATEST_MS} then redis.call('SET', KEYS[1], string.format('%.3f', till), 'PX', ${FORGET_MS}) end
return 0
`);

export interface RateLimits {
  /** Books the next `count` requests of a gateway over all processes; how many milliseconds to wait before them. */
  book(queue: string, count: number, maxPerSecond: number): Promise<number>;
  /** Lets no process make a request to a gateway for so long, a minute at most; what is booked already goes on. */
  pause(queue: string, ms: number): Promise<void>;
  /** Notes that a connection was rate-limited; answers how many different ones were, within the last minute. */
  note(queue: string, id: string, now: number): Promise<number>;
}

export function createRateLimits(redis: Redis): RateLimits {
  return {
    async book(queue, count, maxPerSecond) {
      return Number(await BOOK.run(redis, [paceKey(queue)], [count, 1_000 / maxPerSecond]));
    },
    async pause(queue, ms) {
      await PAUSE.run(redis, [paceKey(queue)], [Math.min(ms, LONGEST_PAUSE_MS)]);
    },
    async note(queue, id, now) {
      return Number(await NOTE.run(redis, [rateLimitedKey(queue)], [now, id, WINDOW_MS]));
    },
  };
}
