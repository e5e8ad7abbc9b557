import { afterEach, expect, it } from '@jest/globals';
import { startSimulator } from '../../src/simulator/server.ts';
import { makeConfigFolder } from '../helpers/config-file.ts';
import { runMonitor } from '../helpers/monitor-process.ts';
import { startTestRedis } from '../helpers/redis.ts';
import { startWebhookReceiver } from '../helpers/webhook-receiver.ts';
import { Cleanup, QUICK_CHECKS, ready } from './world.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

it('the commands about alerts work as a user runs them, and a silence outlives the monitor', async () => {
  const redis = cleanup.add(await startTestRedis(), (it) => it.stop());
  const keys = [{ clientId: 'acme-id', clientSecret: 'acme-secret' }];
  const gateway = cleanup.add(await startSimulator({ keys }), (it) => it.close());
  const receiver = cleanup.add(await startWebhookReceiver(), (it) => it.close());
  const config = await makeConfigFolder({
    version: 1,
    checks: QUICK_CHECKS,
    alerts: { channels: { soc: { type: 'webhook', url: receiver.url } } },
    redis: { url: `unix://${redis.socketPath}` },
    connections: [
      {
        id: 'acme-siem',
        tenant: 'Acme Corp',
        baseUrl: gateway.origin,
        clientId: 'acme-id',
        clientSecret: 'acme-secret',
      },
    ],
  });
  cleanup.add(config, (it) => it.remove());
  const about = ['--config', config.path];

  const routed = await runMonitor(['route', 'acme-siem', '--json', ...about]);
  expect(routed.code).toBe(0);
  expect(JSON.parse(routed.stdout).concerns[0].channels).toEqual([
    { channel: 'soc', reason: 'fallback', route: null },
  ]);
  const unknown = await runMonitor(['route', 'acme-sime', ...about]);
  expect(unknown).toMatchObject({ code: 2, stdout: '' });
  expect(unknown.stderr).toMatch(/^mimecast-monitor: .*; did you mean acme-siem\?\n$/);

  const tested = await runMonitor(['test-alert', ...about]);
  expect(tested).toMatchObject({ code: 0, stderr: '' });
  expect(receiver.received.map(({ notification }) => notification.status)).toEqual(['firing', 'resolved']);

  const first = await cleanup.start(about);
  await ready(first);
  const migration = ['--tenant', 'Acme Corp', '--for', '2h', '--reason', 'migration', '--author', 'kim'];
  const added = await runMonitor(['silence', 'add', ...migration, '--json', '--url', first.url]);
  expect(added).toMatchObject({ code: 0, stderr: '' });
  const { id, status } = JSON.parse(added.stdout) as { id: string; status: string };
  expect(id).toMatch(/^[0-9a-f]{12}$/);
  expect(status).toBe('active');
  expect(await first.stop()).toBe(0);

  const second = await cleanup.start(about);
  await ready(second);
  const listed = await runMonitor(['silence', 'list', '--url', second.url]);
  expect(listed.stdout).toMatch(new RegExp(`^${id} +active +tenant Acme Corp .* kim +migration$`, 'm'));
  const removed = await runMonitor(['silence', 'remove', id, '--url', second.url]);
  expect(removed).toEqual({ code: 0, stdout: `${id} has ended\n`, stderr: '' });
  const refused = await runMonitor([
    'silence',
    'add',
    '--connection',
    'acme-sime',
    ...migration.slice(2),
    '--url',
    second.url,
  ]);
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toMatch(
    /^mimecast-monitor: there is no connection acme-sime; did you mean acme-siem\?\n$/,
  );
}, 120_000);
