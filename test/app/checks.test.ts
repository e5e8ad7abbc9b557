import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import { wantedCheckWorkers } from '../../src/app/checks.ts';
import { createKeeper } from '../../src/app/keeping.ts';
import { checkQueueOf, delayInSlot, slotIdOf, slotOf, slotQueueOf } from '../../src/domain/schedule.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { KEY_PREFIX } from '../../src/store/keys.ts';
import type { RunningWorker } from '../../src/workers/worker-fleet.ts';
import { Cleanup, eventually } from '../e2e/world.ts';
import { configOf, processOf, type TestProcess } from '../helpers/parts.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';

/** So seldom that no schedule of its own has a run while a test lasts. */
const INTERVAL_MS = 86_400_000;
const SLOT = slotOf({ id: 'acme', intervalMs: INTERVAL_MS });
const IDS = sharers(3);

const cleanup = new Cleanup();
let server: TestRedis;
let gateway: Simulator;
let slots: Queue;

beforeEach(async () => {
  server = cleanup.add(await startTestRedis(), (it) => it.stop());
  const keys = IDS.map((id) => ({ clientId: `${id}-id`, clientSecret: `${id}-secret` }));
  gateway = cleanup.add(await startSimulator({ keys }), (it) => it.close());
  const options = { connection: server.client(), prefix: KEY_PREFIX };
  slots = cleanup.add(new Queue(slotQueueOf(checkQueueOf(gateway.origin)), options), (it) => it.close());
});
afterEach(() => cleanup.run());

/** `count` ids that share the slot of acme, in the order in which they fall due. */
function sharers(count: number): readonly string[] {
  const ids = ['acme'];
  for (let number = 0; ids.length < count; number++) {
    const id = `acme-${number}`;
    if (slotOf({ id, intervalMs: INTERVAL_MS }).index === SLOT.index) ids.push(id);
  }
  return ids.sort((a, b) => delayInSlot(a, SLOT) - delayInSlot(b, SLOT));
}

async function start(checks: object = {}): Promise<TestProcess> {
  const config = await configOf({
    checks: { interval: '24h', ...checks },
    connections: IDS.map((id) => ({
      id,
      baseUrl: gateway.origin,
      clientId: `${id}-id`,
      clientSecret: `${id}-secret`,
    })),
  });
  return cleanup.add(await processOf(server, config), (it) => it.close());
}

/** Has a process take checks from now on. */
function work({ parts }: TestProcess): RunningWorker {
  const wanted = wantedCheckWorkers(parts).get(checkQueueOf(gateway.origin));
  if (!wanted) throw new Error('the gateway has no worker');
  return cleanup.add(wanted.start(), (it) => it.close());
}

/** Has every connection registered and checked for the first time. */
async function firstChecks(monitor: TestProcess): Promise<void> {
  const keeper = createKeeper(monitor.parts);
  keeper.start();
  try {
    for (const id of IDS) await gateway.waitForExchanges(`${id}-id`, 1);
    for (const id of IDS)
      await eventually(`${id} is healthy`, async () => (await stateOf(monitor, id)) === 'healthy');
  } finally {
    await keeper.stop();
  }
}

async function stateOf({ parts }: TestProcess, id: string): Promise<string | undefined> {
  return (await parts.records.read(id))?.state;
}

/** Has the slot run now. */
async function runSlot(): Promise<void> {
  await slots.add('slot', {}, { jobId: `repeat:${slotIdOf(SLOT)}:${Date.now()}` });
}

/** No run is under way or waits, but for the next one of the schedule itself. */
async function isOver(): Promise<boolean> {
  return (await slots.getJobCountByTypes('active', 'waiting', 'delayed')) === 1;
}

const exchanges = () => IDS.map((id) => gateway.exchanges(`${id}-id`));

describe('a slot', () => {
  it('that a process could not finish is gone on with by another: nobody is left out or asked twice', async () => {
    const first = await start();
    const away = work(first);
    await firstChecks(first);
    await away.close();
    const second = await start({ concurrency: 1 });
    const leaving = work(second);
    gateway.setBehaviour(`${IDS[1]}-id`, { kind: 'latency', delayMs: 1_500 });
    await runSlot();
    await gateway.waitForExchanges(`${IDS[1]}-id`, 2);
    const closed = leaving.close();
    work(first);
    await closed;
    expect(exchanges()).toEqual([2, 2, 1]);
    await gateway.waitForExchanges(`${IDS[2]}-id`, 2);
    await eventually('the run is over', isOver);
    expect(exchanges()).toEqual([2, 2, 2]);
    expect([...first.lines, ...second.lines].filter(({ level }) => Number(level) >= 40)).toEqual([]);
  });

  it('whose checks hang keeps no re-check waiting, though they take all the places there are', async () => {
    const monitor = await start({ concurrency: 2, timeout: '3s', confirmDelay: '500ms' });
    work(monitor);
    await firstChecks(monitor);
    for (const id of IDS) gateway.setBehaviour(`${id}-id`, { kind: 'stall' });
    // Ten runs wait behind the two checks that hang.
    for (let run = 0; run < 10; run++) await runSlot();
    await gateway.waitForExchanges(`${IDS[1]}-id`, 2);
    const before = exchanges().reduce((sum, count) => sum + count, 0);
    await monitor.parts.checkQueues.addManual(checkQueueOf(gateway.origin), ['acme'], Date.now(), 'person');
    const asked = IDS.indexOf('acme');
    await gateway.waitForExchanges('acme-id', (exchanges()[asked] ?? 0) + 1);
    // The first place that became free was its own, or the second where both did together.
    expect(exchanges().reduce((sum, count) => sum + count, 0) - before).toBeLessThanOrEqual(2);
  });
});

describe('a run of a slot that came too late', () => {
  it('takes nothing of what the gateway allows, since nothing is sent', async () => {
    const monitor = await start({ concurrency: 1 });
    const { rateLimits } = monitor.parts;
    const booked: number[] = [];
    const counted = {
      ...rateLimits,
      book: (...[queue, count, maxPerSecond]: Parameters<typeof rateLimits.book>) => {
        booked.push(count);
        return rateLimits.book(queue, count, maxPerSecond);
      },
    };
    work({ ...monitor, parts: { ...monitor.parts, rateLimits: counted } });
    await firstChecks(monitor);
    await eventually('the first checks are over', isOver);
    booked.length = 0;
    await slots.add('slot', {}, { jobId: `repeat:${slotIdOf(SLOT)}:${Date.now() - INTERVAL_MS}` });
    await eventually('the run began', () => booked.length > 0);
    await eventually('the run is over', isOver);
    // The first found out that it was not needed, and handed its place on.
    expect(booked).toEqual([1]);
    expect(exchanges()).toEqual([1, 1, 1]);
  });
});

describe('the workers that a process wants', () => {
  it('are others when their limits are changed, and the same when something else is', async () => {
    const { parts } = await start({ concurrency: 10, maxPerSecond: 20 });
    const config = parts.config.get();
    const settingWith = (checks: Partial<typeof config.checks>) => {
      parts.config.replace({ ...config, checks: { ...config.checks, ...checks } });
      return wantedCheckWorkers(parts).get(checkQueueOf(gateway.origin))?.setting;
    };
    const setting = settingWith({});
    expect(settingWith({ confirmDelayMs: 1_000 })).toBe(setting);
    expect(settingWith({ concurrency: 11 })).not.toBe(setting);
    expect(settingWith({ maxPerSecond: 21 })).not.toBe(setting);
  });
});
