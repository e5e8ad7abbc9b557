import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { KEYS } from '../../src/store/keys.ts';
import { createRecords } from '../../src/store/records.ts';
import { writeRecord } from '../../src/store/serialise.ts';
import { recordOf } from '../helpers/fleet.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';

let server: TestRedis;
let redis: Redis;

beforeEach(async () => {
  server = await startTestRedis();
  redis = server.client();
});
afterEach(() => server.stop());

describe('saving a record', () => {
  const before = recordOf();
  const after = recordOf({ version: 2, lastVerdict: 'timeout' });

  it('changes nothing in a Redis that was emptied since and goes by another epoch', async () => {
    await redis.set(KEYS.epoch, 'later');
    await redis.hset(KEYS.records, 'acme', writeRecord(before));
    const records = createRecords(redis);
    expect(await records.save('acme', before, after, [], 'earlier')).toBe('other_epoch');
    expect(await records.read('acme')).toEqual(before);
    expect(await records.save('acme', before, after, [], 'later')).toBe('saved');
    expect(await records.read('acme')).toEqual(after);
  });

  it('changes nothing in a Redis that is empty', async () => {
    const records = createRecords(redis);
    expect(await records.save('acme', before, after, [], 'earlier')).toBe('other_epoch');
    expect(await redis.dbsize()).toBe(0);
  });

  it('tells what Redis says against it, and takes it for no change by somebody else', async () => {
    await redis.set(KEYS.epoch, 'now');
    await redis.hset(KEYS.records, 'acme', writeRecord(before));
    await redis.config('SET', 'maxmemory', '1');
    const records = createRecords(redis);
    await expect(records.save('acme', before, after, [], 'now')).rejects.toThrow('OOM');
    expect(await records.read('acme')).toEqual(before);
  });
});
