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
 * slice is as of its own moment; the next one is on its way while one is worked on. Throws what `readMany` throws.
 */
export async function* readSnapshot(
  connections: readonly Connection[],
  readMany: ReadMany,
): AsyncGenerator<readonly SeenConnection[]> {
  const ask = (start: number) => {
    const slice = connections.slice(start, start + SLICE);
    const records = readMany(slice.map(({ id }) => id));
    // Whoever wants no more slices does not hear of this one's failure either.
    records.catch(() => undefined);
    return { slice, records };
  };
  let next = ask(0);
  for (let start = SLICE; ; start += SLICE) {
    const { slice, records } = next;
    const found = await records;
    const isLast = start >= connections.length;
    if (!isLast) next = ask(start);
    yield slice.map((connection, index) => see(connection, found[index] ?? null));
    if (isLast) return;
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
