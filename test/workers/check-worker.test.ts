import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import {
  checkQueueOf,
  planSlots,
  type Slot,
  slotIdOf,
  slotOf,
  slotQueueOf,
} from '../../src/domain/schedule.ts';
import type { CheckOrder } from '../../src/jobs/check-connection.ts';
import { checkInTurn, ordersOf } from '../../src/jobs/check-slot.ts';
import { Limiter, type Urgency } from '../../src/jobs/limiter.ts';
import { KEY_PREFIX } from '../../src/store/keys.ts';
import { CheckQueues } from '../../src/workers/check-queues.ts';
import { startCheckWorker } from '../../src/workers/check-worker.ts';
import type { RunningWorker } from '../../src/workers/worker-fleet.ts';
import { Cleanup, eventually } from '../e2e/world.ts';
import { connectionOf, US } from '../helpers/fleet.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';

const QUEUE = checkQueueOf(US);
const EVERY_MS = 5_000;

const cleanup = new Cleanup();
let server: TestRedis;
let redis: Redis;
let queues: CheckQueues;

beforeEach(async () => {
  server = cleanup.add(await startTestRedis(), (it) => it.stop());
  redis = server.client();
  const base = { connection: redis, prefix: KEY_PREFIX };
  queues = cleanup.add(new CheckQueues(base, fail), (it) => it.close());
});
afterEach(async () => {
  await cleanup.run();
  expect(faults.splice(0)).toEqual([]);
});

const faults: Error[] = [];
function fail(error: Error): void {
  faults.push(error);
}

interface Checker {
  readonly worker: RunningWorker;
  /** The orders of all checks that have begun. */
  readonly begun: CheckOrder[];
}

/** A check worker as a process runs it, but for what a check does. */
function startChecker(
  members: readonly string[],
  make: (order: CheckOrder) => Promise<unknown>,
  concurrency = 50,
): Checker {
  const limiter = new Limiter({ concurrency, maxPerSecond: 1_000, book: async () => 0 });
  const begun: CheckOrder[] = [];
  const check = (urgency: Urgency) => (order: CheckOrder) =>
    limiter.run(urgency, () => {
      begun.push(order);
      return make(order);
    });
  const inTurn = { now: Date.now, wait, check: check('scheduled') };
  const slots = planSlots(members.map((id) => connectionOf(id, { intervalMs: EVERY_MS }))).get(QUEUE);
  const membersOf = (slot: Slot) => slots?.get(slotIdOf(slot))?.members ?? [];
  const worker = startCheckWorker(
    { connection: server.client(), prefix: KEY_PREFIX },
    {
      queue: QUEUE,
      concurrency,
      check: check('asked'),
      checkSlot: (slot) => checkInTurn(ordersOf(slot, membersOf(slot)), inTurn),
      checkBatch: (orders) => checkInTurn(orders, inTurn),
      close: () => limiter.close(),
      onError: fail,
    },
  );
  cleanup.add(worker, (it) => it.close());
  return { worker, begun };
}

