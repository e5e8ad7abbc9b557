import type { Config } from '../config/config.ts';
import { referencesOf } from '../config/references.ts';
import { counted } from '../domain/counted.ts';
import type { Reference } from '../domain/reference.ts';

export interface GatewayLoad {
  readonly gateway: string;
  readonly connections: number;
  /** What the intervals ask for, rounded to three digits. */
  readonly checksPerSecond: number;
  readonly maxPerSecond: number;
}

export interface Summary {
  readonly connections: number;
  readonly disabled: number;
  readonly tenants: number;
  readonly gateways: readonly GatewayLoad[];
  readonly channels: readonly string[];
  /** How many references of each kind there are. */
  readonly secrets: Readonly<Record<Reference['kind'], number>>;
  readonly warnings: readonly string[];
}

/** Counts what a config asks of the monitor, and warns where the fleet needs more than it may have. */
export function summaryOf(config: Config): Summary {
  const enabled = config.connections.filter((connection) => connection.enabled);
  const rates = new Map<string, { connections: number; perSecond: number }>();
  for (const { gateway, intervalMs } of enabled) {
    const rate = rates.get(gateway) ?? { connections: 0, perSecond: 0 };
    rates.set(gateway, { connections: rate.connections + 1, perSecond: rate.perSecond + 1_000 / intervalMs });
  }
  const { maxPerSecond } = config.checks;
  const gateways = [...rates].map(([gateway, rate]) => ({
    gateway,
    connections: rate.connections,
    checksPerSecond: Number(rate.perSecond.toPrecision(3)),
    maxPerSecond,
  }));
  const overloaded = [...rates].filter(([, rate]) => rate.perSecond > maxPerSecond);
  const secrets = { literal: 0, env: 0, file: 0, exec: 0 };
  for (const { reference } of referencesOf(config)) secrets[reference.kind] += 1;
  return {
    connections: config.connections.length,
    disabled: config.connections.length - enabled.length,
    tenants: new Set(config.connections.map((connection) => connection.tenant)).size,
    gateways,
    channels: config.alerts.channels.map((channel) => channel.name),
    secrets,
    warnings: [
      ...overloaded.map(([gateway, rate]) => overloadWarning(gateway, rate.perSecond, maxPerSecond)),
      ...(config.connections.length === 0
        ? ['there is no connection to watch; add one under connections']
        : []),
      ...(config.alerts.channels.length === 0 ? ['nobody is told: add a channel under alerts.channels'] : []),
    ],
  };
}

function overloadWarning(gateway: string, perSecond: number, maxPerSecond: number): string {
  const needed = Number(perSecond.toPrecision(3));
  return `${gateway} needs ${needed} checks/s, but checks.maxPerSecond is ${maxPerSecond}: checks will be late; lengthen the intervals or raise it`;
}

export function summaryLines(summary: Summary, path: string): readonly string[] {
  const { connections, disabled, tenants, gateways, channels, secrets } = summary;
  const off = disabled === 0 ? '' : ` (${disabled} disabled)`;
  const kinds = Object.entries(secrets).filter(([, count]) => count > 0);
  return [
    path,
    `  ${counted(connections, 'connection')}${off} of ${counted(tenants, 'tenant')}`,
    ...gateways.map(
      (load) =>
        `  ${load.gateway}: ${counted(load.connections, 'connection')}, ${load.checksPerSecond} of at most ${load.maxPerSecond} checks/s`,
    ),
    `  channels: ${channels.length === 0 ? 'none' : channels.join(', ')}`,
    `  references: ${kinds.length === 0 ? 'none' : kinds.map(([kind, number]) => `${number} ${kind}`).join(', ')}`,
  ];
}
