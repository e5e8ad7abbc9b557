import { once } from 'node:events';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { checkQueueOf, slotIdOf, slotOf, slotQueueOf } from '../../src/domain/schedule.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { historyKey, KEY_PREFIX, KEYS } from '../../src/store/keys.ts';
import { type ConfigFolder, makeConfigFolder } from '../helpers/config-file.ts';
import {
  type LogLine,
  type MonitorProcess,
  runMonitor,
  type StartingMonitor,
  startMonitor,
} from '../helpers/monitor-process.ts';
import { startTestRedis } from '../helpers/redis.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../helpers/webhook-receiver.ts';
import {
  becomes,
  Cleanup,
  checkNow,
  connections,
  eventually,
  kill,
  lineAfter,
  QUICK_CHECKS,
  ready,
  sampleOf,
  samples,
  shown,
} from './world.ts';

const IDS = ['acme-siem', 'acme-soar', 'globex-siem', 'globex-soar', 'initech-siem', 'initech-soar'];

/** Nothing runs by schedule while a test lasts, so that a schedule that was touched shows in its next run. */
const SELDOM = { ...QUICK_CHECKS, interval: '24h' };
const DAY_MS = 86_400_000;

const cleanup = new Cleanup();
let client: Redis;
let socketPath: string;
let uk: Simulator;
let us: Simulator;
let receiver: WebhookReceiver;
let config: ConfigFolder;
let base: object;

beforeEach(async () => {
  const redis = cleanup.add(await startTestRedis(), (it) => it.stop());
  client = redis.client();
  socketPath = redis.socketPath;
  const keys = IDS.map((id) => ({ clientId: `${id}-id`, clientSecret: `${id}-secret` }));
  uk = cleanup.add(await startSimulator({ keys }), (it) => it.close());
  us = cleanup.add(await startSimulator({ keys }), (it) => it.close());
  receiver = cleanup.add(await startWebhookReceiver(), (it) => it.close());
  base = {
    version: 1,
    checks: SELDOM,
    alerts: { channels: { soc: { type: 'webhook', url: receiver.url } } },
    redis: { url: `unix://${redis.socketPath}` },
  };
  config = cleanup.add(await makeConfigFolder(base), (it) => it.remove());
});
afterEach(() => cleanup.run());

function entry(id: string, gateway: Simulator, more: object = {}): object {
  return { id, baseUrl: gateway.origin, clientId: `${id}-id`, clientSecret: `${id}-secret`, ...more };
}

function write(entries: readonly object[], more: object = {}): Promise<void> {
  return config.write({ ...base, ...more, connections: entries });
}

async function start(...args: readonly string[]): Promise<MonitorProcess> {
  const monitor = await cleanup.start(['--config', config.path, ...args]);
  await ready(monitor);
  return monitor;
}

const isRead = ({ msg }: LogLine) => msg === 'the config was read again';
const isRefused = ({ msg }: LogLine) => msg === 'the changed config was refused';
const isReconciled = ({ msg }: LogLine) => msg === 'reconciled the fleet with the config';

/** Does something to the config and waits for what the monitor makes of it. */
async function change(
  monitor: MonitorProcess,
  act: () => unknown,
): Promise<{ read: LogLine; reconciled: LogLine }> {
  const from = monitor.lines.length;
  await act();
  const read = await lineAfter(monitor, from, isRead);
  return { read, reconciled: await lineAfter(monitor, from, isReconciled) };
}

/** The name of a connection's schedule; with such intervals no two of the few connections here share one. */
function slot(id: string, intervalMs = DAY_MS): string {
  return slotIdOf(slotOf({ id, intervalMs }));
}

