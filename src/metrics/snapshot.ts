import { setImmediate } from 'node:timers/promises';
import type { Connection } from '../domain/connection.ts';
import type { State } from '../domain/state.ts';
import type { HealthSummary } from '../domain/summary.ts';

/** One connection as configured, with what is known of it. */
export interface SeenConnection {
  readonly connection: Connection;
  /** Null until the keeper has registered the connection. */
  readonly summary: HealthSummary | null;
  readonly state: State;
}

export type ReadSummaries = (ids: readonly string[]) => Promise<readonly (HealthSummary | null)[]>;

/** Parsing this many takes a millisecond or two: what else is due need not wait longer. */
export const SLICE = 1_000;

/**
 * Reads what is known of `connections`, in their order, slice by slice, giving way to other work in between. Each
 * slice is as of its own moment. Throws what `readSummaries` throws.
 */
export async function* readSnapshot(
  connections: readonly Connection[],
  readSummaries: ReadSummaries,
): AsyncGenerator<readonly SeenConnection[]> {
  for (let start = 0; start < connections.length; start += SLICE) {
    const slice = connections.slice(start, start + SLICE);
    const summaries = await readSummaries(slice.map(({ id }) => id));
    yield slice.map((connection, index) => see(connection, summaries[index] ?? null));
    await setImmediate();
  }
}

/** What is shown of one connection. */
export function see(connection: Connection, summary: HealthSummary | null): SeenConnection {
  return { connection, summary, state: shownState(connection, summary) };
}

/** The config has the last word on who is watched: what is stored follows as soon as the keeper has reconciled. */
function shownState(connection: Connection, summary: HealthSummary | null): State {
  if (!connection.enabled) return 'disabled';
  return summary === null || summary.state === 'disabled' ? 'pending' : summary.state;
}
