import { afterEach, describe, expect, it } from '@jest/globals';
import { Cleanup, eventually, isAlive, serverOf, shown } from '../e2e/world.ts';
import type { MonitorProcess } from '../helpers/monitor-process.ts';
import { startFakeTime } from './fake-time.ts';
import { expectGoodEnd } from './invariants.ts';
import { startDurableRedis } from './redis-server.ts';
import { tell } from './story.ts';

const HOUR_S = 3_600;
/** Past several intervals, the keeper's lease (6 s), the lock of a job and a client's patience with silence (30 s). */
const SLEEP_MS = 35_000;

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

describe('a clock that jumps an hour', () => {
  it.each([
    ['forwards', 0, HOUR_S],
    ['backwards', HOUR_S, 0],
  ])(
    '%s changes nothing but the times',
    async (_, from, to) => {
      const time = await startFakeTime(cleanup, from);
      // Only the monitor's: Debian's Redis does not start with such a clock, since its allocator asks for the time, too.
      const redis = await startDurableRedis(cleanup);
      const story = await tell(cleanup, { redisUrl: redis.url, env: time.env });
      const monitor = await story.start();
      const before = await story.settle(monitor);
      // Else the test would show nothing.
      await expectClock(monitor, from);
      await time.ahead(to);
      story.turn();
      await expectGoodEnd(story, monitor, { before });
      await expectClock(monitor, to);
    },
    180_000,
  );
});

/** So many seconds ahead of the true time, by when it says that it made its latest check. */
async function expectClock(monitor: MonitorProcess, seconds: number): Promise<void> {
  const { lastCheckAt } = await shown(monitor, 'acme-siem');
  const ahead = Date.parse(lastCheckAt ?? '') - Date.now();
  expect(Math.abs(ahead - seconds * 1_000)).toBeLessThan(60_000);
}

describe('a laptop that sleeps', () => {
  it('wakes up to its work, with the exchange that was under way neither taken for a refusal nor forgotten', async () => {
    const story = await tell(cleanup, { redisUrl: null });
    const monitor = await story.start();
    const before = await story.settle(monitor);
    const { gateway } = story;
    gateway.setBehaviour('acme-siem-id', { kind: 'stall' });
    await gateway.waitForExchanges('acme-siem-id', gateway.exchanges('acme-siem-id') + 1);
    const asleep = [monitor.pid, serverOf(monitor)];
    for (const pid of asleep) process.kill(pid, 'SIGSTOP');
    cleanup.add(asleep, (pids) => {
      for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGCONT');
    });
    gateway.setBehaviour('acme-siem-id', { kind: 'normal' });
    story.turn();
    const since = performance.now();
    await eventually('it slept for long', () => performance.now() - since > SLEEP_MS);
    for (const pid of asleep) process.kill(pid, 'SIGCONT');
    await expectGoodEnd(story, monitor, { before });
  }, 180_000);
});