/** Name → next run of every schedule of a gateway. */
async function nextRuns(gateway: Simulator): Promise<Record<string, string>> {
  const queue = slotQueueOf(checkQueueOf(gateway.origin));
  const flat = await client.zrange(`${KEY_PREFIX}:${queue}:repeat`, 0, '-1', 'WITHSCORES');
  const runs: Record<string, string> = {};
  for (let index = 0; index + 1 < flat.length; index += 2)
    runs[String(flat[index])] = String(flat[index + 1]);
  return runs;
}

/** All that the queues of a gateway keep in Redis, or what of it has this in its name. */
async function queueKeys(gateway: Simulator, name = ''): Promise<string[]> {
  const queue = checkQueueOf(gateway.origin);
  const keys = await Promise.all(
    [queue, slotQueueOf(queue)].map((one) => client.keys(`${KEY_PREFIX}:${one}:*`)),
  );
  return keys
    .flat()
    .filter((key) => key.includes(name))
    .sort();
}

async function record(id: string): Promise<{ state: string; gateway: string } | null> {
  const text = await client.hget(KEYS.records, id);
  return text === null ? null : (JSON.parse(text) as { state: string; gateway: string });
}

/** The states the metrics show, by connection. */
async function stateSeries(monitor: MonitorProcess): Promise<Record<string, string>> {
  const states = (await samples(monitor)).filter(({ name }) => name === 'mimecast_credential_state');
  return Object.fromEntries(states.map(({ labels }) => [labels['connection'], labels['state']]));
}

