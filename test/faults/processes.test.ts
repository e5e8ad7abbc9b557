import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { KEYS } from '../../src/store/keys.ts';
import {
  ask,
  becomes,
  Cleanup,
  checkNow,
  connections,
  eventually,
  kill,
  QUICK_CHECKS,
  ready,
  samples,
} from '../e2e/world.ts';
import { makeConfigFolder } from '../helpers/config-file.ts';
import type { MonitorProcess } from '../helpers/monitor-process.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';
import { startWebhookReceiver } from '../helpers/webhook-receiver.ts';

const INTERVAL_MS = 5_000;

const cleanup = new Cleanup();
let redis: TestRedis;
let client: Redis;

beforeEach(async () => {
  redis = cleanup.add(await startTestRedis(), (it) => it.stop());
  client = redis.client();
});
afterEach(() => cleanup.run());

async function gatewayFor(ids: readonly string[]): Promise<Simulator> {
  const keys = ids.map((id) => ({ clientId: `${id}-id`, clientSecret: `${id}-secret` }));
  return cleanup.add(await startSimulator({ keys }), (it) => it.close());
}

async function configFor(fleets: readonly (readonly [Simulator, readonly string[]])[], more: object = {}) {
  const config = await makeConfigFolder({
    version: 1,
    checks: QUICK_CHECKS,
    redis: { url: `unix://${redis.socketPath}` },
    connections: fleets.flatMap(([gateway, ids]) =>
      ids.map((id) => ({
        id,
        baseUrl: gateway.origin,
        clientId: `${id}-id`,
        clientSecret: `${id}-secret`,
      })),
    ),
    ...more,
  });
  return cleanup.add(config, (it) => it.remove());
}

async function everyConnectionIsHealthy(monitor: MonitorProcess): Promise<void> {
  await eventually('every connection is healthy', async () =>
    (await connections(monitor)).every(({ state }) => state === 'healthy'),
  );
}

function countsOf(gateway: Simulator, ids: readonly string[]): number[] {
  return ids.map((id) => gateway.exchanges(`${id}-id`));
}

/** How often each was asked since then. */
function since(before: readonly number[], now: readonly number[]): number[] {
  return now.map((count, index) => count - (before[index] ?? 0));
}

/** How many checks a process has made. */
async function checksOf(monitor: MonitorProcess): Promise<number> {
  const all = await samples(monitor);
  return all
    .filter(({ name }) => name === 'mimecast_checks_total')
    .reduce((sum, { value }) => sum + value, 0);
}

const isKeeper = ({ lines }: MonitorProcess) =>
  lines.filter(({ msg }) => msg === 'this process is the keeper now').length >
  lines.filter(({ msg }) => msg === 'this process is no longer the keeper').length;

describe('several processes on one Redis', () => {
  const ids = ['acme-siem', 'acme-soar', 'globex-siem', 'globex-soar', 'initech-siem', 'initech-soar'];

  it('share the checks, have one keeper, and another one when it is killed', async () => {
    const gateway = await gatewayFor(ids);
    const receiver = cleanup.add(await startWebhookReceiver(), (it) => it.close());
    const alerts = { channels: { soc: { type: 'webhook', url: receiver.url } } };
    const config = await configFor([[gateway, ids]], { alerts });
    const start = (...args: readonly string[]) => cleanup.start(['--config', config.path, ...args]);
    const [first, second, worker] = await Promise.all([start(), start(), start('--role', 'worker')]);
    for (const monitor of [first, second, worker]) await ready(monitor);
    expect([first, second, worker].filter(isKeeper)).toHaveLength(1);
    await everyConnectionIsHealthy(first);

    // The killed one's share goes to the others at once, the office of the keeper when its lease has run out.
    const begun = Date.now();
    const before = countsOf(gateway, ids);
    const [keeper, other] = isKeeper(first) ? [first, second] : [second, first];
    await kill(keeper);
    await Promise.all(ids.map((id, index) => gateway.waitForExchanges(`${id}-id`, (before[index] ?? 0) + 3)));
    // In the time that took, a schedule has so many turns and no more.
    const turns = Math.floor((Date.now() - begun) / INTERVAL_MS) + 1;
    for (const count of since(before, countsOf(gateway, ids))) expect(count).toBeLessThanOrEqual(turns);
    expect(await checksOf(other)).toBeGreaterThan(0);
    expect(await checksOf(worker)).toBeGreaterThan(0);

    await other.waitFor(({ msg }) => msg === 'this process is the keeper now');
    gateway.setBehaviour('acme-siem-id', { kind: 'revoked' });
    await becomes(other, 'acme-siem', 'revoked');
    const firing = await receiver.waitFor(({ connection }) => connection?.id === 'acme-siem');
    expect(firing).toMatchObject({ status: 'firing', cause: 'revoked' });
    expect(receiver.received).toHaveLength(1);

    // A worker decides nothing and serves nothing but what concerns itself.
    expect(worker.lines.map(({ msg }) => msg)).not.toContain('this process is the keeper now');
    const families = new Set((await samples(worker)).map(({ name }) => name));
    expect(families).toContain('mimecast_checks_total');
    expect(families).toContain('mimecast_monitor_build_info');
    const fleetSeries = /^mimecast_(credential|connections|incidents|gateway)/;
    expect([...families].filter((name) => fleetSeries.test(name))).toEqual([]);
    for (const path of ['/', '/api/v1/connections', '/api/v1/incidents']) {
      expect((await ask(worker, path)).status).toBe(404);
    }
    expect((await ask(worker, '/healthz')).status).toBe(200);
    const series = (await samples(other)).filter(({ name }) => name === 'mimecast_credential_valid');
    expect(series.map(({ labels }) => labels['connection']).sort()).toEqual(ids);
  }, 120_000);
});

