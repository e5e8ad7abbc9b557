import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { KEY_PREFIX } from '../../src/store/keys.ts';
import { CheckQueues } from '../../src/workers/check-queues.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';

const QUEUE = 'gw-acme';
const REPEAT = `${KEY_PREFIX}:${QUEUE}:repeat`;
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
  it('are read as they were put', async () => {
    const schedules = ['acme', 'globex', 'initech'].map((id, index) => {
      return [id, { queue: QUEUE, everyMs: HOUR_MS, offsetMs: 1_000 * (index + 1) }] as const;
    });
    await queues.put(QUEUE, new Map(schedules));
    const runs = await queues.nextRuns(QUEUE);
    const offsets = [...runs].map(([id, next]) => [id, next % HOUR_MS]);
    expect(new Map(offsets as [string, number][])).toEqual(
      new Map([
        ['acme', 1_000],
        ['globex', 2_000],
        ['initech', 3_000],
      ]),
    );
  });

  it('are all found while they move on to their next runs', async () => {
    const ids = Array.from({ length: 5_000 }, (_, index) => `acme-${index}`);
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

const MOVE_ON = `
local due = redis.call('ZRANGE', KEYS[1], 0, ARGV[1] - 1)
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2]
for i, id in ipairs(due) do redis.call('ZADD', KEYS[1], last + i, id) end
return #due
`;
