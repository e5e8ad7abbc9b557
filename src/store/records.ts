import type { Redis } from 'ioredis';
import type { RecordEvent, StateEvent } from '../domain/event.ts';
import type { HealthRecord } from '../domain/record.ts';
import type { HealthSummary } from '../domain/summary.ts';
import { isUnavailable } from '../domain/survey.ts';
import { gather } from './gather.ts';
import { historyKey, KEYS } from './keys.ts';
import { type Call, Script } from './script.ts';
import { readRecord, readSummary, versionPrefix, writeRecord, writeSummary } from './serialise.ts';

/** Changes of state kept per connection. */
const MOST_HISTORY = 100;

/**
 * Compare-and-set of one record; its summary, events, history and re-check go with it, all or nothing. Answers 1 saved,
 * 0 gone, -1 changed by somebody else, -2 when Redis was emptied and goes by another identity now: the fingerprint in
 * such a record was made with a key that nobody uses any more.
 */
const SAVE = new Script(`
if redis.call('GET', KEYS[5]) ~= ARGV[6] then return -2 end
local current = redis.call('HGET', KEYS[1], ARGV[1])
if not current then return 0 end
if string.sub(current, 1, #ARGV[2]) ~= ARGV[2] then return -1 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
redis.call('HSET', KEYS[6], ARGV[1], ARGV[7])
if ARGV[8] == '1' then redis.call('INCR', KEYS[7]) end
if ARGV[4] == 'none' then
  redis.call('ZREM', KEYS[4], ARGV[1])
elseif ARGV[4] ~= 'same' then
  redis.call('ZADD', KEYS[4], ARGV[4], ARGV[1])
end
for i = 9, #ARGV do
  redis.call('RPUSH', KEYS[2], ARGV[i])
  redis.call('LPUSH', KEYS[3], ARGV[i])
end
if #ARGV >= 9 then redis.call('LTRIM', KEYS[3], 0, ARGV[5] - 1) end
return 1
`);

export type SaveResult = 'saved' | 'gone' | 'conflict' | 'other_epoch';

export interface Records {
  read(id: string): Promise<HealthRecord | null>;
  /** In the order of `ids`; null where there is none. */
  readMany(ids: readonly string[]): Promise<(HealthRecord | null)[]>;
  /** The same of what looks at the whole fleet go by: a sixth of the bytes, and a tenth of the work. */
  readSummaries(ids: readonly string[]): Promise<(HealthSummary | null)[]>;
  /** Saves `after` if the stored record still is `before` and the epoch goes on, and appends `events` with it. */
  save(
    id: string,
    before: HealthRecord,
    after: HealthRecord,
    events: readonly RecordEvent[],
    epoch: string,
  ): Promise<SaveResult>;
  /** The latest changes of state, newest first. */
  history(id: string): Promise<StateEvent[]>;
}

export function createRecords(redis: Redis): Records {
  async function readMany(ids: readonly string[]): Promise<(HealthRecord | null)[]> {
    if (ids.length === 0) return [];
    const texts = await redis.hmget(KEYS.records, ...ids);
    return texts.map((text) => (text === null ? null : readRecord(text)));
  }
  const readText = gather((ids: readonly string[]) => redis.hmget(KEYS.records, ...ids));
  // A write of its own for each was a sixth of the CPU of a check, where checks end by the thousand in a second.
  const runSave = gather((calls: readonly Call[]) => SAVE.runMany(redis, calls));
  return {
    async read(id) {
      const text = await readText(id);
      // Each by itself: a record that can't be read fails its own check and none of those that are read with it.
      return text === null ? null : readRecord(text);
    },
    readMany,
    async readSummaries(ids) {
      if (ids.length === 0) return [];
      const texts = await redis.hmget(KEYS.summaries, ...ids);
      return texts.map((text) => (text === null ? null : readSummary(text)));
    },
    async save(id, before, after, events, epoch) {
      const run = await runSave({
        keys: [
          KEYS.records,
          KEYS.events,
          historyKey(id),
          KEYS.rechecks,
          KEYS.epoch,
          KEYS.summaries,
          KEYS.unusableAnswers,
        ],
        args: [
          id,
          versionPrefix(before),
          writeRecord(after),
          recheckChange(before, after),
          MOST_HISTORY,
          epoch,
          writeSummary(after),
          gotNoUsableAnswer(before, after) ? 1 : 0,
          ...events.map((event) => JSON.stringify(event)),
        ],
      });
      if (run.status === 'rejected') throw run.reason;
      const answer = run.value;
      if (answer === 1) return 'saved';
      if (answer === -2) return 'other_epoch';
      return answer === 0 ? 'gone' : 'conflict';
    },
    async history(id) {
      const texts = await redis.lrange(historyKey(id), 0, MOST_HISTORY - 1);
      const events = texts.map((text) => JSON.parse(text) as RecordEvent);
      return events.filter((event) => event.type === 'state');
    },
  };
}

/** Of a check that was just made, not of one that is saved along with something else. */
function gotNoUsableAnswer(before: HealthRecord, { lastCheckAt, lastVerdict }: HealthRecord): boolean {
  return lastCheckAt !== before.lastCheckAt && lastVerdict !== null && isUnavailable(lastVerdict);
}

function recheckChange(before: HealthRecord, after: HealthRecord): string | number {
  if (before.recheckAt === after.recheckAt) return 'same';
  return after.recheckAt ?? 'none';
}
