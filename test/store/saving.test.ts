import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import type { StateEvent } from '../../src/domain/event.ts';
import { historyKey, KEYS } from '../../src/store/keys.ts';
import { createRecords, type Records } from '../../src/store/records.ts';
import { writeRecord } from '../../src/store/serialise.ts';
import { recordOf } from '../helpers/fleet.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';

const FIRST = recordOf({ version: 1 });
const SECOND = recordOf({ version: 2, lastVerdict: 'timeout' });

let server: TestRedis;
let redis: Redis;
let records: Records;

beforeEach(async () => {
  server = await startTestRedis();
  redis = server.client();
  records = createRecords(redis);
  await redis.set(KEYS.epoch, 'now');
  await redis.hset(KEYS.records, 'acme', writeRecord(FIRST));
});
afterEach(() => server.stop());

function eventOf(version: number): StateEvent {
  return { type: 'state', version } as StateEvent;
}

describe('a record', () => {
  it('is saved once by two who began with the same one; the other is told, and changes nothing', async () => {
    const other = recordOf({ version: 2, lastVerdict: 'rejected', recheckAt: 7_000 });
    const answers = await Promise.all([
      records.save('acme', FIRST, SECOND, [], 'now'),
      records.save('acme', FIRST, other, [eventOf(2)], 'now'),
    ]);
    expect(answers).toEqual(['saved', 'conflict']);
    expect(await records.read('acme')).toEqual(SECOND);
    expect(await redis.exists(KEYS.events, KEYS.rechecks, historyKey('acme'))).toBe(0);
  });

  it('is not saved over one that was removed and made anew with the same version', async () => {
    const anew = { ...FIRST, createdAt: FIRST.createdAt + 1 };
    await redis.hset(KEYS.records, 'acme', writeRecord(anew));
    expect(await records.save('acme', FIRST, SECOND, [eventOf(2)], 'now')).toBe('conflict');
    expect(await records.read('acme')).toEqual(anew);
  });

  it('that is gone is not brought back', async () => {
    await redis.hdel(KEYS.records, 'acme');
    expect(await records.save('acme', FIRST, SECOND, [eventOf(2)], 'now')).toBe('gone');
    expect(await redis.exists(KEYS.records, KEYS.events)).toBe(0);
  });

  it('has its re-check noted with it, moved with it, and taken back with it', async () => {
    const due = async () => redis.zscore(KEYS.rechecks, 'acme');
    const steps = [7_000, 7_000, 9_000, null].map((recheckAt, index) =>
      recordOf({ version: index + 2, recheckAt }),
    );
    const seen: (string | null)[] = [];
    let before = FIRST;
    for (const after of steps) {
      await records.save('acme', before, after, [], 'now');
      seen.push(await due());
      before = after;
    }
    expect(seen).toEqual(['7000', '7000', '9000', null]);
  });

  it('has its events told to the keeper in their order, and its last hundred kept, newest first', async () => {
    let before = FIRST;
    for (let version = 2; version <= 62; version++) {
      const after = recordOf({ version });
      const both = [eventOf(2 * version), eventOf(2 * version + 1)];
      expect(await records.save('acme', before, after, both, 'now')).toBe('saved');
      before = after;
    }
    const versions = (events: readonly StateEvent[]) => events.map(({ version }) => version);
    const told = (await redis.lrange(KEYS.events, 0, -1)).map((text) => JSON.parse(text) as StateEvent);
    expect(versions(told)).toEqual(Array.from({ length: 122 }, (_, index) => index + 4));
    expect(versions(await records.history('acme'))).toEqual(versions(told).toReversed().slice(0, 100));
    expect(await redis.llen(historyKey('acme'))).toBe(100);
  });
});
