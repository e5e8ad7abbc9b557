import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
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

const MOVE_ON = `
local due = redis.call('ZRANGE', KEYS[1], 0, ARGV[1] - 1)
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2]
for i, id in ipairs(due) do redis.call('ZADD', KEYS[1], last + i, id) end
return #due
`;