/** A check that lasts until the test says so. */
class Gate {
  open: () => void = () => undefined;
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

/** `count` ids that share one slot. */
function sharers(count: number): readonly string[] {
  const { index } = slotOf({ id: 'acme', intervalMs: EVERY_MS });
  const ids = ['acme'];
  for (let number = 0; ids.length < count; number++) {
    const id = `acme-${number}`;
    if (slotOf({ id, intervalMs: EVERY_MS }).index === index) ids.push(id);
  }
  return ids;
}

const SLOT = slotOf({ id: 'acme', intervalMs: EVERY_MS });

function byId(orders: readonly CheckOrder[]): Map<string, CheckOrder> {
  return new Map(orders.map((order) => [order.id, order]));
}

describe('a slot', () => {
  it('has each of its connections checked once in every interval, at its own time', async () => {
    const ids = sharers(3);
    const { begun } = startChecker(ids, async () => undefined);
    await queues.put(QUEUE, [SLOT]);
    await eventually('two runs are over', () => begun.length >= 6);
    const [first, second] = [byId(begun.slice(0, 3)), byId(begun.slice(3, 6))];
    for (const id of ids) {
      expect(first.get(id)).toMatchObject({ trigger: 'schedule' });
      expect((second.get(id)?.dueAt ?? 0) - (first.get(id)?.dueAt ?? 0)).toBe(EVERY_MS);
    }
  });

  it('that a closing worker could not begin goes to another one, due as it was; what is under way is ended', async () => {
    const ids = sharers(3);
    const gate = new Gate();
    const first = startChecker(ids, () => gate.opened, 1);
    await queues.put(QUEUE, [SLOT]);
    await eventually('a check is under way', () => first.begun.length === 1);
    const [running] = first.begun;
    const closed = first.worker.close();
    const second = startChecker(ids, async () => undefined);
    gate.open();
    await closed;
    expect(first.begun).toEqual([running]);

    await eventually('the others were made', () => second.begun.length >= 3);
    // Whoever makes a check finds out from its record whether it was made before: all of them are handed on.
    const again = byId(second.begun.slice(0, 3));
    expect([...again.keys()].toSorted()).toEqual(ids.toSorted());
    expect(again.get(running?.id ?? '')).toEqual(running);
  });

  it('leaves no re-check behind in a closing worker that waited there for its place: another one makes it', async () => {
    const gate = new Gate();
    const first = startChecker(sharers(1), () => gate.opened, 1);
    cleanup.add(gate, (it) => it.open());
    await queues.put(QUEUE, [SLOT]);
    await eventually('a check of the slot has the only place', () => first.begun.length === 1);
    const dueAt = Date.now();
    await queues.addRechecks([{ id: 'globex', queue: QUEUE, version: 7, dueAt }], dueAt);
    await eventually('the re-check waits for it', async () => (await queues.counts(QUEUE))['active'] === 1);
    const closed = first.worker.close();
    const second = startChecker([], async () => undefined);
    gate.open();
    await closed;
    await eventually('it was made', () => second.begun.length > 0);
    expect(second.begun).toEqual([{ id: 'globex', dueAt, trigger: 'recheck' }]);
  });

  it('whose checks hang holds up neither its next run nor what is asked for', async () => {
    const gate = new Gate();
    const make = ({ trigger }: CheckOrder) => (trigger === 'schedule' ? gate.opened : Promise.resolve());
    const { begun } = startChecker(sharers(2), make);
    cleanup.add(gate, (it) => it.open());
    await queues.put(QUEUE, [SLOT]);
    await eventually('its checks hang', () => begun.length === 2);
    const dueAt = Date.now();
    await queues.addRechecks([{ id: 'acme', queue: QUEUE, version: 7, dueAt }], dueAt);
    await queues.addManual(QUEUE, ['globex'], dueAt, 'person');
    await eventually('both were made', () => {
      const triggers = begun.map(({ trigger }) => trigger);
      return triggers.includes('recheck') && triggers.includes('manual');
    });
    expect(begun).toContainEqual({ id: 'acme', dueAt, trigger: 'recheck' });
    await eventually('the next run has begun', () => {
      return begun.filter(({ trigger }) => trigger === 'schedule').length >= 4;
    });
  });

  it('waits in its queue, with its schedule, while there is nobody to check its connections', async () => {
    const gate = new Gate();
    const { begun } = startChecker(['acme'], () => gate.opened, 2);
    cleanup.add(gate, (it) => it.open());
    const queue = cleanup.add(
      new Queue(slotQueueOf(QUEUE), { connection: redis, prefix: KEY_PREFIX }),
      (it) => it.close(),
    );
    const runs = Array.from({ length: 30 }, (_, index) => Date.now() - index);
    await queue.addBulk(
      runs.map((runAt) => ({ name: 'slot', data: {}, opts: { jobId: `repeat:${slotIdOf(SLOT)}:${runAt}` } })),
    );
    await eventually('no more are taken', async () => {
      const { active, waiting } = await queue.getJobCounts('active', 'waiting');
      return active === 22 && waiting === 8;
    });
    await eventually('as many checks as may are under way', () => begun.length === 2);
    gate.open();
    await eventually('all are made', () => begun.length === 30);
  });

  it('of which a check failed is taken again soon, due as it was', async () => {
    const make = async () => {
      if (begun.length === 1) throw new Error('Redis was full');
    };
    const { begun } = startChecker(['acme'], make);
    await queues.put(QUEUE, [SLOT]);
    await eventually('the same check was made again', () => {
      const [first, ...later] = begun;
      return later.some((order) => order.dueAt === first?.dueAt);
    });
    expect(faults.splice(0)).toMatchObject([{ message: 'Redis was full' }]);
  });

  it('leaves nothing behind but its next run', async () => {
    const { begun } = startChecker(['acme'], async () => undefined);
    await queues.put(QUEUE, [SLOT]);
    await eventually('it was checked', () => begun.length === 1);
    await eventually('its job is gone', async () => {
      const counts = await queues.counts(slotQueueOf(QUEUE));
      return Object.entries(counts).every(([state, count]) => count === (state === 'delayed' ? 1 : 0));
    });
  });
});

describe('first checks', () => {
  it('are made each in its turn, and those that a closing worker could not begin by another one', async () => {
    const now = Date.now();
    const ids = ['acme', 'globex', 'initech'];
    const orders = ids.map((id, index) => ({ id, queue: QUEUE, version: 1, dueAt: now + index * 50 }));
    const gate = new Gate();
    const first = startChecker([], () => gate.opened, 1);
    cleanup.add(gate, (it) => it.open());
    await queues.addFirstChecks(orders.toReversed(), now);
    await eventually('a check is under way', () => first.begun.length === 1);
    const closed = first.worker.close();
    const second = startChecker([], async () => undefined);
    gate.open();
    await closed;
    await eventually('the others were made', () => second.begun.length >= 3);
    expect(first.begun).toEqual(second.begun.slice(0, 1));
    expect(second.begun).toEqual(orders.map(({ id, dueAt }) => ({ id, dueAt, trigger: 'recheck' })));
  });
});

describe('a job of slots that can not be read', () => {
  it('fails alone', async () => {
    const { begun } = startChecker(['acme'], async () => undefined);
    const queue = cleanup.add(
      new Queue(slotQueueOf(QUEUE), { connection: redis, prefix: KEY_PREFIX }),
      (it) => it.close(),
    );
    await queue.add('slot', {}, { jobId: 'acme' });
    await queues.put(QUEUE, [SLOT]);
    await eventually('the others are checked', () => begun.length === 1);
    await eventually('it was told of', () => faults.length === 1);
    expect(faults.splice(0)).toMatchObject([{ message: "The id of check job acme can't be read" }]);
  });
});
