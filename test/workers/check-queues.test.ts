import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { type Slot, slotIdOf, slotQueueOf } from '../../src/domain/schedule.ts';
import { KEY_PREFIX } from '../../src/store/keys.ts';
import { CheckQueues } from '../../src/workers/check-queues.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';

const QUEUE = 'gw-acme';
const REPEAT = `${KEY_PREFIX}:${slotQueueOf(QUEUE)}:repeat`;
const HOUR_MS = 3_600_000;

let server: TestRedis;
let redis: Redis;
let queues: CheckQueues;
const errors: Error[] = [];

beforeEach(async () => {
  server = await startTestRedis();
  redis = server.client();
  errors.length = 0;
  queues = new CheckQueues({ connection: redis, prefix: KEY_PREFIX }, (error) => errors.push(error));
});
afterEach(async () => {
  await queues.close();
  await server.stop();
  expect(errors).toEqual([]);
});

describe('the schedules of a queue', () => {
  it('are read as they were put: each at its tenth of a second of every interval', async () => {
    const slots = [0, 1, 35_999].map((index): Slot => ({ everyMs: HOUR_MS, index }));
    await queues.put(QUEUE, slots);
    const runs = await queues.nextRuns(QUEUE);
    const offsets = slots.map((slot) => (runs.get(slotIdOf(slot)) ?? Number.NaN) % HOUR_MS);
    expect(runs.size).toBe(3);
    expect(offsets).toEqual([1, 100, 3_599_900]);
  });

  it('are within an interval when they are put again, though a clock that was set back left them far ahead', async () => {
    const slot: Slot = { everyMs: HOUR_MS, index: 7 };
    const now = Date.now();
    const clock = jest.spyOn(Date, 'now').mockReturnValue(now + 10 * HOUR_MS);
    await queues.put(QUEUE, [slot]);
    clock.mockRestore();
    const runAt = async () => (await queues.nextRuns(QUEUE)).get(slotIdOf(slot)) ?? Number.NaN;
    expect(await runAt()).toBeGreaterThan(now + 9 * HOUR_MS);
    await queues.put(QUEUE, [slot]);
    const next = await runAt();
    expect(next).toBeLessThanOrEqual(Date.now() + HOUR_MS);
    // Its job has come along, and is the only one.
    expect(await queues.lostRuns(QUEUE, new Map([[slotIdOf(slot), next]]))).toEqual([]);
    expect(await queues.counts(slotQueueOf(QUEUE))).toMatchObject({ delayed: 1 });
  });

  it('go with their job, also when that waits for a worker already', async () => {
    const slots = [7, 8].map((index): Slot => ({ everyMs: HOUR_MS, index }));
    const [kept, going] = slots.map(slotIdOf);
    await queues.put(QUEUE, slots);
    await promoteAll();
    expect(await queues.counts(slotQueueOf(QUEUE))).toMatchObject({ wait: 2 });
    const runs = await queues.nextRuns(QUEUE);
    await queues.remove(QUEUE, new Map([...runs].filter(([name]) => name === going)));
    expect([...(await queues.nextRuns(QUEUE)).keys()]).toEqual([kept]);
    expect(await queues.counts(slotQueueOf(QUEUE))).toMatchObject({ wait: 1, delayed: 0 });
  });

  it('have lost a run whose job is gone, and none whose job waits', async () => {
    const slots = [7, 8].map((index): Slot => ({ everyMs: HOUR_MS, index }));
    await queues.put(QUEUE, slots);
    await promoteAll();
    const runs = await queues.nextRuns(QUEUE);
    const [lost = ''] = slots.map(slotIdOf);
    expect(await queues.lostRuns(QUEUE, runs)).toEqual([]);
    const job = `repeat:${lost}:${runs.get(lost)}`;
    await redis.lrem(`${KEY_PREFIX}:${slotQueueOf(QUEUE)}:wait`, 1, job);
    await redis.del(`${KEY_PREFIX}:${slotQueueOf(QUEUE)}:${job}`);
    expect(await queues.lostRuns(QUEUE, runs)).toEqual([lost]);
  });

  it('are all found while they move on to their next runs', async () => {
    const ids = Array.from({ length: 5_000 }, (_, index) => `slot-3600000-${index}`);
    const scores = ids.flatMap((id, index) => [index, id]);
    await redis.zadd(REPEAT, ...scores);

    // As running jobs do: the one that is due first goes to the end, again and again. In Redis itself, since no client
    // would be quick enough to move many between two looks.
    const mover = server.client();
    let moving = true;
    let moved = 0;
    const move = async () => {
      while (moving) moved += Number(await mover.eval(MOVE_ON, 1, REPEAT, 200));
    };
    const movement = move();
    const missed: number[] = [];
    for (let look = 0; look < 20; look += 1) {
      const runs = await queues.nextRuns(QUEUE);
      missed.push(ids.filter((id) => !runs.has(id)).length);
    }
    moving = false;
    await movement;
    expect(moved).toBeGreaterThan(5_000);
    expect(missed).toEqual(missed.map(() => 0));
  });
});

