import type { Config } from '../config/config.ts';
import { referencesOf } from '../config/references.ts';
import { routingPolicyOf } from '../config/routing-policy.ts';
import { formatDuration } from '../domain/duration.ts';
import type { Reference } from '../domain/reference.ts';
import { type Expiries, expiriesOf } from './validate-expiries.ts';
import { sourcesOf, type ValueSource } from './validate-sources.ts';
import { type Told, type ToldGroup, toldGroups, toldOfMonitor } from './validate-told.ts';

export interface GatewayLoad {
  readonly gateway: string;
  readonly connections: number;
  /** How often they are checked, the most usual first. */
  readonly intervals: readonly { readonly interval: string; readonly connections: number }[];
  /** What the intervals ask for, rounded to three digits. */
  readonly checksPerSecond: number;
  readonly maxPerSecond: number;
}

/** What a config makes the monitor do, as `validate --json` has it. */
export interface Summary {
  readonly connections: number;
  readonly disabled: number;
  readonly tenants: number;
  readonly gateways: readonly GatewayLoad[];
  readonly channels: readonly string[];
  /** How many references of each kind there are. */
  readonly secrets: Readonly<Record<Reference['kind'], number>>;
  readonly sources: readonly ValueSource[];
  readonly told: readonly ToldGroup[];
  readonly toldOfMonitor: Told;
  readonly expiries: Expiries;
  readonly warnings: readonly string[];
}

/** Says what a config asks of the monitor, and warns where the fleet needs more than it may have. */
export function summaryOf(config: Config, now: number): Summary {
  const { connections } = config;
  const enabled = connections.filter((connection) => connection.enabled);
  const loads = loadsOf(config);
  const references = referencesOf(config);
  const secrets = { literal: 0, env: 0, file: 0, exec: 0 };
  for (const { reference } of references) secrets[reference.kind] += 1;
  const policy = routingPolicyOf(config);
  return {
    connections: connections.length,
    disabled: connections.length - enabled.length,
    tenants: new Set(connections.map(({ tenant }) => tenant)).size,
    gateways: loads.map((load) => ({ ...load, checksPerSecond: rounded(load.checksPerSecond) })),
    channels: config.alerts.channels.map((channel) => channel.name),
    secrets,
    sources: sourcesOf(references),
    told: toldGroups(connections, policy),
    toldOfMonitor: toldOfMonitor(policy),
    expiries: expiriesOf(connections, config.expiry.warnBeforeMs, now),
    warnings: [
      ...loads.filter((load) => load.checksPerSecond > load.maxPerSecond).map(overloadWarning),
      ...(connections.length === 0 ? ['there is no connection to watch; add one under connections'] : []),
      ...(config.alerts.channels.length === 0 ? ['nobody is told: add a channel under alerts.channels'] : []),
    ],
  };
}

function loadsOf({ connections, checks }: Config): readonly GatewayLoad[] {
  const gateways = new Map<string, Map<number, number>>();
  for (const { enabled, gateway, intervalMs } of connections) {
    if (!enabled) continue;
    const counts = gateways.get(gateway) ?? new Map<number, number>();
    gateways.set(gateway, counts.set(intervalMs, (counts.get(intervalMs) ?? 0) + 1));
  }
  return [...gateways].map(([gateway, counts]) => {
    const byCount = [...counts].toSorted(([, a], [, b]) => b - a);
    const perSecond = byCount.reduce((sum, [intervalMs, count]) => sum + (count * 1_000) / intervalMs, 0);
    return {
      gateway,
      connections: byCount.reduce((sum, [, count]) => sum + count, 0),
      intervals: byCount.map(([ms, count]) => ({ interval: formatDuration(ms), connections: count })),
      checksPerSecond: perSecond,
      maxPerSecond: checks.maxPerSecond,
    };
  });
}

function rounded(perSecond: number): number {
  return Number(perSecond.toPrecision(3));
}

function overloadWarning({ gateway, checksPerSecond, maxPerSecond }: GatewayLoad): string {
  return `${gateway} needs ${rounded(checksPerSecond)} checks/s, but checks.maxPerSecond is ${maxPerSecond}: checks will be late; lengthen the intervals or raise it`;
}
