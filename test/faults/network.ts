import { readdirSync, readFileSync } from 'node:fs';
import { expect } from '@jest/globals';
import type { Verdict } from '../../src/domain/verdict.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import {
  type Cleanup,
  checkNow,
  connections,
  eventually,
  QUICK_CHECKS,
  ready,
  type Shown,
  sampleOf,
  samples,
  shown,
} from '../e2e/world.ts';
import { makeConfigFolder } from '../helpers/config-file.ts';
import type { MonitorProcess } from '../helpers/monitor-process.ts';
import { startTestRedis } from '../helpers/redis.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../helpers/webhook-receiver.ts';

/** A monitor with gateways that will be in trouble, and one beside them that never is. */
export interface NetworkScene {
  readonly monitor: MonitorProcess;
  readonly neighbour: Simulator;
  readonly receiver: WebhookReceiver;
  /** Path of the config file. */
  readonly config: string;
}

export interface SceneOptions {
  /** Id of each connection in trouble → its gateway. */
  readonly gateways: Readonly<Record<string, string>>;
  readonly checks?: object;
  readonly env?: Readonly<Record<string, string>>;
  /** A program with its first arguments, which starts the monitor. */
  readonly through?: readonly string[];
}

export async function setNetworkScene(cleanup: Cleanup, options: SceneOptions): Promise<NetworkScene> {
  const { gateways, checks = {}, env = {}, through = [] } = options;
  const keys = [{ clientId: 'globex-id', clientSecret: 'globex-secret' }];
  const neighbour = cleanup.add(await startSimulator({ keys }), (it) => it.close());
  const receiver = cleanup.add(await startWebhookReceiver(), (it) => it.close());
  const redis = cleanup.add(await startTestRedis(), (it) => it.stop());
  const all = { ...gateways, globex: neighbour.origin };
  const config = await makeConfigFolder({
    version: 1,
    checks: { ...QUICK_CHECKS, ...checks },
    alerts: { channels: { soc: { type: 'webhook', url: receiver.url } } },
    redis: { url: `unix://${redis.socketPath}` },
    connections: Object.entries(all).map(([id, baseUrl]) => ({
      id,
      baseUrl,
      clientId: id === 'globex' ? 'globex-id' : 'acme-id',
      clientSecret: id === 'globex' ? 'globex-secret' : 'acme-secret',
    })),
  });
  cleanup.add(config, (it) => it.remove());
  const own = { TMPDIR: config.folder, ...env };
  const monitor = await cleanup.start(['--config', config.path], own, through);
  await ready(monitor);
  return { monitor, neighbour, receiver, config: config.path };
}

/**
 * Checks at once, and gives what is shown when this is the verdict. A check of the schedule may be under way, which
 * still saw the gateway as it was before: which verdicts there were in all is told by `verdictsOf`.
 */
export async function getsVerdict(monitor: MonitorProcess, id: string, verdict: Verdict): Promise<Shown> {
  const { lastCheckAt } = await shown(monitor, id);
  await checkNow(monitor, id);
  return await eventually(`${id} is told as ${verdict}`, async () => {
    const now = await shown(monitor, id);
    return now.lastCheckAt !== lastCheckAt && now.lastVerdict === verdict && now;
  });
}

/** Waits until the schedule has brought each of these connections its verdict: the API takes no more than it can bear. */
export async function allGet(
  monitor: MonitorProcess,
  wanted: Readonly<Record<string, Verdict>>,
): Promise<void> {
  const before = new Map((await connections(monitor)).map(({ id, lastCheckAt }) => [id, lastCheckAt]));
  await eventually(`there is ${JSON.stringify(wanted)}`, async () =>
    (await connections(monitor)).every(
      ({ id, lastCheckAt, lastVerdict }) =>
        wanted[id] === undefined || (lastCheckAt !== before.get(id) && lastVerdict === wanted[id]),
    ),
  );
}

/** Every verdict that was counted for a gateway, in the order of the alphabet. */
export async function verdictsOf(monitor: MonitorProcess, gateway: string): Promise<readonly string[]> {
  const all = await samples(monitor);
  return all
    .filter(({ name, labels }) => name === 'mimecast_checks_total' && labels['gateway'] === gateway)
    .flatMap(({ labels, value }) => (value > 0 ? [labels['verdict'] ?? ''] : []))
    .sort();
}

/** The checks of the gateway that is in no trouble go on by their schedule, and it is told as `valid` and nothing else. */
export async function neighbourGoesOn({ monitor, neighbour }: NetworkScene): Promise<void> {
  await neighbour.waitForExchanges('globex-id', neighbour.exchanges('globex-id') + 1);
  expect(await verdictsOf(monitor, neighbour.origin)).toEqual(['valid']);
}

/** A gateway in trouble says nothing about the keys: they count as good, and the monitor is ready. */
export async function provesNothing({ monitor }: NetworkScene, id: string): Promise<void> {
  const { state, lastSuccessAt } = await shown(monitor, id);
  expect({ id, state }).toEqual({ id, state: 'healthy' });
  expect(lastSuccessAt).not.toBeNull();
  await ready(monitor);
  const all = await samples(monitor);
  const about = { connection: id };
  expect(sampleOf(all, 'mimecast_credential_valid', about)).toBe(1);
  expect(sampleOf(all, 'mimecast_credential_consecutive_rejections', about)).toBe(0);
}

const PINO_ERROR = 50;

/** Nobody was told that a key stopped working, or that anything is amiss with the monitor itself. */
export function toldNothingFalse({ receiver, monitor }: NetworkScene): void {
  const kinds = receiver.received.map(({ notification }) => notification.kind);
  expect(kinds.filter((kind) => kind !== 'gateway_outage')).toEqual([]);
  // A busy machine may make Redis slow, which is told, and is no matter of gateways.
  const faults = monitor.lines.filter(({ level, msg }) => level === PINO_ERROR && !msg.startsWith('Redis '));
  expect(faults).toEqual([]);
}

export interface Level {
  readonly descriptors: number;
  readonly residentMiB: number;
}

/** What a process takes up at this moment. */
export function levelOf(pid: number): Level {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kibibytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  return { descriptors: readdirSync(`/proc/${pid}/fd`).length, residentMiB: kibibytes / 1_024 };
}

/** The most memory it has taken up so far, in MiB. */
export function peakOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_024;
}

/** The heap of a process that works is larger in one moment than in the next, by less than what a leak would add. */
const BREATH_MIB = 64;

/** Resolves when it takes up no more than before; `idle` connections may still be kept for the next exchange. */
export async function isBackAt(pid: number, before: Level, idle: number): Promise<void> {
  await eventually(`process ${pid} is back at ${JSON.stringify(before)}`, () => {
    const { descriptors, residentMiB } = levelOf(pid);
    return descriptors <= before.descriptors + idle && residentMiB <= before.residentMiB + BREATH_MIB;
  });
}
