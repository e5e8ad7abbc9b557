import type { RecordEvent } from '../domain/event.ts';
import type { HealthRecord } from '../domain/record.ts';

export interface SavePorts {
  readonly read: (id: string) => Promise<HealthRecord | null>;
  readonly save: (
    id: string,
    before: HealthRecord,
    after: HealthRecord,
    events: readonly RecordEvent[],
    epoch: string,
  ) => Promise<'saved' | 'gone' | 'conflict' | 'other_epoch'>;
  /** Wakes a worker at `dueAt`; a lost wake-up is made good by the keeper. */
  readonly scheduleRecheck: (id: string, version: number, dueAt: number) => Promise<void>;
}

/** What something that was found out makes of a record. */
export interface Change<Reason> {
  /** The very object that was given when what was found out is dropped. */
  readonly record: HealthRecord;
  readonly events: readonly RecordEvent[];
  readonly reason: Reason;
}

/** Somebody else may save between our read and our write; each round starts from what they wrote. */
const MOST_CONFLICTS = 5;

/**
 * Saves what `step` makes of the record of `id`, starting from `first`, which may be out of date. Answers with the change
 * that counts in the end, or why nothing could be saved.
 */
export async function saveChange<Reason>(
  id: string,
  first: HealthRecord,
  step: (before: HealthRecord) => Change<Reason>,
  epoch: string,
  ports: SavePorts,
): Promise<Change<Reason> | 'no_record' | 'redis_was_emptied'> {
  let before = first;
  for (let round = 0; round < MOST_CONFLICTS; round++) {
    const change = step(before);
    const { record: after, events, reason } = change;
    const dropped = after === before;
    const answer = dropped ? 'conflict' : await ports.save(id, before, after, events, epoch);
    if (answer === 'saved') {
      if (after.recheckAt !== null && after.recheckAt !== before.recheckAt) {
        await ports.scheduleRecheck(id, after.version, after.recheckAt);
      }
      return change;
    }
    if (answer === 'other_epoch') return 'redis_was_emptied';
    const stored = answer === 'gone' ? null : await ports.read(id);
    if (!stored) return 'no_record';
    // Nothing was saved that could conflict, so only the stored record may have what was found out dropped.
    const same = stored.version === before.version && stored.createdAt === before.createdAt;
    if (dropped && same) return { record: stored, events: [], reason };
    before = stored;
  }
  throw new Error(`The record of ${id} changed ${MOST_CONFLICTS} times while it was being saved`);
}