describe('a gateway in trouble', () => {
  it('makes only those wait whom its answers concern', async () => {
    const stuck = Array.from({ length: 8 }, (_, index) => `initech-au-${index}`);
    const [alone, together, hanging] = await Promise.all([
      gatewayFor(['acme-eu', 'globex-eu']),
      gatewayFor(['acme-us', 'globex-us', 'initech-us', 'initech-hr']),
      gatewayFor(stuck),
    ]);
    const checks = { ...QUICK_CHECKS, timeout: '4s', concurrency: 1 };
    const config = await configFor(
      [
        [alone, ['acme-eu', 'globex-eu']],
        [together, ['acme-us', 'globex-us', 'initech-us', 'initech-hr']],
        [hanging, stuck],
      ],
      { checks },
    );
    const monitor = await cleanup.start(['--config', config.path]);
    await ready(monitor);
    await everyConnectionIsHealthy(monitor);

    // One connection is told to wait a minute, at a gateway where another one is not.
    alone.setBehaviour('acme-eu-id', { kind: 'rate_limited', resetMs: 60_000 });
    // Three are told so at another gateway: that concerns the fourth as well.
    const limited = ['acme-us', 'globex-us', 'initech-us'];
    for (const id of limited) together.setBehaviour(`${id}-id`, { kind: 'rate_limited', resetMs: 60_000 });
    hanging.setBehaviour('*', { kind: 'stall' });
    const told = alone.exchanges('acme-eu-id') + 1;
    for (const id of ['acme-eu', ...limited]) await checkNow(monitor, id);
    await alone.waitForExchanges('acme-eu-id', told);
    const pause = await monitor.waitFor(({ msg }) => msg === 'a gateway is rate-limiting; its checks pause');
    expect(pause).toMatchObject({ gateway: together.origin, limited: 3 });
    const record = JSON.parse((await client.hget(KEYS.records, 'acme-eu')) ?? '{}') as object;
    expect(record).toMatchObject({ state: 'healthy', lastVerdict: 'rate_limited', rejections: 0 });

    const before = {
      eu: alone.exchanges('globex-eu-id'),
      limited: alone.exchanges('acme-eu-id'),
      us: together.exchanges('*'),
      au: hanging.exchanges('*'),
    };
    await alone.waitForExchanges('globex-eu-id', before.eu + 2);
    // The one that was told to wait does so, its neighbour goes on.
    expect(alone.exchanges('acme-eu-id')).toBe(before.limited);
    // A check that had been taken at that moment may still have gone out; the pause is the queue's.
    expect(together.exchanges('*') - before.us).toBeLessThanOrEqual(1);
    // Had the eight that hang stood in one queue with it, each of them would have had its turn between its two.
    expect(hanging.exchanges('*') - before.au).toBeLessThan(stuck.length);
  }, 120_000);
});
