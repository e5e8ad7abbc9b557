import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { createKeeper } from '../../src/app/keeping.ts';
import { checkQueueOf, slotQueueOf } from '../../src/domain/schedule.ts';
import type { Keeper } from '../../src/jobs/keeper.ts';
import { historyKey, KEY_PREFIX, KEYS, pendingKey } from '../../src/store/keys.ts';
import { eventually } from '../e2e/world.ts';
import { connectionOf, incidentOf, recordOf, US } from '../helpers/fleet.ts';
import { configOf, processOf, type TestProcess } from '../helpers/parts.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';

const DAY_MS = 86_400_000;
const ACME = { id: 'acme', region: 'us', clientId: 'acme-id', clientSecret: 'acme-secret' };
const CHANNELS = {
  console: { type: 'log' },
  pager: { type: 'pagerduty', routingKey: 'e93facc04764012d7bfb002500d5d1a6' },
  am: { type: 'alertmanager', url: 'http://127.0.0.1:9093' },
};

let server: TestRedis;
let redis: Redis;
let monitor: TestProcess;
let keeper: Keeper;

beforeEach(async () => {
  server = await startTestRedis();
  redis = server.client();
  monitor = await processOf(server, await configOf({ alerts: { channels: CHANNELS }, connections: [ACME] }));
  keeper = createKeeper(monitor.parts);
});
afterEach(async () => {
  await keeper.stop();
  await monitor.close();
  await server.stop();
});

/** Has the keeper make one pass over everything. */
async function reconciled(): Promise<void> {
  keeper.start();
  const done = await monitor.waitFor(({ msg }) =>
    /^reconciled the fleet|^a turn of the keeper failed/.test(msg),
  );
  expect(done).toMatchObject({ msg: 'reconciled the fleet with the config' });
}

describe('the keeper', () => {
  it('buries any number of removed connections when their time is over, and no other', async () => {
    const ids = Array.from({ length: 9_000 }, (_, index) => `globex-${index}`);
    const tombstone = (days: number) =>
      JSON.stringify({ removedAt: Date.now() - days * DAY_MS, record: recordOf() });
    await redis.hset(KEYS.tombstones, Object.fromEntries(ids.map((id) => [id, tombstone(8)])));
    await redis.hset(KEYS.tombstones, 'initech', tombstone(6));
    for (const id of ['globex-0', 'globex-8999', 'initech']) await redis.lpush(historyKey(id), '{}');

    await reconciled();
    expect(await redis.hkeys(KEYS.tombstones)).toEqual(['initech']);
    expect(await redis.keys(historyKey('*'))).toEqual([historyKey('initech')]);
  });

  it('recalls many incidents in one message, but each by itself where it is an alert of its own', async () => {
    const channels = Object.keys(CHANNELS);
    const ids = Array.from({ length: 6 }, (_, index) => `e1-${index}`);
    const at = Date.now() - 2 * DAY_MS;
    for (const id of ids) {
      const audiences = [{ channels, total: 1, ids: ['acme'], tenant: 'acme' }];
      const notice = { due: null, since: null, held: null, toldAt: at, quiet: null };
      const open = incidentOf(connectionOf(id), { id, startedAt: at, audiences, notice });
      await redis.hset(KEYS.incidents, id, JSON.stringify(open));
    }
    keeper.start();
    // One decision hands everything over in one transaction.
    while ((await redis.scard(pendingKey('console'))) === 0)
      await new Promise((resolve) => setTimeout(resolve, 20));
    for (const channel of ['pager', 'am'])
      expect((await redis.smembers(pendingKey(channel))).toSorted()).toEqual(ids);
    expect(await redis.smembers(pendingKey('console'))).toEqual([expect.stringContaining('-reminder-')]);
  });

  it('forgets the queues of a gateway that nobody uses any more, with what is in them', async () => {
    const gone = checkQueueOf('https://gone.services.mimecast.com');
    await redis.hset(KEYS.gateways, gone, 'https://gone.services.mimecast.com');
    await monitor.parts.checkQueues.put(gone, [{ everyMs: DAY_MS, index: 1 }]);
    await reconciled();
    expect(await redis.hkeys(KEYS.gateways)).toEqual([checkQueueOf(US)]);
    expect(await redis.keys(`${KEY_PREFIX}:${gone}*`)).toEqual([]);
    // Should the gateway be used again, its queue is as good as new.
    await monitor.parts.checkQueues.put(gone, [{ everyMs: DAY_MS, index: 1 }]);
    expect(await monitor.parts.checkQueues.counts(slotQueueOf(gone))).toMatchObject({ delayed: 1 });
  });

  it('drops the re-check of a connection that is gone, which would be looked at again and again', async () => {
    await redis.zadd(KEYS.rechecks, 0, 'globex');
    await reconciled();
    await eventually('it is dropped', async () => (await redis.zscore(KEYS.rechecks, 'globex')) === null);
    expect(await redis.zscore(KEYS.rechecks, 'acme')).not.toBeNull();
  });

  it('lets a queue that was left paused run again', async () => {
    const queue = new Queue(checkQueueOf(US), { connection: redis, prefix: KEY_PREFIX });
    try {
      await queue.pause();
      await reconciled();
      expect(await queue.isPaused()).toBe(false);
    } finally {
      await queue.close();
    }
  });
});
