import type { Redis } from 'ioredis';
import { KEYS, removalsKey } from './keys.ts';
import { Script } from './script.ts';

/** What a process tells of itself. */
export interface ProcessStatus {
  /** Of the config it runs on. */
  readonly configHash: string;
  /** What was wrong with the config it read last, without values; null when that one is in force. */
  readonly refusal: string | null;
}

/** By the server's clock, since the processes' own may differ. Silent for this long means gone. */
const SILENT_AFTER_S = 30;

/** A permission is for one content of the files; it only has to outlive the slowest process' next look at them. */
const PERMISSION_S = 86_400;

const BEAT = new Script(`
redis.call('HSET', KEYS[1], ARGV[1], redis.call('TIME')[1] .. ' ' .. ARGV[2])
return 1
`);

const ALIVE = new Script(`
local now = redis.call('TIME')[1]
local all = redis.call('HGETALL', KEYS[1])
local alive = {}
for i = 1, #all, 2 do
  local at, status = string.match(all[i + 1], '^(%d+) (.*)$')
  if now - at > tonumber(ARGV[1]) then redis.call('HDEL', KEYS[1], all[i]) else alive[#alive + 1] = status end
end
return alive
`);

/** The processes on this Redis, and what they let each other do. */
export interface Processes {
  /** Tells that this process lives; to be repeated every few seconds. */
  beat(id: string, status: ProcessStatus): Promise<void>;
  leave(id: string): Promise<void>;
  alive(): Promise<ProcessStatus[]>;
  /** Lets every process take up the config of this hash, however many connections it removes. */
  allowRemovals(configHash: string): Promise<void>;
  removalsAllowed(configHash: string): Promise<boolean>;
}

export function createProcesses(redis: Redis): Processes {
  return {
    async beat(id, status) {
      await BEAT.run(redis, [KEYS.processes], [id, JSON.stringify(status)]);
    },
    async leave(id) {
      await redis.hdel(KEYS.processes, id);
    },
    async alive() {
      const texts = (await ALIVE.run(redis, [KEYS.processes], [SILENT_AFTER_S])) as string[];
      return texts.map((text) => JSON.parse(text) as ProcessStatus);
    },
    async allowRemovals(configHash) {
      await redis.set(removalsKey(configHash), '1', 'EX', PERMISSION_S);
    },
    async removalsAllowed(configHash) {
      return (await redis.exists(removalsKey(configHash))) === 1;
    },
  };
}
