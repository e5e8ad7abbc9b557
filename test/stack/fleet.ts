import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Queue } from 'bullmq';
import { checkQueueOf } from '../../src/domain/schedule.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { KEY_PREFIX } from '../../src/store/keys.ts';
import { type Cleanup, kill } from '../e2e/world.ts';
import { type ConfigFolder, makeConfigFolder } from '../helpers/config-file.ts';
import { freePort } from '../helpers/free-port.ts';
import { type MonitorProcess, startMonitor } from '../helpers/monitor-process.ts';
import { startTestRedis } from '../helpers/redis.ts';
import { type Bridge, startBridge } from './world.ts';

const DAY = 86_400_000;
export const TOKEN = 'a-token-of-the-test';

/** One connection for each thing that can be wrong with one, at the first gateway. */
export const CASES = [
  'healthy',
  'revoked',
  'never-valid',
  'expired',
  'forbidden',
  'unverifiable',
  'refused-then-unverifiable',
  'unknown-code',
  'expires-in-10-days',
  'expires-in-2-days',
  'expired-yesterday',
  'denied',
] as const;
export type Case = (typeof CASES)[number];

/** As many customers as a mass rejection needs, each with one connection, at the second gateway. */
const MASS = Array.from({ length: 12 }, (_, index) => `mass-${index}`);
const LIMITED = ['limited-0', 'limited-1', 'limited-2'];
/** One that comes to the third gateway later. */
const LATE = 'limited-late';
/** Those whose checks can be stopped, at a fifth gateway. */
const IDLE = ['idle-0', 'idle-1'];
/** More than can be checked in their interval, at the fourth gateway. */
const BUSY = Array.from({ length: 60 }, (_, index) => `busy-${index}`);
/** Checks a second, for each gateway. */
export const TOO_FEW = 4;

type Role = 'all' | 'worker';

/** A channel's receiver that answers as it is told. */
interface Receiver {
  readonly url: string;
  status: number;
  close(): Promise<void>;
}

export interface Fleet {
  readonly gateways: Readonly<Record<'single' | 'mass' | 'limited' | 'busy' | 'idle', Simulator>>;
  readonly mass: readonly string[];
  readonly receivers: Readonly<Record<'gone' | 'away', Receiver>>;
  /** Takes no job from the queue of the fifth gateway any more, or takes them again. */
  stopChecks(stopped: boolean): Promise<void>;
  /** Has Redis take no writes any more, or take them again. */
  fillRedis(full: boolean): Promise<void>;
  /** Between the worker and Redis. */
  readonly bridge: Bridge;
  /** Two that serve and decide, and a worker with a config file of its own. */
  readonly all: readonly [MonitorProcess, MonitorProcess];
  readonly worker: MonitorProcess;
  /** Starts a third one that serves, at an address that stays; `startedAt` is not after its start, epoch milliseconds. */
  restart(): Promise<{ readonly url: string; readonly startedAt: number }>;
  stopThird(): Promise<void>;
  /** Of the two that serve, of the worker, and of the third one that serves. */
  readonly configs: readonly [ConfigFolder, ConfigFolder, ConfigFolder];
  /** `maxPerSecond` is for each gateway; `late` adds a connection to the third one; expiries are declared by default. */
  configWith(settings: {
    readonly maxPerSecond: number;
    readonly late?: boolean;
    readonly expiries?: boolean;
  }): object;
}

const idOf = (id: string) => `${id}-id`;
const keyOf = (id: string) => ({ clientId: idOf(id), clientSecret: `${id}-secret` });

function expiryOf(name: Case, now: number): string | undefined {
  const day = (days: number) => new Date(now + days * DAY).toISOString();
  switch (name) {
    case 'expires-in-10-days':
      return day(10);
    case 'expires-in-2-days':
      return day(2);
    case 'expired-yesterday':
    case 'expired':
      return day(-1);
    default:
      return undefined;
  }
}

