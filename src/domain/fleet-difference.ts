import type { Connection } from './connection.ts';
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
    else if (textOf(old) !== textOf(connection)) changed += 1;
  }
  const kept = after.length - added;
  return { added, removed: before.length - kept, changed, unchanged: kept - changed };
}

/** A connection as text, to compare two of them in memory; it never leaves this function's callers. */
function textOf(connection: Connection): string {
  const { clientId, clientSecret, ...rest } = connection;
  return JSON.stringify([rest, clientId, literalOf(clientId), clientSecret, literalOf(clientSecret)]);
}

function literalOf(reference: Reference): string | null {
  return reference.kind === 'literal' ? reference.value.reveal() : null;
}
