import { afterEach, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { ask, Cleanup, eventually, sampleOf, samples } from '../e2e/world.ts';
import { expectGoodEnd, expectRedis } from './invariants.ts';
import { startDurableRedis } from './redis-server.ts';
import { INTERVAL_MS, tell } from './story.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

/**
 * Longer than all that gives up by itself: an exchange (2 s), the heartbeat's wait (2 s), the keeper's lease (6 s), a
 * connection's attempt (10 s), and the last of all, BullMQ's lock of a job and a client's patience with silence (30 s).
 */
const LONG_MS = 35_000;

async function setScene() {
  const redis = await startDurableRedis(cleanup);
  const story = await tell(cleanup, { redisUrl: redis.url });
  const monitor = await story.start();
  const before = await story.settle(monitor);
  return { redis, story, monitor, before };
}

it('a Redis that is killed and comes back with its file costs nothing but the time it was away', async () => {
  const { redis, story, monitor, before } = await setScene();
  await redis.kill();
  await expectRedis(monitor, 'down');
  story.turn();
  await redis.startAgain();
  await expectGoodEnd(story, monitor, { before });
}, 180_000);

it('a Redis that hangs for longer than everything that waits for it goes on as if nothing had been', async () => {
  const { redis, story, monitor, before } = await setScene();
  // One check is under way, and has to wait with what it finds.
  const { gateway } = story;
  gateway.setBehaviour('acme-siem-id', { kind: 'stall' });
  await gateway.waitForExchanges('acme-siem-id', gateway.exchanges('acme-siem-id') + 1);
  redis.pause();
  const since = performance.now();
  gateway.setBehaviour('acme-siem-id', { kind: 'normal' });
  story.turn();
  // A scrape waits for its answers, too, and takes most of that time.
  await expectRedis(monitor, 'down');
  await eventually('it hung for long', () => performance.now() - since > LONG_MS);
  expect((await ask(monitor, '/readyz')).status).toBe(503);
  redis.resume();
  await expectGoodEnd(story, monitor, { before });
}, 180_000);

/** Two ways to answer and yet to take nothing. Of a primary that is nowhere, a replica keeps its data. */
const REFUSALS: readonly (readonly [
  string,
  (admin: Redis) => Promise<unknown>,
  (admin: Redis) => Promise<unknown>,
])[] = [
  ['is made a replica', (it) => it.replicaof('127.0.0.1', 1), (it) => it.replicaof('NO', 'ONE')],
  ['runs full', (it) => it.config('SET', 'maxmemory', '1'), (it) => it.config('SET', 'maxmemory', '0')],
];

it.each(REFUSALS)(
  'a Redis that %s takes no writes, shows so all the time, and goes on when it takes them again',
  async (_, refuse, accept) => {
    const { redis, story, monitor, before } = await setScene();
    await refuse(redis.admin);
    await expectRedis(monitor, 'down');
    story.turn();
    const since = performance.now();
    const from = monitor.lines.length;
    await eventually('it refused for two intervals', async () => {
      // Every new connection to it works, until something is written.
      expect(sampleOf(await samples(monitor), 'mimecast_monitor_redis_up')).toBe(0);
      return performance.now() - since > 2 * INTERVAL_MS;
    });
    expect((await ask(monitor, '/readyz')).status).toBe(503);
    expect(monitor.lines.length - from).toBeLessThan(20);
    await accept(redis.admin);
    await expectGoodEnd(story, monitor, { before });
  },
  180_000,
);
