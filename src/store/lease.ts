import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { KEYS } from './keys.ts';
import { Script } from './script.ts';
import { StoreError } from './serialise.ts';

const RENEW = new Script(`
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return 1
end
if redis.call('SET', KEYS[1], ARGV[3], 'NX', 'PX', ARGV[2]) then return 2 end
return 0
`);

const RELEASE = new Script(`
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`);

/**
 * Runs the commands of ARGV[2] only while the lease is held: a keeper that was paused past it changes nothing. And only
 * once: a commit whose reply was lost is sent again by the client, and must not take the next events off the list.
 */
const FENCED = new Script(`
if redis.call('GET', KEYS[2]) == ARGV[3] then return 1 end
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
for _, command in ipairs(cjson.decode(ARGV[2])) do redis.call(unpack(command)) end
redis.call('SET', KEYS[2], ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
`);

/** One Redis command with its arguments. */
export type Command = readonly [string, ...(string | number)[]];

export interface Lease {
  /** True when this process is the keeper now; `gained` when it was not a moment ago. */
  acquire(): Promise<{ held: boolean; gained: boolean }>;
  release(): Promise<void>;
  /** All of the commands or none. Throws StoreError `lease_lost` when another process has become the keeper. */
  commit(commands: readonly Command[]): Promise<void>;
}

export function createLease(redis: Redis, durationMs: number): Lease {
  // A new one for each term: a commit that was on its way in an earlier term must not pass in the next.
  let token: string = randomUUID();
  return {
    async acquire() {
      const fresh = randomUUID();
      const answer = await RENEW.run(redis, [KEYS.lease], [token, durationMs, fresh]);
      if (answer === 2) token = fresh;
      return { held: answer !== 0, gained: answer === 2 };
    },
    async release() {
      await RELEASE.run(redis, [KEYS.lease], [token]);
    },
    async commit(commands) {
      if (commands.length === 0) return;
      // As text: Lua would turn a large number into a float on its way.
      const text = JSON.stringify(commands.map((command) => command.map(String)));
      const done = await FENCED.run(
        redis,
        [KEYS.lease, KEYS.commit],
        [token, text, randomUUID(), durationMs],
      );
      if (done !== 1) throw new StoreError('lease_lost', 'another process has become the keeper');
    },
  };
}
