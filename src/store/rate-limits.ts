import type { Redis } from 'ioredis';
import { rateLimitedKey } from './keys.ts';
import { Script } from './script.ts';

/** Rate limits that lie further apart than this have nothing to do with each other. */
const WINDOW_MS = 60_000;

const NOTE = new Script(`
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1] - ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return redis.call('ZCARD', KEYS[1])
`);

export interface RateLimits {
  /** Notes that a connection was rate-limited; answers how many different ones were, within the last minute. */
  note(queue: string, id: string, now: number): Promise<number>;
}

export function createRateLimits(redis: Redis): RateLimits {
  return {
    async note(queue, id, now) {
      return Number(await NOTE.run(redis, [rateLimitedKey(queue)], [now, id, WINDOW_MS]));
    },
  };
}
