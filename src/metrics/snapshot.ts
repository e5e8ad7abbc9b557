import { setImmediate } from 'node:timers/promises';
import type { Connection } from '../domain/connection.ts';
import type { HealthRecord } from '../domain/record.ts';
import type { State } from '../domain/state.ts';

/** One connection as configured, with what is known of it. */
export interface SeenConnection {
  readonly connection: Connection;
  /** Null until the keeper has registered the connection. */
  readonly record: HealthRecord | null;
  readonly state: State;
}

export type ReadMany = (ids: readonly string[]) => Promise<readonly (HealthRecord | null)[]>;

/** Parsing this many records takes a few milliseconds: what else is due need not wait longer. */
export const SLICE = 500;

/**
 * Reads what is known of `connections`, in their order, slice by slice, giving way to other work in between. Each
 * slice is as of its own moment. Throws what `readMany` throws.
 */
export async function* readSnapshot(
  connections: readonly Connection[],
  readMany: ReadMany,
): AsyncGenerator<readonly SeenConnection[]> {
  for (let start = 0; start < connections.length; start += SLICE) {
    const slice = connections.slice(start, start + SLICE);
    const records = await readMany(slice.map(({ id }) => id));
    yield slice.map((connection, index) => see(connection, records[index] ?? null));
    await setImmediate();
  }
}

/** What is shown of one connection. */
export function see(connection: Connection, record: HealthRecord | null): SeenConnection {
  return { connection, record, state: shownState(connection, record) };
}

/** The config has the last word on who is watched: the record follows as soon as the keeper has reconciled. */
function shownState(connection: Connection, record: HealthRecord | null): State {
  if (!connection.enabled) return 'disabled';
  return record === null || record.state === 'disabled' ? 'pending' : record.state;
}