describe('a changed config', () => {
  it('is followed exactly: what did not change is not touched, and nothing is left of what went', async () => {
    await write([
      entry('acme-siem', uk),
      entry('globex-siem', uk),
      entry('globex-soar', uk),
      entry('initech-siem', uk),
      entry('initech-soar', uk),
    ]);
    const monitor = await start();
    for (const id of ['acme-siem', 'globex-siem', 'globex-soar', 'initech-siem', 'initech-soar']) {
      await becomes(monitor, id, 'healthy');
    }
    uk.setBehaviour('globex-siem-id', { kind: 'revoked' });
    await becomes(monitor, 'globex-siem', 'revoked');
    const firing = await receiver.waitFor(({ status }) => status === 'firing');
    const runs = await nextRuns(uk);
    const kept = await client.hget(KEYS.records, 'acme-siem');
    const schedules = `${KEY_PREFIX}:${slotQueueOf(checkQueueOf(uk.origin))}:repeat`;
    const schedule = `${schedules}:${slot('acme-siem')}`;
    const keptSchedule = await client.hgetall(schedule);

    const { read, reconciled } = await change(monitor, () =>
      write([
        entry('acme-siem', uk),
        entry('acme-soar', uk),
        entry('globex-soar', uk, { interval: '12h' }),
        entry('initech-siem', us),
        entry('initech-soar', uk, { enabled: false }),
      ]),
    );
    expect(read).toMatchObject({ added: 1, removed: 1, changed: 3, unchanged: 1 });
    expect(reconciled).toMatchObject({
      created: 1,
      updated: 2,
      removed: 1,
      scheduled: { missing: 3 },
      unscheduled: 4,
      droppedQueues: 0,
    });

    const after = await nextRuns(uk);
    const halfDays = slot('globex-soar', DAY_MS / 2);
    expect(Object.keys(after).sort()).toEqual([slot('acme-siem'), slot('acme-soar'), halfDays].sort());
    expect(runs[slot('acme-siem')]).toMatch(/^\d+$/);
    expect(after[slot('acme-siem')]).toBe(runs[slot('acme-siem')]);
    expect(await client.hgetall(schedule)).toEqual(keptSchedule);
    expect(await client.hget(KEYS.records, 'acme-siem')).toBe(kept);
    expect(await client.hget(`${schedules}:${halfDays}`, 'every')).toBe(String(DAY_MS / 2));
    expect(Object.keys(await nextRuns(us))).toEqual([slot('initech-siem')]);
    for (const gone of ['globex-siem', 'globex-soar', 'initech-siem', 'initech-soar']) {
      expect(await queueKeys(uk, slot(gone))).toEqual([]);
    }

    expect((await client.hkeys(KEYS.records)).sort()).toEqual([
      'acme-siem',
      'acme-soar',
      'globex-soar',
      'initech-siem',
      'initech-soar',
    ]);
    expect(await record('initech-soar')).toMatchObject({ state: 'disabled' });
    expect(await record('initech-siem')).toMatchObject({ gateway: us.origin });
    // The new one, and the moved one at its new gateway, are asked without waiting for their turn.
    await uk.waitForExchanges('acme-soar-id', 1);
    await us.waitForExchanges('initech-siem-id', 1);
    const states = {
      'acme-siem': 'healthy',
      'acme-soar': 'healthy',
      'globex-soar': 'healthy',
      'initech-siem': 'healthy',
      'initech-soar': 'disabled',
    };
    await eventually('all of them were checked', async () => {
      const now = await connections(monitor);
      return now.every(({ id, state }) => state === states[id as keyof typeof states]);
    });
    expect(await stateSeries(monitor)).toEqual(states);
    const all = await samples(monitor);
    expect(sampleOf(all, 'mimecast_connections_configured')).toBe(4);
    expect(all.filter(({ labels }) => labels['connection'] === 'globex-siem')).toEqual([]);
    expect(sampleOf(all, 'mimecast_credential_check_interval_seconds', { connection: 'globex-soar' })).toBe(
      12 * 3_600,
    );
    expect(
      all.filter(
        ({ name, labels }) => name === 'mimecast_credential_info' && labels['gateway'] === us.origin,
      ),
    ).toHaveLength(1);

    // What was open about the removed connection is resolved, and nothing else is said.
    const resolved = await receiver.waitFor(({ status }) => status === 'resolved');
    expect(resolved).toMatchObject({ incident: firing.incident, resolution: 'removed' });
    expect(receiver.received).toHaveLength(2);
  });

  it('brings a disabled connection back, and drops the queue of a gateway that nobody uses any more', async () => {
    await write([
      entry('acme-siem', uk),
      entry('globex-siem', us),
      entry('initech-siem', uk, { enabled: false }),
    ]);
    const monitor = await start();
    await becomes(monitor, 'acme-siem', 'healthy');
    await becomes(monitor, 'globex-siem', 'healthy');
    expect(uk.exchanges('initech-siem-id')).toBe(0);
    const runs = await nextRuns(uk);
    expect(Object.keys(runs)).toEqual([slot('acme-siem')]);

    const { reconciled } = await change(monitor, async () => {
      await write([entry('acme-siem', uk), entry('globex-siem', uk), entry('initech-siem', uk)]);
      monitor.signal('SIGHUP');
    });
    expect(reconciled).toMatchObject({
      created: 0,
      updated: 2,
      removed: 0,
      scheduled: { missing: 2 },
      unscheduled: 0,
      droppedQueues: 1,
    });
    expect(await nextRuns(uk)).toMatchObject(runs);
    expect(Object.keys(await nextRuns(uk)).sort()).toEqual(
      ['acme-siem', 'globex-siem', 'initech-siem'].map((id) => slot(id)).sort(),
    );
    await becomes(monitor, 'initech-siem', 'healthy');
    await becomes(monitor, 'globex-siem', 'healthy');
    await eventually('nothing is left of the queue', async () => (await queueKeys(us)).length === 0);
    expect(await client.hgetall(KEYS.gateways)).toEqual({ [checkQueueOf(uk.origin)]: uk.origin });
    const gateways = (await samples(monitor)).map(({ labels }) => labels['gateway']);
    expect(gateways).not.toContain(us.origin);
    expect(receiver.received).toEqual([]);
  });

  it('is read at SIGHUP; when nothing changed, nothing happens', async () => {
    await write([entry('acme-siem', uk), entry('globex-siem', uk)]);
    const monitor = await start();
    await monitor.waitFor(isReconciled);
    await becomes(monitor, 'acme-siem', 'healthy');
    const before = await nextRuns(uk);
    const from = monitor.lines.length;
    monitor.signal('SIGHUP');
    const read = await lineAfter(monitor, from, isRead);
    expect(read).toMatchObject({ added: 0, removed: 0, changed: 0, unchanged: 2 });
    await becomes(monitor, 'globex-siem', 'healthy');
    expect(monitor.lines.slice(from).filter(isReconciled)).toEqual([]);
    expect(await nextRuns(uk)).toEqual(before);
  });
});

