import { afterEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { findOnPath } from '../../src/redis/server-binary.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import { KEYS } from '../../src/store/keys.ts';
import { makeConfigFolder } from '../helpers/config-file.ts';
import { type MonitorProcess, runMonitor } from '../helpers/monitor-process.ts';
import { startTestRedis } from '../helpers/redis.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../helpers/webhook-receiver.ts';
import {
  ask,
  becomes,
  Cleanup,
  checkNow,
  eventually,
  isAlive,
  QUICK_CHECKS,
  ready,
  serverOf,
  shown,
} from './world.ts';

const SIGNING_SECRET = `whsec_${Buffer.from('only the receiver knows this').toString('base64')}`;
const CAST = ['acme', 'globex', 'initech'];

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

/** A gateway, a receiver and a config for three connections; without `redis`, the monitor runs its own. */
async function setScene(more: object = {}) {
  const keys = CAST.map((id) => ({ clientId: `${id}-id`, clientSecret: `${id}-secret` }));
  const gateway = cleanup.add(await startSimulator({ keys }), (it) => it.close());
  const receiver = cleanup.add(await startWebhookReceiver(), (it) => it.close());
  const soc = { type: 'webhook', url: receiver.url, signingSecret: SIGNING_SECRET };
  const config = await makeConfigFolder({
    version: 1,
    checks: QUICK_CHECKS,
    alerts: { channels: { soc } },
    dataDir: './data',
    connections: CAST.map((id) => ({
      id,
      baseUrl: gateway.origin,
      clientId: `${id}-id`,
      clientSecret: `${id}-secret`,
    })),
    ...more,
  });
  cleanup.add(config, (it) => it.remove());
  const start = async (): Promise<MonitorProcess> => {
    const monitor = await cleanup.start(['--config', config.path], { TMPDIR: config.folder });
    await ready(monitor);
    return monitor;
  };
  return { gateway, receiver, config, start };
}

/** What was said about an incident, in the order it came. */
function story(receiver: WebhookReceiver, incident: string): string[] {
  return receiver.received
    .filter(({ notification }) => notification.incident === incident)
    .map(({ notification }) => `${notification.status} ${notification.cause} ${notification.resolution}`);
}

describe('a monitor with a Redis of its own', () => {
  it('tells of a confirmed revocation once, signed, and of its recovery under the same incident', async () => {
    const { gateway, receiver, start } = await setScene();
    const monitor = await start();
    await becomes(monitor, 'acme', 'healthy');

    gateway.setBehaviour('acme-id', { kind: 'revoked' });
    await becomes(monitor, 'acme', 'revoked');
    const firing = await receiver.waitFor(({ status }) => status === 'firing');
    expect(firing).toMatchObject({
      kind: 'credential_invalid',
      cause: 'revoked',
      severity: 'critical',
      connection: { id: 'acme', gateway: gateway.origin },
      evidence: { verdict: 'rejected', httpStatus: 401, code: 'InvalidClientIdentifier', confirmations: 2 },
    });

    // The trouble goes on, which is no news.
    for (let more = 0; more < 3; more++) {
      const before = await shown(monitor, 'acme');
      await checkNow(monitor, 'acme');
      await eventually('another check is made', async () => {
        return (await shown(monitor, 'acme')).lastCheckAt !== before.lastCheckAt;
      });
    }
    gateway.setBehaviour('acme-id', { kind: 'normal' });
    await becomes(monitor, 'acme', 'healthy');
    const resolved = await receiver.waitFor(({ status }) => status === 'resolved');
    expect(resolved.incident).toBe(firing.incident);
    expect(story(receiver, firing.incident)).toEqual(['firing revoked null', 'resolved revoked recovered']);
    expect(receiver.received).toHaveLength(2);

    const webhook = new Webhook(SIGNING_SECRET);
    for (const { body, headers, notification } of receiver.received) {
      expect(webhook.verify(body, headers as Record<string, string>)).toEqual(notification);
      expect(headers['webhook-id']).toBe(notification.id);
      expect(() => webhook.verify(`${body} `, headers as Record<string, string>)).toThrow();
    }
  });

  it('raises nothing for a spurious 401', async () => {
    const { gateway, receiver, start } = await setScene();
    const monitor = await start();
    for (const id of ['globex', 'initech']) await becomes(monitor, id, 'healthy');

    gateway.setBehaviour('globex-id', { kind: 'spurious_401' });
    await checkNow(monitor, 'globex');
    const history = await eventually('globex was suspect and is healthy again', async () => {
      const { text } = await ask(monitor, '/api/v1/connections/globex');
      const { history } = JSON.parse(text) as { history: { to: string; reason: string }[] };
      return history[0]?.reason === 'recovered' && history;
    });
    expect(history.map(({ to }) => to)).toEqual(['healthy', 'suspect', 'healthy']);

    // Whatever could be said of it would have been said before this.
    gateway.setBehaviour('initech-id', { kind: 'revoked' });
    await checkNow(monitor, 'initech');
    await receiver.waitFor(({ connection }) => connection?.id === 'initech');
    expect(receiver.received).toHaveLength(1);
    const past = await ask(monitor, '/api/v1/incidents?status=resolved');
    expect(JSON.parse(past.text)).toEqual({ incidents: [] });
  });

  it('ends its server at SIGTERM, and after a restart knows what it knew without saying it again', async () => {
    const { gateway, receiver, start } = await setScene();
    const first = await start();
    await becomes(first, 'acme', 'healthy');
    gateway.setBehaviour('acme-id', { kind: 'revoked' });
    const revoked = await becomes(first, 'acme', 'revoked');
    const { incident } = await receiver.waitFor(({ status }) => status === 'firing');
    const server = serverOf(first);
    expect(await first.stop()).toBe(0);
    expect(isAlive(server)).toBe(false);
    // What was under way when the signal came may still be told of in between.
    const told = first.lines.map(({ msg }) => msg);
    expect(told).toContain('the monitor ends');
    expect(told.at(-1)).toBe('the monitor has ended');

    gateway.setBehaviour('acme-id', { kind: 'stall' });
    const second = await start();
    expect(await shown(second, 'acme')).toMatchObject({
      state: 'revoked',
      lastSuccessAt: revoked.lastSuccessAt,
    });
    gateway.setBehaviour('acme-id', { kind: 'revoked' });
    await checkNow(second, 'acme');
    await eventually('acme was checked again', async () => {
      const { lastCheckAt, state } = await shown(second, 'acme');
      expect(state).toBe('revoked');
      return lastCheckAt !== revoked.lastCheckAt;
    });
    gateway.setBehaviour('acme-id', { kind: 'normal' });
    await becomes(second, 'acme', 'healthy');
    await receiver.waitFor(({ status }) => status === 'resolved');
    expect(story(receiver, incident)).toEqual(['firing revoked null', 'resolved revoked recovered']);
    expect(receiver.received).toHaveLength(2);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('ends at once at a second signal (%s), and its server with it', async (signal, code) => {
    const { gateway, start } = await setScene();
    const monitor = await start();
    const server = serverOf(monitor);
    gateway.setBehaviour('acme-id', { kind: 'stall' });
    const before = gateway.exchanges('acme-id');
    await checkNow(monitor, 'acme');
    await gateway.waitForExchanges('acme-id', before + 1);

    monitor.signal('SIGTERM');
    await monitor.waitFor(({ msg }) => msg === 'the monitor ends');
    monitor.signal(signal);
    expect(await monitor.ended()).toBe(code);
    expect(monitor.lines.map(({ msg }) => msg)).not.toContain('the monitor has ended');
    await eventually('the server has ended', () => !isAlive(server));
  });

  it('leaves no server behind when it is killed, and the next one goes on with the data', async () => {
    const { start } = await setScene();
    const killed = await start();
    await becomes(killed, 'acme', 'healthy');
    const server = serverOf(killed);
    killed.signal('SIGKILL');
    await killed.ended();
    // Where the kernel can't be asked to end it, the next monitor does.
    if (findOnPath('setpriv', process.env) !== null) {
      await eventually('the orphan has ended', () => !isAlive(server));
    }
    const next = await start();
    expect(isAlive(server)).toBe(false);
    expect(serverOf(next)).not.toBe(server);
    expect(await shown(next, 'acme')).toMatchObject({ state: 'healthy' });
  });

  it('refuses to be started a second time on one dataDir, and says which process has it', async () => {
    const { config, start } = await setScene();
    const monitor = await start();
    const second = await runMonitor(['start', '--config', config.path, '--listen', '127.0.0.1:0']);
    expect(second).toMatchObject({ code: 2 });
    expect(second.stderr).toBe(
      `mimecast-monitor: ${config.folder}/data is in use by process ${monitor.pid}: ` +
        'stop that monitor, or give this one another dataDir.\n',
    );
    await becomes(monitor, 'acme', 'healthy');
  });
});

describe('a monitor on a Redis of others', () => {
  it('finishes the checks under way when it is told to end', async () => {
    const redis = cleanup.add(await startTestRedis(), (it) => it.stop());
    const { gateway, start } = await setScene({
      redis: { url: `unix://${redis.socketPath}` },
      checks: { ...QUICK_CHECKS, timeout: '4500ms' },
    });
    for (const id of CAST) gateway.setBehaviour(`${id}-id`, { kind: 'latency', delayMs: 3_500 });
    const monitor = await start();
    for (const id of CAST) await checkNow(monitor, id);
    await Promise.all(CAST.map((id) => gateway.waitForExchanges(`${id}-id`, 1)));
    expect(await shown(monitor, 'acme')).toMatchObject({ state: 'pending' });

    expect(await monitor.stop()).toBe(0);
    const client = redis.client();
    const records = await client.hmget(KEYS.records, ...CAST);
    const states = records.map((text) => (JSON.parse(text ?? '{}') as { state?: string }).state);
    expect(states).toEqual(['healthy', 'healthy', 'healthy']);
    // Nothing is left in the hands of a process that is gone.
    const active = await client.keys('mcm:{monitor}:gw-*:active');
    expect(active).toEqual([]);
  });
});
