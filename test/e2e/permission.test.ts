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

it('a permission that is lost is told of once, is no trouble of the keys, and ends when it is given back', async () => {
  const redis = cleanup.add(await startTestRedis(), (it) => it.stop());
  const names = ['acme', 'globex', 'initech'];
  const keys = names.map((name) => ({ clientId: `${name}-id`, clientSecret: `${name}-secret` }));
  const gateway = cleanup.add(await startSimulator({ keys }), (it) => it.close());
  const receiver = cleanup.add(await startWebhookReceiver(), (it) => it.close());
  const contentWith = (globex: object, initech: object) => ({
    version: 1,
    checks: QUICK_CHECKS,
    defaults: { baseUrl: gateway.origin, probe: { method: 'POST' } },
    alerts: { channels: { soc: { type: 'webhook', url: receiver.url } } },
    redis: { url: `unix://${redis.socketPath}` },
    connections: [
      { id: 'acme', clientId: 'acme-id', clientSecret: 'acme-secret' },
      { id: 'globex', clientId: 'globex-id', clientSecret: 'globex-secret', ...globex },
      { id: 'initech', clientId: 'initech-id', clientSecret: 'initech-secret', ...initech },
    ],
  });
  const wrong = { probe: { path: '/identity/whoiam' } };
  const config = cleanup.add(await makeConfigFolder(contentWith({}, wrong)), (it) => it.remove());
  const monitor = await cleanup.start(['--config', config.path]);
  await ready(monitor);
  const shownOf = async (id: string) => {
    const { text } = await ask(monitor, `/api/v1/connections/${id}`);
    return JSON.parse(text) as { permission: string; probe: { lastAnswer: object | null } };
  };
  const isNow = (id: string, permission: string) =>
    eventually(`${id} is ${permission}`, async () => (await shownOf(id)).permission === permission);
  const metric = async (name: string, labels: Record<string, string>) =>
    sampleOf(await samples(monitor), `mimecast_${name}`, labels);

  for (const id of names) await becomes(monitor, id, 'healthy');
  await isNow('acme', 'permitted');
  await isNow('globex', 'permitted');
  expect(await metric('credential_permission', { connection: 'acme' })).toBe(1);

  // A path that is not there proves nothing, which is said once.
  const said = await monitor.waitFor(({ msg }) => msg.startsWith('a permission probe proved nothing'));
  expect(said).toMatchObject({
    connection: 'initech',
    result: 'wrong_endpoint',
    call: 'GET /identity/whoiam',
  });
  expect(await shownOf('initech')).toMatchObject({
    permission: 'unknown',
    probe: { lastAnswer: { result: 'wrong_endpoint', httpStatus: 404 } },
  });
  expect(await metric('credential_permission', { connection: 'initech' })).toBeUndefined();

  // Denied is asked again, and told of when it is denied again.
  gateway.setApiBehaviour('acme-id', { kind: 'forbidden' });
  gateway.setApiBehaviour('globex-id', { kind: 'fail_in_200', code: 'app_forbidden' });
  await checkNow(monitor, 'acme');
  await checkNow(monitor, 'globex');
  const told = await receiver.waitFor(({ connection }) => connection?.id === 'acme');
  await receiver.waitFor(({ connection }) => connection?.id === 'globex');
  expect(told).toMatchObject({
    kind: 'permission_lost',
    status: 'firing',
    severity: 'warning',
    evidence: {
      verdict: 'valid',
      httpStatus: 403,
      code: 'app_forbidden',
      call: 'POST /api/account/get-account',
      confirmations: 2,
    },
  });
  expect((await shownOf('acme')).permission).toBe('denied');
  expect(await metric('credential_permission', { connection: 'acme' })).toBe(0);
  expect(await metric('credential_valid', { connection: 'acme' })).toBe(1);
  expect(await metric('probes_total', { result: 'denied' })).toBe(4);
  const status = await runMonitor(['status', '--url', monitor.url]);
  expect(status.code).toBe(0);
  expect(status.stdout).toMatch(/healthy +acme .* the keys work, but the call that is probed is denied/);

  // It ends when it is given back, and when nobody asks any more; the right path is asked at the next check.
  gateway.setApiBehaviour('acme-id', { kind: 'normal' });
  await checkNow(monitor, 'acme');
  await config.write(contentWith({ probe: { enabled: false } }, { probe: {} }));
  monitor.signal('SIGHUP');
  const ends = await Promise.all(
    ['acme', 'globex'].map((id) =>
      receiver.waitFor((one) => one.connection?.id === id && one.status === 'resolved'),
    ),
  );
  expect(ends.map(({ resolution }) => resolution)).toEqual(['recovered', 'removed']);
  expect(ends[0]?.incident).toBe(told.incident);
  await isNow('initech', 'permitted');
  expect(receiver.received.map(({ notification }) => notification.kind)).toEqual(
    Array.from({ length: 4 }, () => 'permission_lost'),
  );

  const client = redis.client();
  const written = {
    log: monitor.output(),
    messages: receiver.received.map(({ body }) => body).join('\n'),
    metrics: (await ask(monitor, '/metrics')).text,
    records: JSON.stringify(await client.hgetall(KEYS.records)),
    history: (await ask(monitor, '/api/v1/connections/acme')).text,
  };
  expect(written.records).toContain('/identity/whoami');
  expect(gateway.tokens().length).toBeGreaterThan(5);
  const found = gateway
    .tokens()
    .flatMap((token) =>
      Object.entries(written).flatMap(([place, text]) => (text.includes(token) ? [place] : [])),
    );
  expect(found).toEqual([]);
}, 120_000);
