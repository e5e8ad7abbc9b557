import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
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
  });

  afterEach(async () => {
    await monitor.stop();
    await Promise.all([gateway.close(), receiver.close(), config.remove()]);
    await redis.stop();
  });

  it('makes it announce what is still wrong again, under a new id, saying that history was lost', async () => {
    await monitor.waitFor(({ msg, to }) => msg === 'the state of a connection changed' && to === 'healthy');
    gateway.setBehaviour('acme-id', { kind: 'revoked' });
    const first = await receiver.waitFor(({ status }) => status === 'firing');
    expect(first.cause).toBe('revoked');

    await redis.flush();
    const second = await receiver.waitFor((n) => n.status === 'firing' && n.incident !== first.incident);
    expect(second.kind).toBe('credential_invalid');
    expect(second.description).toContain('History was lost at');
    expect(receiver.received.map(({ notification }) => notification.status)).toEqual(['firing', 'firing']);

    gateway.setBehaviour('acme-id', { kind: 'normal' });
    const over = await receiver.waitFor(({ status }) => status === 'resolved');
    expect(over.incident).toBe(second.incident);
  }, 90_000);
});
