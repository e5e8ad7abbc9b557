import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { KEYS, removalsKey } from '../../src/store/keys.ts';
import { createProcesses } from '../../src/store/processes.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';

const ACME = { configHash: 'aaaa', refusal: null };
const GLOBEX = { configHash: 'bbbb', refusal: 'tenants.yaml:1:1: chekcs: is not a known key' };

let server: TestRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startTestRedis();
  redis = server.client();
});
afterEach(() => server.flush());
afterAll(() => server.stop());

/** As if the process had told of itself so long ago, by the clock of the server. */
async function silentFor(id: string, seconds: number): Promise<void> {
  const [now] = (await redis.time()) as unknown as [string | number];
  const text = String(await redis.hget(KEYS.processes, id));
  await redis.hset(KEYS.processes, id, text.replace(/^\d+/, String(Number(now) - seconds)));
}

describe('the processes on one Redis', () => {
  it('know of each other what each told last', async () => {
    const processes = createProcesses(redis);
    await processes.beat('first', GLOBEX);
    await processes.beat('second', GLOBEX);
    await processes.beat('first', ACME);
    expect(await createProcesses(server.client()).alive()).toEqual(expect.arrayContaining([ACME, GLOBEX]));
    expect(await processes.alive()).toHaveLength(2);
  });

  it('read what was told exactly, line ends and all', async () => {
    const processes = createProcesses(redis);
    const status = { configHash: 'cccc', refusal: '12 345 one\n12 two "three" \\n {}' };
    await processes.beat('first', status);
    expect(await processes.alive()).toEqual([status]);
  });

  it('forget one that fell silent, for good', async () => {
    const processes = createProcesses(redis);
    await processes.beat('killed', GLOBEX);
    await processes.beat('slow', ACME);
    await silentFor('killed', 32);
    await silentFor('slow', 20);
    expect(await processes.alive()).toEqual([ACME]);
    expect(await redis.hkeys(KEYS.processes)).toEqual(['slow']);
  });

  it('count one again that speaks after it was silent', async () => {
    const processes = createProcesses(redis);
    await processes.beat('stopped', ACME);
    await silentFor('stopped', 3_600);
    expect(await processes.alive()).toEqual([]);
    await processes.beat('stopped', ACME);
    expect(await processes.alive()).toEqual([ACME]);
  });

  it('forget one that leaves at once, and only that one', async () => {
    const processes = createProcesses(redis);
    await processes.beat('first', ACME);
    await processes.beat('second', GLOBEX);
    await processes.leave('second');
    await processes.leave('nobody');
    expect(await processes.alive()).toEqual([ACME]);
  });
});

describe('the permission to remove many connections', () => {
  it('holds for every process and for this one config only', async () => {
    const processes = createProcesses(redis);
    expect(await processes.removalsAllowed('aaaa')).toBe(false);
    await processes.allowRemovals('aaaa');
    expect(await createProcesses(server.client()).removalsAllowed('aaaa')).toBe(true);
    expect(await processes.removalsAllowed('bbbb')).toBe(false);
  });

  it('does not last for ever: the same files may mean a missing folder next month', async () => {
    await createProcesses(redis).allowRemovals('aaaa');
    const seconds = await redis.ttl(removalsKey('aaaa'));
    expect(seconds).toBeGreaterThan(3_600);
    expect(seconds).toBeLessThanOrEqual(86_400);
  });
});