/** Everything is healthy at first, but for one mistyped secret, declared expiries, and what can't be checked in time. */
export async function startFleet(cleanup: Cleanup, now: number): Promise<Fleet> {
  const simulator = async (ids: readonly string[]) =>
    cleanup.add(await startSimulator({ keys: ids.map(keyOf) }), (it) => it.close());
  const gateways = {
    single: await simulator(CASES),
    mass: await simulator(MASS),
    limited: await simulator([...LIMITED, LATE]),
    busy: await simulator(BUSY),
    idle: await simulator(IDLE),
  };
  // This one's secret is mistyped in the config.
  gateways.single.rotate(idOf('never-valid'), 'another-secret');
  const receivers = {
    gone: cleanup.add(await startReceiver(), (it) => it.close()),
    away: cleanup.add(await startReceiver(), (it) => it.close()),
  };
  const connection = (id: string, tenant: string, gateway: Simulator, expiry?: string) => ({
    id,
    tenant,
    baseUrl: gateway.origin,
    ...keyOf(id),
    ...(expiry !== undefined && { secretExpiresAt: expiry }),
    labels: { tier: 'gold' },
    ...(id === 'denied' && { probe: { interval: '1m' } }),
  });
  const configWith: Fleet['configWith'] = ({ maxPerSecond, late = false, expiries = true }) => ({
    version: 1,
    checks: {
      interval: '5s',
      timeout: '2s',
      confirmations: 2,
      confirmDelay: '2s',
      unverifiableAfter: '6s',
      maxPerSecond,
    },
    alerts: {
      channels: {
        gone: { type: 'webhook', url: receivers.gone.url },
        away: { type: 'webhook', url: receivers.away.url },
      },
    },
    http: { token: TOKEN },
    connections: [
      ...CASES.map((id) =>
        connection(id, 'Acme Corp', gateways.single, expiries ? expiryOf(id, now) : undefined),
      ),
      ...MASS.map((id) => connection(id, `Customer ${id}`, gateways.mass)),
      ...[...LIMITED, ...(late ? [LATE] : [])].map((id) => connection(id, 'Globex', gateways.limited)),
      ...BUSY.map((id) => connection(id, 'Initech', gateways.busy)),
      ...IDLE.map((id) => connection(id, 'Umbrella', gateways.idle)),
    ],
  });
  const writeConfig = async () =>
    cleanup.add(await makeConfigFolder(configWith({ maxPerSecond: TOO_FEW })), (it) => it.remove());
  const configs = [await writeConfig(), await writeConfig(), await writeConfig()] as const;
  const redis = cleanup.add(await startTestRedis(), (it) => it.stop());
  const admin = redis.client();
  const idle = cleanup.add(
    new Queue(checkQueueOf(gateways.idle.origin), { connection: redis.client(), prefix: KEY_PREFIX }),
    (it) => it.close(),
  );
  const bridge = cleanup.add(await startBridge(redis.socketPath), (it) => it.cut());
  const start = (role: Role, config: ConfigFolder, url: string, listen = '127.0.0.1:0') =>
    startMonitor(['--config', config.path, '--role', role, '--listen', listen], { REDIS_URL: url }, (it) =>
      cleanup.add(it, kill),
    );
  const socket = `unix://${redis.socketPath}`;
  const [first, second, worker] = await Promise.all([
    start('all', configs[0], socket),
    start('all', configs[0], socket),
    start('worker', configs[1], bridge.url),
  ]);
  const fixed = `127.0.0.1:${await freePort()}`;
  let third: MonitorProcess | null = null;
  return {
    gateways,
    mass: MASS,
    receivers,
    stopChecks: (stopped) => (stopped ? idle.pause() : idle.resume()),
    async fillRedis(full) {
      await admin.config('SET', 'maxmemory', full ? '1' : '0');
    },
    bridge,
    all: [first, second],
    worker,
    configs,
    configWith,
    async restart() {
      await third?.stop();
      const startedAt = Date.now();
      third = await start('all', configs[2], socket, fixed);
      return { url: third.url, startedAt };
    },
    async stopThird() {
      await third?.stop();
      third = null;
    },
  };
}

async function startReceiver(): Promise<Receiver> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.writeHead(receiver.status).end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    status: 204,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return receiver;
}

/** Misbehaves, or behaves again, for one connection of the first gateway. */
export function setCase({ gateways: { single } }: Fleet, id: Case, kind: Kind): void {
  single.setBehaviour(idOf(id), { kind });
}
/** Takes from an application what its role lets it do, or gives it back; its keys work all the while. */
export function setPermission({ gateways: { single } }: Fleet, kind: 'normal' | 'forbidden'): void {
  single.setApiBehaviour(idOf('denied'), { kind });
}

type Kind = 'normal' | 'revoked' | 'forbidden' | 'html_403' | 'unknown_401';

export function setMass({ gateways, mass }: Fleet, kind: Kind): void {
  for (const id of mass) gateways.mass.setBehaviour(idOf(id), { kind });
}

/** Makes the mistyped secret the good one. */
export function correct({ gateways: { single } }: Fleet): void {
  single.rotate(idOf('never-valid'), keyOf('never-valid').clientSecret);
}
