import type { Connection } from '../../src/domain/connection.ts';
import { hash32 } from '../../src/domain/schedule.ts';
import { Secret } from '../../src/domain/secret.ts';
import type { Dice } from './random.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A time during which something holds, in ms of true time; the end lies outside. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export type GatewayTrouble = 'error_503' | 'timeout' | 'waf_page' | 'rate_limited' | 'rejects_all';

/** What is wrong with the keys that the monitor holds. */
export interface KeyTrouble extends Span {
  readonly connection: string;
  readonly kind:
    | 'revoked'
    /** Revoked, and answered with a code that is in nobody's table. */
    | 'unknown_code'
    | 'expired'
    | 'forbidden'
    /** The monitor's vault holds a secret that Mimecast does not know yet. */
    | 'vault_ahead';
}

/** Everything that happens in the simulated time, decided before it begins. */
export interface World {
  readonly connections: readonly Connection[];
  readonly gateways: readonly (Span & { readonly gateway: string; readonly trouble: GatewayTrouble })[];
  readonly dnsGone: readonly Span[];
  readonly monitorDown: readonly Span[];
  /** The monitor's clock runs ahead (or behind) by this much. */
  readonly clockOff: readonly (Span & { readonly byMs: number })[];
  readonly troubles: readonly KeyTrouble[];
  /** When the secret that the monitor uses was replaced by another that works. */
  readonly rotations: ReadonlyMap<string, readonly number[]>;
  /** One in so many answers to good keys is a refusal all the same. */
  readonly spuriousOneIn: number;
}

const GATEWAYS = ['us-api', 'uk-api', 'api'].map((host) => `https://${host}.services.mimecast.com`);
const INTERVAL_MS = 5 * MINUTE;

export function makeWorld(dice: Dice, count: number, days: number): World {
  const end = days * DAY;
  const connections = makeFleet(count, dice);
  const [us = '', uk = '', global = ''] = GATEWAYS;
  const span = (day: number, hour: number, lasts: number): Span => {
    const from = day * DAY + hour * HOUR + dice.between(0, HOUR);
    return { from, to: from + lasts };
  };
  const gateways = [
    { ...span(2, 9, 2 * HOUR), gateway: us, trouble: 'error_503' },
    { ...span(4, 14, 3 * HOUR), gateway: uk, trouble: 'rate_limited' },
    { ...span(6, 3, HOUR), gateway: us, trouble: 'timeout' },
    { ...span(6, 3, HOUR), gateway: uk, trouble: 'timeout' },
    { ...span(6, 3, HOUR), gateway: global, trouble: 'timeout' },
    { ...span(9, 11, 40 * MINUTE), gateway: global, trouble: 'waf_page' },
    { ...span(13, 8, 4 * MINUTE), gateway: us, trouble: 'rejects_all' },
    { ...span(17, 20, 12 * MINUTE), gateway: uk, trouble: 'rejects_all' },
    { ...span(21, 5, 6 * HOUR), gateway: uk, trouble: 'error_503' },
    { ...span(25, 16, 20 * MINUTE), gateway: us, trouble: 'waf_page' },
  ] as const;
  const monitorDown = [span(8, 22, 9 * HOUR), span(19, 12, 20 * MINUTE)];
  const clockOff = [
    { ...span(11, 10, 5 * HOUR), byMs: HOUR },
    { ...span(23, 10, 5 * HOUR), byMs: -HOUR },
  ];
  const dnsGone = [span(15, 2, 45 * MINUTE), span(27, 13, 5 * MINUTE)];
  const troubles = makeTroubles(connections, end, dice, { gateways, dnsGone, monitorDown });
  return {
    connections: connections.map((one) => withExpiry(one, troubles)),
    gateways,
    dnsGone,
    monitorDown,
    clockOff,
    troubles,
    rotations: makeRotations(connections, troubles, end, dice),
    spuriousOneIn: 2_000,
  };
}

/** Most customers have one key pair, some up to twelve. */
function makeFleet(count: number, dice: Dice): Connection[] {
  const fleet: Connection[] = [];
  for (let tenant = 0; fleet.length < count; tenant++) {
    const size = dice.next() < 0.85 ? 1 : 2 + dice.below(11);
    const gateway = dice.pick([...GATEWAYS, ...GATEWAYS.slice(0, 2), ...GATEWAYS.slice(0, 1)]);
    for (let index = 0; index < size && fleet.length < count; index++) {
      fleet.push({
        id: `t${tenant}-${index}`,
        tenant: `Tenant ${tenant}`,
        gateway,
        clientId: { kind: 'literal', value: new Secret(`id-${tenant}-${index}`) },
        clientSecret: { kind: 'env', name: 'SECRET' },
        intervalMs: INTERVAL_MS,
        timeoutMs: 10_000,
        confirmations: 3,
        secretExpiresAt: null,
        labels: {},
        channels: null,
        enabled: true,
      });
    }
  }
  return fleet;
}