describe('what is asked for beside the schedule', () => {
  const now = Date.now();

  it('is one job for each re-check of a version, however often it is woken', async () => {
    const recheck = { id: 'acme', queue: QUEUE, version: 7, dueAt: now };
    await queues.addRechecks([recheck], now);
    await queues.addRechecks([recheck, { ...recheck, version: 8 }], now);
    expect(await waiting()).toEqual(['recheck acme', 'recheck acme']);
  });

  it('is one job for each connection, and in this order: a person, re-checks, the keeper', async () => {
    await queues.addManual(QUEUE, ['initech', 'acme'], now, 'keeper');
    await queues.addManual(QUEUE, ['globex', 'acme'], now, 'person');
    await queues.addManual(QUEUE, ['globex'], now, 'person');
    await queues.addRechecks([{ id: 'hooli', queue: QUEUE, version: 1, dueAt: now }], now);
    expect(await waiting()).toEqual(['manual globex', 'recheck hooli', 'look initech', 'look acme']);
  });

  /** In the order in which a worker takes them. */
  async function waiting(): Promise<string[]> {
    const jobs = await new Queue(QUEUE, { connection: redis, prefix: KEY_PREFIX }).getJobs(
      ['waiting', 'prioritized'],
      0,
      -1,
      true,
    );
    return jobs.map(({ name, data }) => `${name} ${data.id}`);
  }
});

describe('the first checks of a fleet', () => {
  it('share a job for each second, which waits until the first of them is due', async () => {
    const now = Date.now();
    const second = Math.ceil((now + HOUR_MS) / 1_000) * 1_000;
    const due = { acme: second + 700, globex: second + 20, initech: second + 1_000 };
    const rechecks = Object.entries(due).map(([id, dueAt]) => ({ id, queue: QUEUE, version: 1, dueAt }));
    await queues.addFirstChecks(rechecks, now);
    const jobs = await new Queue(slotQueueOf(QUEUE), { connection: redis, prefix: KEY_PREFIX }).getDelayed();
    const waiting = jobs.map(({ data, delay }) => [now + delay, data.batch]);
    expect(new Map(waiting as [number, unknown][])).toEqual(
      new Map([
        [
          due.globex,
          [
            ['globex', due.globex],
            ['acme', due.acme],
          ],
        ],
        [due.initech, [['initech', due.initech]]],
      ]),
    );
  });
});

function slotJobs(): Queue {
  return new Queue(slotQueueOf(QUEUE), { connection: redis, prefix: KEY_PREFIX });
}

/** Has every job wait for a worker that waits for its time. */
async function promoteAll(): Promise<void> {
  await slotJobs().promoteJobs();
}

const MOVE_ON = `
local due = redis.call('ZRANGE', KEYS[1], 0, ARGV[1] - 1)
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2]
for i, id in ipairs(due) do redis.call('ZADD', KEYS[1], last + i, id) end
return #due
`;