describe('a signal that comes early', () => {
  it('ends nothing: the config is read once more as soon as the monitor runs', async () => {
    // Redis, behind a door that is shut until the signal was sent.
    const address = join(dirname(config.path), 'redis.sock');
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const door = cleanup.add(createServer(), (it) => it.close());
    door.on('connection', async (socket) => {
      // Either side may end first, when the monitor is ended.
      const redis = connect(socketPath);
      for (const one of [socket, redis]) one.on('error', () => one.destroy());
      await opened;
      socket.pipe(redis).pipe(socket);
    });
    door.listen(address);
    await write([entry('acme-siem', uk)], { redis: { url: `unix://${address}` } });
    const knocked = once(door, 'connection');
    let early: StartingMonitor | undefined;
    const starting = startMonitor(['--listen', '127.0.0.1:0', '--config', config.path], {}, (spawned) => {
      early = cleanup.add(spawned, kill);
    });
    await knocked;
    early?.signal('SIGHUP');
    open();
    const monitor = await starting;
    expect(await monitor.waitFor(isRead)).toMatchObject({ added: 0, unchanged: 1 });
  });
});

describe('a secret that was rotated', () => {
  it('is read anew at once for a check that a person asks for', async () => {
    await config.writeFile('acme', 'acme-siem-secret\n');
    await write([entry('acme-siem', uk, { clientSecret: { file: 'acme' } })]);
    const monitor = await start();
    const first = await becomes(monitor, 'acme-siem', 'healthy');

    // No scheduled check looks at the file again within a minute, and none is made in this time.
    uk.rotate('acme-siem-id', 'rotated');
    await config.writeFile('acme', 'rotated\n');
    await checkNow(monitor, 'acme-siem');
    const second = await eventually('it was checked again', async () => {
      const now = await shown(monitor, 'acme-siem');
      return now.lastCheckAt !== first.lastCheckAt && now;
    });
    expect(second).toMatchObject({ state: 'healthy', lastVerdict: 'valid' });
    const history = await client.lrange(historyKey('acme-siem'), 0, -1);
    expect(history.map((text) => (JSON.parse(text) as { to: string }).to)).not.toContain('suspect');
  });
});

describe('a config that Kubernetes mounts', () => {
  it('is taken up by itself each time that the mount is exchanged', async () => {
    // The folder of the test's own config serves as the mount: every file is a link into the newest version.
    const mount = async (version: number): Promise<void> => {
      const data = join(config.folder, `..version-${version}`);
      await mkdir(data);
      const main = { ...base, include: ['fleet-*.json'], connections: [entry('acme-siem', uk)] };
      const fleet = { connections: [entry('globex-siem', uk, { tenant: `v${version}` })] };
      await writeFile(join(data, 'tenants.yaml'), JSON.stringify(main), { mode: 0o600 });
      await writeFile(join(data, 'fleet-a.json'), JSON.stringify(fleet), { mode: 0o600 });
      await symlink(data, join(config.folder, '..data_tmp'));
      await rename(join(config.folder, '..data_tmp'), join(config.folder, '..data'));
    };
    await mount(0);
    await rm(config.path);
    for (const name of ['tenants.yaml', 'fleet-a.json']) {
      await symlink(join('..data', name), join(config.folder, name));
    }
    const monitor = await start();
    for (const version of [1, 2]) {
      const from = monitor.lines.length;
      await mount(version);
      expect(await lineAfter(monitor, from, isRead)).toMatchObject({
        added: 0,
        removed: 0,
        changed: 1,
        unchanged: 1,
      });
      expect(await shown(monitor, 'globex-siem')).toMatchObject({ tenant: `v${version}` });
    }
  });
});

