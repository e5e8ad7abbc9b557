import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { Cleanup, checkNow, isAlive, QUICK_CHECKS, ready, serverOf } from '../e2e/world.ts';
import { makeConfigFolder } from '../helpers/config-file.ts';
import type { MonitorProcess } from '../helpers/monitor-process.ts';
import { startTestRedis } from '../helpers/redis.ts';

const BIN = fileURLToPath(new URL('../../bin/mimecast-monitor', import.meta.url));

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

interface Scene {
  readonly gateway: Simulator;
  readonly monitor: MonitorProcess;
  /** The process id of its Redis. */
  readonly redis: number;
}

/** A monitor at work, with a channel to tell; on a Redis of its own, or on one of others. */
async function setScene(whose: 'own' | 'of others'): Promise<Scene> {
  const keys = [{ clientId: 'acme-id', clientSecret: 'acme-secret' }];
  const gateway = cleanup.add(await startSimulator({ keys }), (it) => it.close());
  const shared = whose === 'own' ? null : cleanup.add(await startTestRedis(), (it) => it.stop());
  const config = await makeConfigFolder({
    version: 1,
    checks: QUICK_CHECKS,
    alerts: { channels: { console: { type: 'log' } } },
    dataDir: './data',
    ...(shared && { redis: { url: `unix://${shared.socketPath}` } }),
    connections: [{ id: 'acme', baseUrl: gateway.origin, clientId: 'acme-id', clientSecret: 'acme-secret' }],
  });
  cleanup.add(config, (it) => it.remove());
  const monitor = await cleanup.start(['--config', config.path], { TMPDIR: config.folder });
  await ready(monitor);
  return { gateway, monitor, redis: shared?.pid ?? serverOf(monitor) };
}

/** Stops a server so that it keeps its connections and answers nothing, until the end of the test. */
function hang(pid: number): void {
  process.kill(pid, 'SIGSTOP');
  cleanup.add(pid, () => isAlive(pid) && process.kill(pid, 'SIGCONT'));
}

async function endsInOrder(monitor: MonitorProcess): Promise<void> {
  expect(await monitor.stop()).toBe(0);
  expect(monitor.lines.at(-1)?.msg).toBe('the monitor has ended');
  expect(monitor.output()).not.toMatch(/^\s+at /m);
}

// Together, since most of the time of each is waiting. With each part waited for in turn the last one
// took 55 s.
describe('a monitor that is told to end while its Redis is away', () => {
  it('ends in order all the same, be the Redis gone or hanging, be it its own or not', async () => {
    const [hanging, gone, own] = await Promise.all([
      setScene('of others'),
      setScene('of others'),
      setScene('own'),
    ]);
    hanging.gateway.setBehaviour('acme-id', { kind: 'stall' });
    await checkNow(hanging.monitor, 'acme');
    await hanging.gateway.waitForExchanges('acme-id', 1);
    hang(hanging.redis);
    process.kill(gone.redis, 'SIGKILL');
    await gone.monitor.waitFor(({ msg }) => /^the connection to Redis (was lost|failed)/.test(msg));
    hang(own.redis);
    await Promise.all([hanging, gone, own].map(({ monitor }) => endsInOrder(monitor)));
    // One that does not listen is killed: it must not be left behind on the data folder.
    expect(isAlive(own.redis)).toBe(false);
  }, 120_000);
});

describe('a monitor that is told to end while it starts', () => {
  it('waits for no Redis that takes its connection and never answers', async () => {
    const silent = cleanup.add(createServer().listen(0, '127.0.0.1'), (it) => it.close());
    await once(silent, 'listening');
    const config = await makeConfigFolder({
      version: 1,
      redis: { url: `redis://127.0.0.1:${(silent.address() as AddressInfo).port}` },
      connections: [],
    });
    cleanup.add(config, (it) => it.remove());
    const connected = once(silent, 'connection');
    const child = cleanup.add(
      spawn(process.execPath, [BIN, 'start', '--config', config.path, '--listen', '127.0.0.1:0'], {
        stdio: 'ignore',
      }),
      (it) => it.kill('SIGKILL'),
    );
    const ended = once(child, 'exit');
    await connected;
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });
});
