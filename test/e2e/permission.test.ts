import { afterEach, expect, it } from '@jest/globals';
import { startSimulator } from '../../src/simulator/server.ts';
import { KEYS } from '../../src/store/keys.ts';
import { makeConfigFolder } from '../helpers/config-file.ts';
import { runMonitor } from '../helpers/monitor-process.ts';
import { startTestRedis } from '../helpers/redis.ts';
import { startWebhookReceiver } from '../helpers/webhook-receiver.ts';
import {
  ask,
  becomes,
  Cleanup,
  checkNow,
  eventually,
  QUICK_CHECKS,
  ready,
  sampleOf,
  samples,
} from './world.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

it('a role that loses a permission is told of once, is no trouble of the keys, and ends when it is given back', async () => {
  const redis = cleanup.add(await startTestRedis(), (it) => it.stop());
  const keys = [{ clientId: 'acme-id', clientSecret: 'acme-secret' }];
  const gateway = cleanup.add(await startSimulator({ keys }), (it) => it.close());
  const receiver = cleanup.add(await startWebhookReceiver(), (it) => it.close());
  const content = {
    version: 1,
    checks: QUICK_CHECKS,
    defaults: { baseUrl: gateway.origin, probe: { method: 'POST' } },
    alerts: { channels: { soc: { type: 'webhook', url: receiver.url } } },
    redis: { url: `unix://${redis.socketPath}` },
    connections: [{ id: 'acme-siem', tenant: 'Acme Corp', clientId: 'acme-id', clientSecret: 'acme-secret' }],
  };
  const config = cleanup.add(await makeConfigFolder(content), (it) => it.remove());
  const monitor = await cleanup.start(['--config', config.path]);
  await ready(monitor);
  const permission = async () => {
    const { text } = await ask(monitor, '/api/v1/connections/acme-siem');
    return JSON.parse(text) as { permission: string; probe: Record<string, unknown> };
  };
  await becomes(monitor, 'acme-siem', 'healthy');
  await eventually('the permission is known', async () => (await permission()).permission === 'permitted');
  expect(sampleOf(await samples(monitor), 'mimecast_credential_permission')).toBe(1);

  gateway.setApiBehaviour('acme-id', { kind: 'forbidden' });
  await checkNow(monitor, 'acme-siem');
  const told = await receiver.waitFor(({ kind }) => kind === 'permission_lost');
  expect(told).toMatchObject({
    status: 'firing',
    severity: 'warning',
    cause: null,
    connection: { id: 'acme-siem', tenant: 'Acme Corp' },
    evidence: {
      verdict: 'valid',
      httpStatus: 403,
      code: 'app_forbidden',
      call: 'POST /api/account/get-account',
      confirmations: 2,
    },
  });
  expect((await permission()).permission).toBe('denied');
  const all = await samples(monitor);
  expect(sampleOf(all, 'mimecast_credential_permission')).toBe(0);
  expect(sampleOf(all, 'mimecast_credential_valid')).toBe(1);
  const denied = sampleOf(all, 'mimecast_probes_total', { result: 'denied' });
  expect(denied).toBe(2);
  const status = await runMonitor(['status', '--url', monitor.url]);
  expect(status.code).toBe(0);
  expect(status.stdout).toMatch(/healthy +acme-siem .* the keys work, but the call that is probed is denied/);

  gateway.setApiBehaviour('acme-id', { kind: 'normal' });
  await checkNow(monitor, 'acme-siem');
  const ended = await receiver.waitFor(({ status: is }) => is === 'resolved');
  expect(ended).toMatchObject({ incident: told.incident, resolution: 'recovered' });
  expect(receiver.received.map(({ notification }) => `${notification.kind} ${notification.status}`)).toEqual([
    'permission_lost firing',
    'permission_lost resolved',
  ]);

  const written = [
    monitor.output(),
    JSON.stringify(receiver.received),
    (await ask(monitor, '/metrics')).text,
  ];
  const client = redis.client();
  written.push(JSON.stringify(await client.hgetall(KEYS.records)));
  expect(written.at(-1)).toContain('permitted');
  expect(gateway.tokens().length).toBeGreaterThan(3);
  for (const token of gateway.tokens()) for (const text of written) expect(text).not.toContain(token);
}, 120_000);
