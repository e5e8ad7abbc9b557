import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { summaryOf } from '../../src/domain/summary.ts';
import { createCommands, createFleetStore, removeCommands } from '../../src/store/fleet.ts';
import { KEYS } from '../../src/store/keys.ts';
import { type Command, createLease } from '../../src/store/lease.ts';
import { createRecords } from '../../src/store/records.ts';
import { readSummary, writeRecord, writeSummary } from '../../src/store/serialise.ts';
import { connectionOf, PERMITTED, recordOf } from '../helpers/fleet.ts';
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

describe('answers that can not be used', () => {
  it('are counted once for each check that got one, and not for what else is saved of it', async () => {
    await redis.set(KEYS.epoch, 'now');
    const records = createRecords(redis);
    const { unusableAnswers } = createFleetStore(redis);
    expect(await unusableAnswers()).toBe(0);
    const steps = [
      recordOf({ version: 1, lastCheckAt: 1, lastVerdict: 'valid' }),
      recordOf({ version: 2, lastCheckAt: 2, lastVerdict: 'timeout' }),
      recordOf({ version: 3, lastCheckAt: 2, lastVerdict: 'timeout', rejections: 1 }),
      recordOf({ version: 4, lastCheckAt: 3, lastVerdict: 'gateway_error' }),
      recordOf({ version: 5, lastCheckAt: 4, lastVerdict: 'rejected' }),
      // A secret that can't be had says nothing of a gateway.
      recordOf({ version: 6, lastCheckAt: 5, lastVerdict: 'secret_unavailable' }),
    ];
    const counts: number[] = [];
    await redis.hset(KEYS.records, 'acme', writeRecord(steps[0] ?? recordOf()));
    for (const [index, after] of steps.slice(1).entries()) {
      expect(await records.save('acme', steps[index] ?? after, after, [], 'now')).toBe('saved');
      counts.push(await unusableAnswers());
    }
    expect(counts).toEqual([1, 1, 2, 2, 2]);
  });
});

describe('reading records', () => {
  it('that are read together fails for those that can not be read, and for no other', async () => {
    await redis.hset(KEYS.records, 'acme', writeRecord(recordOf()), 'globex', '{"schema":99}');
    const records = createRecords(redis);
    const [acme, globex, initech] = await Promise.allSettled(
      ['acme', 'globex', 'initech'].map((id) => records.read(id)),
    );
    expect(acme).toEqual({ status: 'fulfilled', value: recordOf() });
    expect(globex).toMatchObject({ status: 'rejected', reason: { code: 'newer_record' } });
    expect(initech).toEqual({ status: 'fulfilled', value: null });
  });
});

describe('the summary beside a record', () => {
  it('is read as it was written, with every field in its place', () => {
    // No two fields have the same value.
    const record = recordOf({
      createdAt: 1,
      since: 2,
      rejections: 3,
      firstRejectedAt: 4,
      lastCheckAt: 5,
      lastSuccessAt: 6,
      tokenLifetimeSeconds: 7,
      notBefore: 8,
      unknown: { count: 9, elapsedMs: 0 },
      lastVerdict: 'gateway_error',
      permission: { ...PERMITTED, askedAt: 10 },
      fingerprint: 'new',
      validFingerprints: ['new'],
      declaredFor: { expiresAt: 11, fingerprint: 'old', since: 0 },
    });
    expect(readSummary(writeSummary(record))).toEqual(summaryOf(record));
    expect(readSummary(writeSummary(recordOf()))).toEqual(summaryOf(recordOf()));
  });

  it('comes, changes and goes with it', async () => {
    await redis.set(KEYS.epoch, 'now');
    const records = createRecords(redis);
    const lease = createLease(redis, 60_000);
    await lease.acquire();
    const commit = (commands: readonly Command[]) => lease.commit(commands);
    const made = recordOf({ version: 1, state: 'pending' });
    const changed = recordOf({ version: 2, state: 'revoked', rejections: 3 });
    await commit(createCommands('acme', made, null));
    expect(await records.readSummaries(['acme', 'globex'])).toEqual([summaryOf(made), null]);
    expect(await records.save('acme', made, changed, [], 'now')).toBe('saved');
    expect(await records.readSummaries(['acme'])).toEqual([summaryOf(changed)]);
    // Neither somebody who lost the race nor a second keeper changes one without the other.
    expect(await records.save('acme', made, recordOf({ version: 2 }), [], 'now')).toBe('conflict');
    await commit(createCommands('acme', made, null));
    expect(await records.readSummaries(['acme'])).toEqual([summaryOf(changed)]);
    await commit(removeCommands(connectionOf('acme'), changed, 0));
    expect(await records.readSummaries(['acme'])).toEqual([null]);
    expect(await records.readSummaries([])).toEqual([]);
  });
});
