import type { Redis } from 'ioredis';
import type { ConnectionIdentity } from '../domain/connection.ts';
import type { RemovedEvent, StateEvent } from '../domain/event.ts';
import type { HealthRecord } from '../domain/record.ts';
import { historyKey, KEYS } from './keys.ts';
import type { Command } from './lease.ts';
import { readRecord, writeRecord, writeSummary } from './serialise.ts';

const SCAN_COUNT = 1_000;

/** How long a removed connection's record is kept, in case it comes back. */
const KEEP_REMOVED_MS = 7 * 86_400_000;

/** A removed connection, kept for a while. */
export interface Tombstone {
  readonly removedAt: number;
  readonly record: HealthRecord;
}

/** A re-check that is due and may have lost its job. */
export interface DueRecheck {
  readonly id: string;
  readonly dueAt: number;
}

export interface FleetStore {
  recordCount(): Promise<number>;
  /** How many checks have got no usable answer so far. */
  unusableAnswers(): Promise<number>;
  /** The ids of all records, in slices; an id may come twice, and one that is added meanwhile may be missed. */
  recordedIds(): AsyncIterable<readonly string[]>;
  tombstones(ids: readonly string[]): Promise<(Tombstone | null)[]>;
  /** Every queue that may exist: name → gateway origin. */
  queues(): Promise<Record<string, string>>;
  noteQueue(queue: string, gateway: string): Promise<void>;
  forgetQueue(queue: string): Promise<void>;
  rechecksDueBefore(time: number, most: number): Promise<DueRecheck[]>;
  dropRechecks(ids: readonly string[]): Promise<void>;
  /** Tombstones older than their time. */
  expiredTombstones(now: number): Promise<string[]>;
  /** Notes that all schedules fit the config of this hash, and when they did for the first time. */
  noteReconciled(configHash: string, now: number): Promise<void>;
  reconciled(): Promise<string | null>;
}

export function createFleetStore(redis: Redis): FleetStore {
  return {
    recordCount: () => redis.hlen(KEYS.records),
    unusableAnswers: async () => Number(await redis.get(KEYS.unusableAnswers)),
    recordedIds: () => scanFields(redis, KEYS.records),
    async tombstones(ids) {
      if (ids.length === 0) return [];
      const texts = await redis.hmget(KEYS.tombstones, ...ids);
      return texts.map((text) => (text === null ? null : readTombstone(text)));
    },
    queues: () => redis.hgetall(KEYS.gateways),
    async noteQueue(queue, gateway) {
      await redis.hset(KEYS.gateways, queue, gateway);
    },
    async forgetQueue(queue) {
      await redis.hdel(KEYS.gateways, queue);
    },
    async rechecksDueBefore(time, most) {
      const flat = await redis.zrangebyscore(KEYS.rechecks, '-inf', time, 'WITHSCORES', 'LIMIT', 0, most);
      return pairs(flat).map(([id, score]) => ({ id, dueAt: Number(score) }));
    },
    async dropRechecks(ids) {
      if (ids.length > 0) await redis.zrem(KEYS.rechecks, ...ids);
    },
    async expiredTombstones(now) {
      const old: string[] = [];
      for await (const slice of scanEntries(redis, KEYS.tombstones)) {
        for (const [id, text] of slice) {
          if (readTombstone(text).removedAt < now - KEEP_REMOVED_MS) old.push(id);
        }
      }
      return old;
    },
    async noteReconciled(configHash, now) {
      await redis.set(KEYS.firstReconciledAt, now, 'NX');
      await redis.set(KEYS.reconciled, configHash);
    },
    reconciled: () => redis.get(KEYS.reconciled),
  };
}

/** Writes a new record, with its first check; for the keeper's fenced commit. */
export function createCommands(id: string, record: HealthRecord, event: StateEvent | null): Command[] {
  return [
    // Only where there still is none: an earlier keeper may have made it a moment ago.
    ['HSETNX', KEYS.records, id, writeRecord(record)],
    ['HSETNX', KEYS.summaries, id, writeSummary(record)],
    ['HDEL', KEYS.tombstones, id],
    record.recheckAt === null ? ['ZREM', KEYS.rechecks, id] : ['ZADD', KEYS.rechecks, record.recheckAt, id],
    ...(event === null ? [] : eventCommands(id, event)),
  ];
}

/** Lays a record under its tombstone and tells the keeper's next decision, which resolves what is open. */
export function removeCommands(connection: ConnectionIdentity, record: HealthRecord, now: number): Command[] {
  const { id } = connection;
  const event: RemovedEvent = { type: 'removed', connection, at: now };
  const tombstone = { removedAt: now, record: JSON.parse(writeRecord(record)) as HealthRecord };
  return [
    ['HSET', KEYS.tombstones, id, JSON.stringify(tombstone)],
    ['HDEL', KEYS.records, id],
    ['HDEL', KEYS.summaries, id],
    ['ZREM', KEYS.rechecks, id],
    ['RPUSH', KEYS.events, JSON.stringify(event)],
  ];
}

/** Forgets removed connections for good. */
export function buryCommands(ids: readonly string[]): Command[] {
  if (ids.length === 0) return [];
  return [
    ['HDEL', KEYS.tombstones, ...ids],
    ['DEL', ...ids.map(historyKey)],
  ];
}

function eventCommands(id: string, event: StateEvent): Command[] {
  const text = JSON.stringify(event);
  return [
    ['RPUSH', KEYS.events, text],
    ['LPUSH', historyKey(id), text],
  ];
}

function readTombstone(text: string): Tombstone {
  const { removedAt, record } = JSON.parse(text) as Tombstone;
  return { removedAt, record: readRecord(JSON.stringify(record)) };
}

async function* scanFields(redis: Redis, key: string): AsyncIterable<string[]> {
  for await (const slice of scanEntries(redis, key)) yield slice.map(([field]) => field);
}

async function* scanEntries(redis: Redis, key: string): AsyncIterable<[string, string][]> {
  let cursor = '0';
  do {
    const [next, flat] = await redis.hscan(key, cursor, 'COUNT', SCAN_COUNT);
    cursor = next;
    yield pairs(flat);
  } while (cursor !== '0');
}

function pairs(flat: readonly string[]): [string, string][] {
  return flat.flatMap((value, index): [string, string][] => {
    const next = flat[index + 1];
    return index % 2 === 0 && next !== undefined ? [[value, next]] : [];
  });
}
