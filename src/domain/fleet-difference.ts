import type { Connection, Probe } from './connection.ts';
import type { Reference } from './reference.ts';

/** How one fleet differs from another, by connection id. */
export interface FleetDifference {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  readonly unchanged: number;
}

/** What became of the connections of one fleet in another. */
export interface FleetChange {
  readonly added: readonly Connection[];
  readonly removed: readonly Connection[];
  readonly changed: readonly { readonly before: Connection; readonly after: Connection }[];
  readonly unchanged: number;
}

/** Looks only at what is not the same object in the same place, counted from the beginning or from the end: mostly little. */
export function fleetChange(before: readonly Connection[], after: readonly Connection[]): FleetChange {
  const end = sameAtEnd(before, after);
  const old = before.slice(0, before.length - end);
  const now = after.slice(0, after.length - end);
  const known = new Map(old.filter((one, index) => one !== now[index]).map((one) => [one.id, one]));
  const added: Connection[] = [];
  const changed: { before: Connection; after: Connection }[] = [];
  for (const connection of now.filter((one, index) => one !== old[index])) {
    const previous = known.get(connection.id);
    known.delete(connection.id);
    if (previous === undefined) added.push(connection);
    else if (!sameConnection(previous, connection)) changed.push({ before: previous, after: connection });
  }
  return {
    added,
    removed: [...known.values()],
    changed,
    unchanged: after.length - added.length - changed.length,
  };
}

function sameAtEnd(before: readonly Connection[], after: readonly Connection[]): number {
  const most = Math.min(before.length, after.length);
  let count = 0;
  while (count < most && before[before.length - 1 - count] === after[after.length - 1 - count]) count += 1;
  return count;
}

export function countsOf({ added, removed, changed, unchanged }: FleetChange): FleetDifference {
  return { added: added.length, removed: removed.length, changed: changed.length, unchanged };
}

/**
 * `after`, with the very object of `before` for every connection that did not change: what is kept about it, such as the
 * text of its labels, stays good, and a large fleet is not kept twice while the old one is still in use.
 */
export function withoutCopies(
  before: readonly Connection[],
  after: readonly Connection[],
): readonly Connection[] {
  if (before.length === 0 || after.length === 0) return after;
  const positions = new Map(after.map(({ id }, position) => [id, position]));
  const kept = [...after];
  for (const old of before) {
    const position = positions.get(old.id);
    const now = position === undefined ? undefined : after[position];
    if (position !== undefined && now !== undefined && sameConnection(old, now)) kept[position] = old;
  }
  return kept;
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
