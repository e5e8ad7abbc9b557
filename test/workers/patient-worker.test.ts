import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { KEY_PREFIX } from '../../src/store/keys.ts';
import { PatientWorker } from '../../src/workers/patient-worker.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';

let server: TestRedis;
let redis: Redis;
let queue: Queue;
let worker: PatientWorker<object>;
const errors: Error[] = [];

beforeEach(async () => {
  server = await startTestRedis();
  redis = server.client();
  errors.length = 0;
  queue = new Queue('gw-acme', { connection: redis, prefix: KEY_PREFIX });
  worker = new PatientWorker<object>('gw-acme', async () => undefined, {
    connection: redis,
    prefix: KEY_PREFIX,
    concurrency: 5,
    runRetryDelay: 1_000,
    // An idle worker asks again after so many seconds.
    drainDelay: 1,
  });
  worker.on('error', (error) => errors.push(error));
  await worker.waitUntilReady();
});
afterEach(async () => {
  await worker.close();
  await queue.close();
  await server.stop();
});

/** Resolves with the first refusal. Jobs that are due and can't be had are what makes a worker ask at once. */
async function fillUp(): Promise<void> {
  await queue.addBulk(
    ['acme', 'globex', 'initech'].map((name) => ({ name, data: {}, opts: { delay: 300 } })),
  );
  const refused = once(worker, 'error');
  await redis.config('SET', 'maxmemory', '1');
  await refused;
}

describe('a worker whose Redis refuses to hand out jobs', () => {
  it('asks about once a second instead of thousands of times, and works again afterwards', async () => {
    await fillUp();
    // A busy machine makes fewer of them, never more.
    await pause(1_500);
    expect(errors.length).toBeLessThanOrEqual(3);
    for (const error of errors) expect(error.message).toMatch(/OOM|maxmemory/);

    await redis.config('SET', 'maxmemory', '0');
    const wanted = new Promise<void>((resolve) => {
      worker.on('completed', (job) => job.name === 'umbrella' && resolve());
    });
    await queue.add('umbrella', {});
    await wanted;
  });
});
