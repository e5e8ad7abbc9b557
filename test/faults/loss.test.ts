import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { StateEvent } from '../../src/domain/event.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { historyKey } from '../../src/store/keys.ts';
import { ask, eventually, ready, sampleOf, samples, shown } from '../e2e/world.ts';
import { type ConfigFolder, makeConfigFolder } from '../helpers/config-file.ts';
import { type MonitorProcess, startMonitor } from '../helpers/monitor-process.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../helpers/webhook-receiver.ts';

describe('a Redis that is emptied under a running monitor', () => {
  let redis: TestRedis;
  let gateway: Simulator;
  let receiver: WebhookReceiver;
  let config: ConfigFolder;
  let monitor: MonitorProcess;
  let worker: MonitorProcess;
  let fresh: MonitorProcess | null = null;

  beforeEach(async () => {
    redis = await startTestRedis();
    gateway = await startSimulator({ keys: [{ clientId: 'acme-id', clientSecret: 'acme-secret' }] });
    receiver = await startWebhookReceiver();
    config = await makeConfigFolder({
      version: 1,
      checks: { interval: '5s', timeout: '2s', confirmations: 2, confirmDelay: '500ms' },
      alerts: { channels: { soc: { type: 'webhook', url: receiver.url } } },
      redis: { url: `unix://${redis.socketPath}` },
      connections: [
        { id: 'acme-siem', baseUrl: gateway.origin, clientId: 'acme-id', clientSecret: 'acme-secret' },
      ],
    });
    monitor = await startMonitor(['--config', config.path, '--listen', '127.0.0.1:0']);
    worker = await startMonitor(['--config', config.path, '--listen', '127.0.0.1:0', '--role', 'worker']);
  });

  afterEach(async () => {
    await Promise.all([monitor.stop(), worker.stop(), fresh?.stop()]);
    fresh = null;
    await Promise.all([gateway.close(), receiver.close(), config.remove()]);
    await redis.stop();
  });

  const healthy = () =>
    eventually('it is healthy', async () => (await shown(monitor, 'acme-siem')).state === 'healthy');

  it('makes it announce what is still wrong again, under a new id, saying that history was lost', async () => {
    await healthy();
    gateway.setBehaviour('acme-id', { kind: 'revoked' });
    const first = await receiver.waitFor(({ status }) => status === 'firing');
    expect(first.cause).toBe('revoked');

    await redis.flush();
    const second = await receiver.waitFor((n) => n.status === 'firing' && n.incident !== first.incident);
    expect(second).toMatchObject({ kind: 'credential_invalid', severity: 'critical' });
    expect(second.description).toContain('History was lost at');
    expect(receiver.received.map(({ notification }) => notification.status)).toEqual(['firing', 'firing']);

    gateway.setBehaviour('acme-id', { kind: 'normal' });
    const over = await receiver.waitFor(({ status }) => status === 'resolved');
    expect(over.incident).toBe(second.incident);
  }, 120_000);

  it('has its processes agree on one identity, so that none takes the secret of another for a changed one', async () => {
    await healthy();
    // A process that starts on the empty Redis makes an identity of its own, before the others have noticed.
    worker.signal('SIGSTOP');
    monitor.signal('SIGSTOP');
    await redis.flush();
    fresh = await startMonitor(['--config', config.path, '--listen', '127.0.0.1:0']);
    await fresh.waitFor(({ msg }) => msg === 'reconciled the fleet with the config');
    worker.signal('SIGCONT');
    monitor.signal('SIGCONT');
    for (const one of [monitor, worker]) await one.waitFor(({ msg }) => msg.startsWith('Redis was emptied'));

    gateway.setBehaviour('acme-id', { kind: 'revoked' });
    const firing = await receiver.waitFor(({ status }) => status === 'firing');
    expect(firing.kind).toBe('credential_invalid');
    const client = redis.client();
    const history = await client.lrange(historyKey('acme-siem'), 0, -1);
    const reasons = history.map((text) => (JSON.parse(text) as StateEvent).reason);
    expect(reasons).not.toContain('secret_changed');
  }, 120_000);
});

describe('a Redis that runs full under a running monitor', () => {
  it('is told of once, shows in readiness and metrics, costs no core, and work goes on afterwards', async () => {
    const redis = await startTestRedis();
    const admin = redis.client();
    const gateway = await startSimulator({ keys: [{ clientId: 'acme-id', clientSecret: 'acme-secret' }] });
    const config = await makeConfigFolder({
      version: 1,
      checks: { interval: '5s', timeout: '2s', confirmations: 2, confirmDelay: '500ms' },
      redis: { url: `unix://${redis.socketPath}` },
      connections: [
        { id: 'acme-siem', baseUrl: gateway.origin, clientId: 'acme-id', clientSecret: 'acme-secret' },
      ],
    });
    const monitor = await startMonitor(['--config', config.path, '--listen', '127.0.0.1:0']);
    try {
      await monitor.waitFor(({ msg, to }) => msg === 'the state of a connection changed' && to === 'healthy');
      const cpu = async () => sampleOf(await samples(monitor), 'process_cpu_seconds_total') ?? Number.NaN;
      await admin.config('SET', 'maxmemory', '1');
      const from = monitor.lines.length;
      const cpuBefore = await cpu();
      await monitor.waitFor(({ msg }) => msg.startsWith('Redis takes no writes'));
      expect((await ask(monitor, '/readyz')).status).toBe(503);
      expect(sampleOf(await samples(monitor), 'mimecast_monitor_redis_up')).toBe(0);
      // Two schedules' time of nothing but refusals.
      const noticed = performance.now();
      await eventually('two intervals have passed', () => performance.now() - noticed > 10_000);
      expect(monitor.lines.length - from).toBeLessThan(20);
      expect((await cpu()) - cpuBefore).toBeLessThan(5);

      await admin.config('SET', 'maxmemory', '0');
      await monitor.waitFor(({ msg }) => msg === 'Redis takes writes again');
      await ready(monitor);
      gateway.setBehaviour('acme-id', { kind: 'revoked' });
      await monitor.waitFor(({ msg, to }) => msg === 'the state of a connection changed' && to === 'revoked');
    } finally {
      await monitor.stop();
      await Promise.all([gateway.close(), config.remove()]);
      await redis.stop();
    }
  }, 120_000);
});
