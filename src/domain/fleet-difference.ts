import type { Connection, Probe } from './connection.ts';
import type { Reference } from './reference.ts';

/** How one fleet differs from another, by connection id. */
export interface FleetDifference {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  readonly unchanged: number;
}

export function fleetDifference(
  before: readonly Connection[],
  after: readonly Connection[],
): FleetDifference {
  const known = new Map(before.map((connection) => [connection.id, connection]));
  let added = 0;
  let changed = 0;
  for (const connection of after) {
    const old = known.get(connection.id);
    if (!old) added += 1;
    else if (!sameConnection(old, connection)) changed += 1;
  }
  const kept = after.length - added;
  return { added, removed: before.length - kept, changed, unchanged: kept - changed };
}

/**
 * `after`, with the very object of `before` for every connection that did not change: what is kept about it, such as the
 * text of its labels, stays good, and a large fleet is not kept twice while the old one is still in use.
 */
export function withoutCopies(
  before: readonly Connection[],
  after: readonly Connection[],
): readonly Connection[] {
  const known = new Map(before.map((connection) => [connection.id, connection]));
  return after.map((connection) => {
    const old = known.get(connection.id);
    return old !== undefined && sameConnection(old, connection) ? old : connection;
  });
}

/** Compares without making text of either: a reload compares a hundred thousand while checks are running. */
function sameConnection(a: Connection, b: Connection): boolean {
  if (a === b) return true;
  return (
    a.tenant === b.tenant &&
    a.gateway === b.gateway &&
    a.intervalMs === b.intervalMs &&
    a.timeoutMs === b.timeoutMs &&
    a.confirmations === b.confirmations &&
    a.secretExpiresAt === b.secretExpiresAt &&
    a.enabled === b.enabled &&
    sameReference(a.clientId, b.clientId) &&
    sameReference(a.clientSecret, b.clientSecret) &&
    sameLabels(a.labels, b.labels) &&
    sameList(a.channels, b.channels) &&
    sameProbe(a.probe, b.probe)
  );
}

function sameProbe(a: Probe | undefined, b: Probe | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.method === b.method && a.path === b.path && a.body === b.body && a.intervalMs === b.intervalMs;
}

export function sameReference(a: Reference, b: Reference): boolean {
  switch (a.kind) {
    case 'literal':
      return b.kind === 'literal' && a.value.reveal() === b.value.reveal();
    case 'env':
      return b.kind === 'env' && a.name === b.name;
    case 'file':
      return b.kind === 'file' && a.path === b.path;
    case 'exec':
      return b.kind === 'exec' && a.directory === b.directory && sameList(a.command, b.command);
    default:
      return a satisfies never;
  }
}

function sameLabels(a: Connection['labels'], b: Connection['labels']): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

function sameList(a: readonly string[] | null, b: readonly string[] | null): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