describe('a config that is refused', () => {
  it('changes nothing: log, metric and a message say so until it is mended, and checks go on', async () => {
    await write([entry('acme-siem', uk)]);
    const monitor = await start();
    await becomes(monitor, 'acme-siem', 'healthy');
    const runs = await nextRuns(uk);

    const from = monitor.lines.length;
    await write([entry('acme-siem', uk), entry('globex-siem', uk, { regin: 'us' })]);
    const refused = await lineAfter(monitor, from, isRefused);
    expect(String(refused['issue'])).toMatch(
      /tenants\.yaml:\d+:\d+: connections\[1\]\.regin: is not a known key; did you mean region\?$/,
    );
    const firing = await receiver.waitFor(({ kind }) => kind === 'config_rejected');
    expect(firing).toMatchObject({ status: 'firing', severity: 'warning', connection: null });
    expect(firing.description).toContain('connections[1].regin');
    const bad = await samples(monitor);
    expect(sampleOf(bad, 'mimecast_monitor_config_last_reload_successful')).toBe(0);
    expect(sampleOf(bad, 'mimecast_incidents_open', { kind: 'config_rejected', severity: 'warning' })).toBe(
      1,
    );

    const exchanges = uk.exchanges('acme-siem-id');
    await checkNow(monitor, 'acme-siem');
    await uk.waitForExchanges('acme-siem-id', exchanges + 1);
    expect((await connections(monitor)).map(({ id }) => id)).toEqual(['acme-siem']);
    expect(await nextRuns(uk)).toEqual(runs);

    const { read } = await change(monitor, () => write([entry('acme-siem', uk), entry('globex-siem', uk)]));
    expect(read).toMatchObject({ added: 1, removed: 0, changed: 0, unchanged: 1 });
    const resolved = await receiver.waitFor(({ status }) => status === 'resolved');
    expect(resolved).toMatchObject({ incident: firing.incident, resolution: 'recovered' });
    const good = await samples(monitor);
    expect(sampleOf(good, 'mimecast_monitor_config_last_reload_successful')).toBe(1);
    expect(receiver.received).toHaveLength(2);
    await becomes(monitor, 'globex-siem', 'healthy');
  });
});