function makeTroubles(
  fleet: readonly Connection[],
  end: number,
  dice: Dice,
  bad: { gateways: readonly Span[]; dnsGone: readonly Span[]; monitorDown: readonly Span[] },
): KeyTrouble[] {
  const troubles: KeyTrouble[] = [];
  const used = new Set<string>();
  const add = (connection: Connection, kind: KeyTrouble['kind'], from: number, lasts: number) => {
    if (used.has(connection.id)) return;
    used.add(connection.id);
    troubles.push({ connection: connection.id, kind, from, to: Math.min(from + lasts, end) });
  };
  const kinds = ['revoked', 'revoked', 'revoked', 'forbidden', 'unknown_code', 'expired'] as const;
  for (let index = 0; index < 90; index++) {
    add(
      dice.pick(fleet),
      dice.pick(kinds),
      dice.between(HOUR, end - 6 * HOUR),
      dice.between(2 * HOUR, 5 * DAY),
    );
  }
  // Some fall into a time in which nobody can see them.
  for (const span of [...bad.gateways, ...bad.dnsGone, ...bad.monitorDown]) {
    for (let index = 0; index < 3; index++) {
      add(dice.pick(fleet), 'revoked', dice.between(span.from, span.to), dice.between(12 * HOUR, 2 * DAY));
    }
  }
  for (let index = 0; index < 10; index++) {
    add(dice.pick(fleet), 'vault_ahead', dice.between(HOUR, end - DAY), dice.between(5 * MINUTE, HOUR));
  }
  wipe(
    fleet.filter(({ tenant }) => tenant === biggestTenant(fleet)),
    dice.between(10 * DAY, 12 * DAY),
    add,
  );
  wipe(fleet.filter(({ gateway }) => gateway === GATEWAYS[1]).slice(0, 60), 20.2 * DAY, add);
  return troubles;
}

/** Keys that are wiped together. */
function wipe(
  group: readonly Connection[],
  from: number,
  add: (connection: Connection, kind: 'revoked', from: number, lasts: number) => void,
): void {
  for (const connection of group) add(connection, 'revoked', from, 8 * HOUR);
}

function biggestTenant(fleet: readonly Connection[]): string {
  const sizes = new Map<string, number>();
  for (const { tenant } of fleet) sizes.set(tenant, (sizes.get(tenant) ?? 0) + 1);
  return [...sizes].sort(([, a], [, b]) => b - a)[0]?.[0] ?? '';
}

/** Whoever knows that keys expire has declared it. */
function withExpiry(connection: Connection, troubles: readonly KeyTrouble[]): Connection {
  const expiry = troubles.find(({ connection: id, kind }) => id === connection.id && kind === 'expired');
  return expiry ? { ...connection, secretExpiresAt: expiry.from } : connection;
}

function makeRotations(
  fleet: readonly Connection[],
  troubles: readonly KeyTrouble[],
  end: number,
  dice: Dice,
): Map<string, number[]> {
  const rotations = new Map<string, number[]>();
  for (let index = 0; index < 40; index++) {
    const { id } = dice.pick(fleet);
    if (!troubles.some(({ connection }) => connection === id)) rotations.set(id, [dice.between(HOUR, end)]);
  }
  // Keys that stopped working are replaced by new ones, and these work.
  for (const { connection, kind, to } of troubles) {
    if (kind === 'revoked' || kind === 'expired' || kind === 'unknown_code') rotations.set(connection, [to]);
  }
  return rotations;
}

export function within(spans: readonly Span[], at: number): boolean {
  return spans.some(({ from, to }) => at >= from && at < to);
}

/** When a connection is checked first after `at`, by its schedule. */
export function nextSlot({ id, intervalMs }: Connection, at: number): number {
  const offset = 1 + (hash32(id) % (intervalMs - 1));
  const slot = Math.floor((at - offset) / intervalMs) * intervalMs + offset;
  return slot > at ? slot : slot + intervalMs;
}
