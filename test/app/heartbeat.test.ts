import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { type Heartbeat, startHeartbeat } from '../../src/app/heartbeat.ts';
import { KEYS } from '../../src/store/keys.ts';
import type { ProcessStatus } from '../../src/store/processes.ts';
import { eventually } from '../e2e/world.ts';
import { configOf, processOf, type TestProcess } from '../helpers/parts.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';

const SILENT = /^Redis takes (no writes|writes again)/;

let server: TestRedis;
let redis: Redis;
let monitor: TestProcess;
let status: ProcessStatus;
const started: Heartbeat[] = [];

beforeEach(async () => {
  server = await startTestRedis();
  redis = server.client();
  monitor = await processOf(server, await configOf({ connections: [] }));
  status = { configHash: 'aaaa', refusal: null };
});
afterEach(async () => {
  process.kill(server.pid, 'SIGCONT');
  await Promise.all(started.splice(0).map((heartbeat) => heartbeat.stop()));
  await monitor.close();
  await server.stop();
});

function start(afterwards: () => Promise<void> = async () => undefined): Heartbeat {
  const heartbeat = startHeartbeat(monitor.parts, { status: () => status, afterwards });
  started.push(heartbeat);
  return heartbeat;
}

const told = () =>
  monitor.lines.filter(({ msg }) => SILENT.test(msg)).map(({ level, msg }) => `${level} ${msg}`);
const redisUp = async () => /^mimecast_monitor_redis_up (\d)$/m.exec(await monitor.registry.metrics())?.[1];

describe('the heartbeat', () => {
  it('tells the other processes at once that this one lives and what it runs on, and what changed since', async () => {
    const beaten = new Promise<void>((resolve) => start(async () => resolve()));
    await beaten;
    expect(await monitor.parts.processes.alive()).toEqual([status]);
    status = { configHash: 'aaaa', refusal: 'tenants.yaml:1:1: chekcs: is not a known key' };
    expect(await started[0]?.beat()).toBe(true);
    expect(await monitor.parts.processes.alive()).toEqual([status]);
  });

  it('goes on while what follows a beat takes long, and does not begin that twice', async () => {
    let begun = 0;
    let end: () => void = () => undefined;
    const long = new Promise<void>((resolve) => {
      end = resolve;
    });
    start(() => {
      begun += 1;
      return long;
    });
    await eventually('it is under way', () => begun === 1);
    const [process] = await redis.hkeys(KEYS.processes);
    await redis.hdel(KEYS.processes, process ?? '');
    await eventually('it beats again', async () => (await redis.hlen(KEYS.processes)) === 1);
    expect(begun).toBe(1);
    end();
  });

  it('takes its leave when it stops, so that nobody waits for its silence', async () => {
    const heartbeat = start();
    await heartbeat.beat();
    await heartbeat.stop();
    expect(await redis.hlen(KEYS.processes)).toBe(0);
  });

  it('finds that Redis hangs within seconds, says so once, and says when it is back', async () => {
    const heartbeat = start();
    expect(await heartbeat.beat()).toBe(true);
    await redis.config('RESETSTAT');
    process.kill(server.pid, 'SIGSTOP');
    expect(await heartbeat.beat()).toBe(false);
    const many = await Promise.all(Array.from({ length: 50 }, () => heartbeat.beat()));
    expect(many).not.toContain(true);
    expect(told()).toEqual(['50 Redis takes no writes; until it does, no check is recorded']);
    expect(await redisUp()).toBe('0');

    process.kill(server.pid, 'SIGCONT');
    // All that was written meanwhile comes before this: one write, however often the question was asked.
    await monitor.parts.redis.ping();
    const calls = /cmdstat_evalsha:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1];
    expect(Number(calls)).toBeLessThan(5);
    while (!(await heartbeat.beat()));
    expect(told().slice(1)).toEqual(['30 Redis takes writes again']);
    expect(await redisUp()).toBe('1');
  });

  it('finds that Redis answers but takes no writes', async () => {
    const heartbeat = start();
    await heartbeat.beat();
    await redis.config('SET', 'maxmemory', '1');
    expect(await heartbeat.beat()).toBe(false);
    expect(monitor.lines.at(-1)).toMatchObject({ reason: expect.stringContaining('OOM') });
    await redis.config('SET', 'maxmemory', '0');
    expect(await heartbeat.beat()).toBe(true);
  });

  it('finds that Redis was emptied', async () => {
    const heartbeat = start();
    await heartbeat.beat();
    const before = monitor.parts.identity.current().epoch;
    await server.flush();
    expect(await heartbeat.beat()).toBe(true);
    expect(monitor.parts.identity.current().epoch).not.toBe(before);
    expect(monitor.lines).toContainEqual(
      expect.objectContaining({ msg: expect.stringMatching(/^Redis was emptied: /) }),
    );
    expect(await monitor.parts.processes.alive()).toEqual([status]);
  });

  it('outlives a failure of what is done after it', async () => {
    const heartbeat = start(() => Promise.reject(new Error('no such permission')));
    const line = await monitor.waitFor(({ msg }) => msg === 'a turn of the heartbeat failed');
    expect(line).toMatchObject({ level: 40, reason: 'no such permission' });
    expect(await heartbeat.beat()).toBe(true);
  });
});