describe('a config that would remove many connections', () => {
  const extra = ['acme-soar', 'globex-siem', 'globex-soar', 'initech-siem', 'initech-soar', 'initech-hr'];

  /** One connection in the main file, six in a folder that may get lost. */
  async function writeFleet(): Promise<string> {
    await write([entry('acme-siem', uk)], { include: ['tenants.d/*.json'] });
    const folder = join(config.folder, 'tenants.d');
    await mkdir(folder);
    const text = JSON.stringify({ connections: extra.map((id) => entry(id, uk)) });
    await writeFile(join(folder, 'fleet.json'), text, { mode: 0o600 });
    return folder;
  }

  it('is refused at a reload unless told otherwise', async () => {
    const folder = await writeFleet();
    const monitor = await start();
    const from = monitor.lines.length;
    await rm(folder, { recursive: true });
    const refused = await lineAfter(monitor, from, isRefused);
    expect(refused['issue']).toBe(
      'the config would remove 6 of 7 known connections (acme-soar, globex-siem, globex-soar, …); ' +
        'is an included file or folder missing? If it is meant, say --allow-removals',
    );
    const firing = await receiver.waitFor(({ kind }) => kind === 'config_rejected');
    expect(await connections(monitor)).toHaveLength(7);
    expect(Object.keys(await nextRuns(uk))).toHaveLength(7);

    const reload = ['reload', '--url', monitor.url];
    const told = await runMonitor(reload);
    expect(told).toMatchObject({ code: 2, stdout: '' });
    expect(told.stderr).toContain('would remove 6 of 7 known connections');

    const allowed = await runMonitor([...reload, '--allow-removals']);
    expect(allowed).toMatchObject({ code: 0, stdout: '0 added, 6 removed, 0 changed, 1 unchanged\n' });
    await eventually('they are gone', async () => (await client.hlen(KEYS.records)) === 1);
    await eventually('their schedules are gone', async () => Object.keys(await nextRuns(uk)).length === 1);
    expect((await connections(monitor)).map(({ id }) => id)).toEqual(['acme-siem']);
    const resolved = await receiver.waitFor(
      ({ kind, status }) => kind === 'config_rejected' && status === 'resolved',
    );
    expect(resolved.incident).toBe(firing.incident);
  });

  it('is refused when their folder is emptied; a few are let go, with a warning', async () => {
    const folder = await writeFleet();
    const more = join(folder, 'more.json');
    await writeFile(more, JSON.stringify({ connections: [entry('umbrella-siem', uk)] }), { mode: 0o600 });
    const monitor = await start();
    const from = monitor.lines.length;
    await rm(more);
    const gone = await lineAfter(monitor, from, ({ msg }) => msg.startsWith('connections left the config'));
    expect(gone).toMatchObject({ connections: ['umbrella-siem'], count: 1 });
    await eventually('it is gone', async () => (await connections(monitor)).length === 7);

    await rm(join(folder, 'fleet.json'));
    const refused = await lineAfter(monitor, from, isRefused);
    expect(refused['issue']).toContain('would remove 6 of 7 known connections');
    expect(await connections(monitor)).toHaveLength(7);
  });

  it('is taken up by every process once one of them was told that it is meant', async () => {
    const folder = await writeFleet();
    const first = await start();
    const second = await start();
    const marks = [first, second].map((monitor) => [monitor, monitor.lines.length] as const);
    await rm(folder, { recursive: true });
    for (const [monitor, from] of marks) await lineAfter(monitor, from, isRefused);
    const firing = await receiver.waitFor(({ kind }) => kind === 'config_rejected');

    const allowed = await runMonitor(['reload', '--url', second.url, '--allow-removals']);
    expect(allowed.code).toBe(0);
    for (const monitor of [first, second]) {
      await eventually('six are gone', async () => (await connections(monitor)).length === 1);
    }
    const resolved = await receiver.waitFor(
      ({ kind, status }) => kind === 'config_rejected' && status === 'resolved',
    );
    expect(resolved.incident).toBe(firing.incident);
    const about = receiver.received.filter(({ notification }) => notification.kind === 'config_rejected');
    expect(about.map(({ notification }) => notification.status)).toEqual(['firing', 'resolved']);
  });

  it('is refused at a start unless told otherwise', async () => {
    const folder = await writeFleet();
    const first = await start();
    expect(await first.stop()).toBe(0);
    await rm(folder, { recursive: true });

    const args = ['start', '--config', config.path, '--listen', '127.0.0.1:0'];
    const refused = await runMonitor(args);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(
      /^mimecast-monitor: the config would remove 6 of 7 .* --allow-removals\n$/,
    );
    expect(await client.hlen(KEYS.records)).toBe(7);
    expect(Object.keys(await nextRuns(uk))).toHaveLength(7);

    const monitor = await start('--allow-removals');
    await eventually('they are gone', async () => (await client.hlen(KEYS.records)) === 1);
    await eventually('their schedules are gone', async () => Object.keys(await nextRuns(uk)).length === 1);
    expect(await shown(monitor, 'acme-siem')).toMatchObject({ id: 'acme-siem' });
  });
});
