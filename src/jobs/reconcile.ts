import { type Connection, type ConnectionIdentity, identityOf } from '../domain/connection.ts';
import type { PermissionEvent, RecordEvent, StateEvent } from '../domain/event.ts';
import type { HealthRecord } from '../domain/record.ts';
import { isRegistered, type Registration, register, restore } from '../domain/registration.ts';
import { checkQueueOf, firstCheckDelay, type SlotPlans } from '../domain/schedule.ts';
import type { HealthSummary } from '../domain/summary.ts';
import { reconcileSchedules, type SchedulePorts, type ScheduleSummary } from './reconcile-schedules.ts';
import { slices } from './slices.ts';

/** What the fleet should be: the part of a config that reconciling reads. */
export interface WantedFleet {
  readonly connections: readonly Connection[];
  /** The slots of `connections`. */
  readonly slots: SlotPlans;
  readonly maxPerSecond: number;
}

export interface ReconcilePorts extends SchedulePorts {
  readonly readSummaries: (ids: readonly string[]) => Promise<readonly (HealthSummary | null)[]>;
  readonly readMany: (ids: readonly string[]) => Promise<(HealthRecord | null)[]>;
  readonly removedRecords: (ids: readonly string[]) => Promise<(HealthRecord | null)[]>;
  readonly recordCount: () => Promise<number>;
  readonly recordedIds: () => AsyncIterable<readonly string[]>;
  /** Fenced: throws when this process is no longer the keeper. */
  readonly create: (entries: readonly NewEntry[]) => Promise<void>;
  readonly remove: (entries: readonly RemovedEntry[], now: number) => Promise<void>;
  readonly save: (
    id: string,
    before: HealthRecord,
    after: HealthRecord,
    events: readonly RecordEvent[],
  ) => Promise<'saved' | 'gone' | 'conflict' | 'other_epoch'>;
  readonly scheduleRechecks: (rechecks: readonly Recheck[]) => Promise<void>;
}

export interface NewEntry {
  readonly id: string;
  readonly record: HealthRecord;
  readonly event: StateEvent | null;
}

export interface RemovedEntry {
  readonly connection: ConnectionIdentity;
  readonly record: HealthRecord;
}

export interface Recheck {
  readonly id: string;
  readonly queue: string;
  readonly version: number;
  readonly dueAt: number;
}

/** What a pass had to do; all zero when everything was as it should be. */
export interface ReconcileSummary extends ScheduleSummary {
  readonly created: number;
  readonly updated: number;
  readonly removed: number;
}

/** Summaries looked at, and records changed, between two turns of the event loop and of Redis. */
const LOOKED_AT = 2_000;
const CHANGED = 500;

/**
 * Makes Redis fit the config: a record for every connection, a schedule for every slot of the enabled ones, nothing else.
 * Does exactly the difference, so that it can run as a watchdog; a pass that is cut short is made good by the next.
 */
export async function reconcile(
  wanted: WantedFleet,
  now: number,
  ports: ReconcilePorts,
): Promise<ReconcileSummary> {
  const perGateway = countPerGateway(wanted.connections);
  let created = 0;
  let updated = 0;
  const dueAt = (connection: Connection) =>
    firstCheckAt(connection, perGateway.get(connection.gateway) ?? 1, wanted.maxPerSecond, now);
  for (const looked of slices(wanted.connections, LOOKED_AT)) {
    for (const slice of slices(await notAsWanted(looked, ports), CHANGED)) {
      const done = await reconcileRecords(slice, now, ports, dueAt);
      created += done.created;
      updated += done.updated;
    }
  }
  const removed = await removeStrays(wanted.connections, now, ports);
  const gateways = new Map([...perGateway.keys()].map((gateway) => [checkQueueOf(gateway), gateway]));
  const schedules = await reconcileSchedules(wanted.slots, (queue) => gateways.get(queue), ports);
  return { created, updated, removed, ...schedules };
}

function firstCheckAt(connection: Connection, fleet: number, maxPerSecond: number, now: number): number {
  return now + firstCheckDelay(connection.id, connection.intervalMs, fleet, maxPerSecond);
}

/** Those whose record has to be looked at: nearly always none. */
async function notAsWanted(
  connections: readonly Connection[],
  ports: ReconcilePorts,
): Promise<readonly Connection[]> {
  const summaries = await ports.readSummaries(connections.map(({ id }) => id));
  return connections.filter((connection, index) => !isRegistered(summaries[index] ?? null, connection));
}

async function reconcileRecords(
  connections: readonly Connection[],
  now: number,
  ports: ReconcilePorts,
  dueAt: (connection: Connection) => number,
): Promise<{ created: number; updated: number }> {
  const ids = connections.map(({ id }) => id);
  const records = await ports.readMany(ids);
  const missing = connections.filter((_, index) => records[index] === null);
  const removed = await ports.removedRecords(missing.map(({ id }) => id));

  const created = missing.map((connection, index): NewEntry & { connection: Connection } => {
    const kept = removed[index];
    const made = kept
      ? restore(kept, connection, now, dueAt(connection))
      : register(null, connection, now, dueAt(connection));
    if (!made) throw new Error(`No record was made for ${connection.id}`);
    return { id: connection.id, record: made.record, event: eventOf(connection, made), connection };
  });
  if (created.length > 0) await ports.create(created);

  const rechecks = created.map(({ connection, record }) => recheckOf(connection, record));
  let updated = 0;
  for (const [index, connection] of connections.entries()) {
    const before = records[index];
    if (!before) continue;
    // Saved as it is where only its summary was missing.
    const change = register(before, connection, now, dueAt(connection)) ?? {
      record: before,
      transition: null,
    };
    const event = eventOf(connection, change) ?? forgottenEvent(connection, change, now);
    // A check that saves at the same moment wins; the next pass looks again.
    const answer = await ports.save(connection.id, before, change.record, event ? [event] : []);
    if (answer !== 'saved') continue;
    updated += 1;
    rechecks.push(recheckOf(connection, change.record));
  }
  await ports.scheduleRechecks(rechecks.filter((recheck) => recheck !== null));
  return { created: created.length, updated };
}

function eventOf(connection: Connection, { transition }: Registration): StateEvent | null {
  return (
    transition && {
      type: 'state',
      ...transition,
      connection: identityOf(connection),
      channels: connection.channels,
      declaredExpiry: connection.secretExpiresAt,
    }
  );
}

/** Without a probe nothing is known any more, so that nothing about it can be wrong. */
function forgottenEvent(
  connection: Connection,
  { record, forgotten }: Registration,
  now: number,
): PermissionEvent | null {
  if (forgotten === undefined) return null;
  return {
    type: 'permission',
    version: record.version,
    at: now,
    from: forgotten.state,
    to: 'unknown',
    evidence: null,
    denials: 0,
    permittedAt: forgotten.permittedAt,
    lastSuccessAt: record.lastSuccessAt,
    connection: identityOf(connection),
    channels: connection.channels,
  };
}

function recheckOf(connection: Connection, record: HealthRecord): Recheck | null {
  const { recheckAt, version } = record;
  if (recheckAt === null) return null;
  return { id: connection.id, queue: checkQueueOf(connection.gateway), version, dueAt: recheckAt };
}

async function removeStrays(
  connections: readonly Connection[],
  now: number,
  ports: ReconcilePorts,
): Promise<number> {
  // Each of them has its record by now: where there are no more, none is a stray, and a large fleet need not be gone through.
  if ((await ports.recordCount()) <= connections.length) return 0;
  const known = new Set(connections.map(({ id }) => id));
  let count = 0;
  for await (const ids of ports.recordedIds()) {
    const strays = ids.filter((id) => !known.has(id));
    if (strays.length === 0) continue;
    const records = await ports.readMany(strays);
    const entries = strays.flatMap((id, index): RemovedEntry[] => {
      const record = records[index];
      // The tenant left with the config; what is open about this connection carries its own copy.
      return record ? [{ connection: { id, tenant: id, gateway: record.gateway, labels: {} }, record }] : [];
    });
    await ports.remove(entries, now);
    count += entries.length;
  }
  return count;
}

function countPerGateway(connections: readonly Connection[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { gateway, enabled } of connections) {
    if (enabled) counts.set(gateway, (counts.get(gateway) ?? 0) + 1);
  }
  return counts;
}
