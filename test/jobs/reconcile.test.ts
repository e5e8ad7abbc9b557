import { describe, expect, it } from '@jest/globals';
import type { Connection } from '../../src/domain/connection.ts';
import type { RecordEvent } from '../../src/domain/event.ts';
import { type HealthRecord, newRecord } from '../../src/domain/record.ts';
import { checkQueueOf, planSlots, type Slot, slotIdOf, slotOf } from '../../src/domain/schedule.ts';
import { summaryOf } from '../../src/domain/summary.ts';
import {
  type Recheck,
  type ReconcilePorts,
  type ReconcileSummary,
  reconcile,
} from '../../src/jobs/reconcile.ts';
import { GATEWAY, HOUR, live, MINUTE, revoked, SECOND, seen, T0 } from '../domain/checks.ts';
import { connectionOf } from './connections.ts';

const NOW = T0 + HOUR;
const GLOBAL = 'https://api.services.mimecast.com';
const NOTHING: ReconcileSummary = {
  created: 0,
  updated: 0,
  removed: 0,
  scheduled: {},
  unscheduled: 0,
  droppedQueues: 0,
};

/** Redis and the queues as reconciling sees them: plain maps, and a note of everything that was changed. */
class Redis {
  readonly records = new Map<string, HealthRecord>();
  readonly tombstones = new Map<string, HealthRecord>();
  readonly runs = new Map<string, Map<string, number>>();
  queues: Record<string, string> = {};
  lost: string[] = [];
  conflicts = new Set<string>();
  /** Records that were written by a version that kept no summaries. */
  readonly unsummarised = new Set<string>();
  readonly events: (RecordEvent | { type: 'removed'; id: string })[] = [];
  rechecks: Recheck[] = [];
  readonly changes: string[] = [];

  async pass(connections: readonly Connection[], now = NOW, maxPerSecond = 100): Promise<ReconcileSummary> {
    this.changes.length = 0;
    this.rechecks = [];
    const wanted = { connections, slots: planSlots(connections), maxPerSecond };
    return reconcile(wanted, now, { ...this.ports, now: () => now });
  }

  readonly ports: { -readonly [Port in keyof Omit<ReconcilePorts, 'now'>]: ReconcilePorts[Port] } = {
    readSummaries: async (ids) =>
      ids.map((id) => {
        const record = this.records.get(id);
        return record && !this.unsummarised.has(id) ? summaryOf(record) : null;
      }),
    readMany: async (ids) => ids.map((id) => this.records.get(id) ?? null),
    removedRecords: async (ids) => ids.map((id) => this.tombstones.get(id) ?? null),
    recordCount: async () => this.records.size,
    recordedIds: async function* (this: Redis) {
      yield [...this.records.keys()];
    }.bind(this),
    create: async (entries) => {
      for (const { id, record, event } of entries) {
        this.changes.push(`create ${id}`);
        this.records.set(id, record);
        this.tombstones.delete(id);
        if (event) this.events.push(event);
      }
    },
    remove: async (entries) => {
      for (const { connection, record } of entries) {
        this.changes.push(`remove ${connection.id}`);
        this.records.delete(connection.id);
        this.tombstones.set(connection.id, record);
        this.events.push({ type: 'removed', id: connection.id });
      }
    },
    save: async (id, before, after, events) => {
      if (this.conflicts.has(id)) return 'conflict';
      expect(this.records.get(id)).toBe(before);
      this.changes.push(`save ${id}`);
      this.records.set(id, after);
      this.unsummarised.delete(id);
      this.events.push(...events);
      return 'saved';
    },
    scheduleRechecks: async (rechecks) => {
      this.rechecks.push(...rechecks);
    },
    nextRuns: async (queue) => this.runs.get(queue) ?? new Map(),
    putSchedules: async (queue, slots) => {
      for (const slot of slots) this.put(queue, slot);
    },
    removeSchedules: async (queue, runs) => {
      for (const name of runs.keys()) {
        this.changes.push(`unschedule ${name}`);
        this.runs.get(queue)?.delete(name);
      }
    },
    lostRuns: async (_queue, runs) => [...runs.keys()].filter((name) => this.lost.includes(name)),
    queues: async () => ({ ...this.queues }),
    noteQueue: async (queue, gateway) => {
      this.changes.push(`note ${gateway}`);
      this.queues[queue] = gateway;
    },
    dropQueue: async (queue) => {
      this.changes.push(`drop ${this.queues[queue]}`);
      delete this.queues[queue];
      this.runs.delete(queue);
    },
  };

  put(queue: string, slot: Slot): void {
    const name = slotIdOf(slot);
    this.changes.push(`schedule ${name}`);
    const runs = this.runs.get(queue) ?? new Map<string, number>();
    runs.set(name, NOW + slot.everyMs);
    this.runs.set(queue, runs);
  }

  runsAt(gateway: string): Map<string, number> {
    const runs = this.runs.get(checkQueueOf(gateway));
    if (!runs) throw new Error(`expected a queue for ${gateway}`);
    return runs;
  }
}

const acme = connectionOf('acme');
const globex = connectionOf('globex');
const ACME = slotIdOf(slotOf(acme));
const GLOBEX = slotIdOf(slotOf(globex));
/** Falls due within the same tenth of a second as acme. */
const twin = twinOf(acme);

function twinOf({ id, intervalMs }: Connection): Connection {
  for (let index = 0; ; index++) {
    const twin = connectionOf(`${id}-${index}`, { intervalMs });
    if (slotOf(twin).index === slotOf({ id, intervalMs }).index) return twin;
  }
}

/** A fleet that was reconciled a moment ago. */
async function settled(connections: readonly Connection[] = [acme, globex]): Promise<Redis> {
  const redis = new Redis();
  await redis.pass(connections);
  redis.changes.length = 0;
  redis.events.length = 0;
  return redis;
}

describe('reconciling', () => {
  it('makes a record and a first check for every new connection, and the schedules of their slots', async () => {
    const redis = new Redis();
    const summary = await redis.pass([acme, globex]);
    expect(summary).toEqual({ ...NOTHING, created: 2, scheduled: { missing: 2 } });
    expect(redis.records.get('acme')).toMatchObject({ state: 'pending', version: 1, gateway: GATEWAY });
    expect([...redis.runsAt(GATEWAY).keys()]).toEqual([ACME, GLOBEX]);
    expect(redis.queues).toEqual({ [checkQueueOf(GATEWAY)]: GATEWAY });
    expect(redis.rechecks.map(({ id, queue, version }) => [id, queue, version])).toEqual([
      ['acme', checkQueueOf(GATEWAY), 1],
      ['globex', checkQueueOf(GATEWAY), 1],
    ]);
    expect(redis.events).toEqual([]);
  });

  it('spreads first checks over five seconds, or over what the fleet needs', async () => {
    const small = new Redis();
    await small.pass([acme, globex]);
    for (const { dueAt } of small.rechecks) expect(dueAt - NOW).toBeLessThanOrEqual(5 * SECOND);
    const fleet = Array.from({ length: 2_000 }, (_, i) => connectionOf(`tenant-${i}`));
    const large = new Redis();
    await large.pass(fleet, NOW, 100);
    const delays = large.rechecks.map(({ dueAt }) => dueAt - NOW);
    expect(Math.max(...delays)).toBeLessThanOrEqual(20 * SECOND);
    expect(Math.max(...delays)).toBeGreaterThan(15 * SECOND);
    expect(large.records.size).toBe(2_000);
  });

  it('does nothing at all when everything is as it should be', async () => {
    const redis = await settled();
    expect(await redis.pass([acme, globex])).toEqual(NOTHING);
    expect(redis.changes).toEqual([]);
    expect(redis.rechecks).toEqual([]);
  });

  it('looks at no record while its summary fits', async () => {
    const redis = await settled();
    redis.ports.readMany = () => Promise.reject(new Error('nothing had to be read'));
    expect(await redis.pass([acme, globex])).toEqual(NOTHING);
    await expect(redis.pass([{ ...acme, gateway: GLOBAL }, globex])).rejects.toThrow(
      'nothing had to be read',
    );
  });

  it('makes the summary of a record that has none, and leaves the record as it is', async () => {
    const redis = await settled();
    const before = redis.records.get('acme');
    redis.unsummarised.add('acme');
    expect(await redis.pass([acme, globex])).toEqual({ ...NOTHING, updated: 1 });
    expect(redis.records.get('acme')).toBe(before);
    expect(redis.events).toEqual([]);
    expect(await redis.pass([acme, globex])).toEqual(NOTHING);
  });

  it('touches only the connection that changed', async () => {
    const redis = await settled();
    const summary = await redis.pass([{ ...acme, intervalMs: MINUTE }, globex]);
    const slot = slotIdOf(slotOf({ id: 'acme', intervalMs: MINUTE }));
    expect(summary).toEqual({ ...NOTHING, scheduled: { missing: 1 }, unscheduled: 1 });
    expect(redis.changes).toEqual([`schedule ${slot}`, `unschedule ${ACME}`]);
  });

  it('leaves labels, tenants and secrets to the config: nothing is restarted for them', async () => {
    const redis = await settled();
    const renamed = {
      ...acme,
      tenant: 'New Name',
      labels: {},
      clientSecret: { kind: 'env', name: 'OTHER' } as const,
    };
    expect(await redis.pass([renamed, globex])).toEqual(NOTHING);
  });

  it('removes what left the config: its record goes under a tombstone, its schedule goes', async () => {
    const redis = await settled();
    expect(await redis.pass([globex])).toEqual({ ...NOTHING, removed: 1, unscheduled: 1 });
    expect(redis.changes).toEqual(['remove acme', `unschedule ${ACME}`]);
    expect(redis.tombstones.has('acme')).toBe(true);
    expect(redis.events).toEqual([{ type: 'removed', id: 'acme' }]);
  });

  it('keeps the schedule of a slot as long as one connection is left in it', async () => {
    const redis = await settled([acme, globex]);
    expect(await redis.pass([acme, twin, globex])).toEqual({ ...NOTHING, created: 1 });
    expect(redis.changes).toEqual([`create ${twin.id}`]);
    expect(await redis.pass([twin, globex])).toEqual({ ...NOTHING, removed: 1 });
    expect(redis.runsAt(GATEWAY).has(ACME)).toBe(true);
    expect(await redis.pass([globex])).toEqual({ ...NOTHING, removed: 1, unscheduled: 1 });
    expect(redis.changes).toContain(`unschedule ${ACME}`);
  });

  it('forgets the permission when its probe leaves the config, and tells the keeper', async () => {
    const redis = await settled();
    const permission = {
      call: 'GET /identity/whoami',
      state: 'denied',
      since: NOW,
      denials: 2,
      lastCountedAt: NOW,
      askedAt: NOW,
      permittedAt: null,
      last: { result: 'denied', httpStatus: 403, code: null, requestId: null },
    } as const;
    const record = redis.records.get('acme');
    if (!record) throw new Error('acme has no record');
    redis.records.set('acme', { ...record, permission });
    await redis.pass([acme, globex]);
    expect(redis.records.get('acme')).not.toHaveProperty('permission');
    expect(redis.events).toMatchObject([
      { type: 'permission', from: 'denied', to: 'unknown', connection: { id: 'acme' }, evidence: null },
    ]);
  });

  it('brings back what was removed with the history of its secrets, and says so', async () => {
    const redis = await settled();
    redis.records.set('acme', revoked());
    await redis.pass([globex]);
    expect(await redis.pass([acme, globex])).toMatchObject({ created: 1, scheduled: { missing: 1 } });
    expect(redis.records.get('acme')).toMatchObject({ state: 'pending', validFingerprints: ['first'] });
    expect(redis.events.at(-1)).toMatchObject({
      type: 'state',
      from: 'revoked',
      to: 'pending',
      reason: 'restored',
    });
    expect(redis.rechecks).toMatchObject([{ id: 'acme', version: revoked().version + 1 }]);
  });

  it('drops the queue of a gateway that nobody uses any more', async () => {
    const redis = await settled();
    expect(await redis.pass([])).toEqual({ ...NOTHING, removed: 2, droppedQueues: 1 });
    expect(redis.changes).toContain(`drop ${GATEWAY}`);
  });
});

describe('disabling', () => {
  it('ends the schedule and the re-checks, keeps the record, and tells the keeper', async () => {
    const redis = await settled();
    redis.records.set('acme', live([seen('valid', 0), seen('rejected', MINUTE)]).record);
    const summary = await redis.pass([{ ...acme, enabled: false }, globex]);
    expect(summary).toEqual({ ...NOTHING, updated: 1, unscheduled: 1 });
    expect(redis.records.get('acme')).toMatchObject({ state: 'disabled', recheckAt: null });
    expect(redis.events).toMatchObject([{ from: 'suspect', to: 'disabled', connection: { id: 'acme' } }]);
    expect([...redis.runsAt(GATEWAY).keys()]).toEqual([GLOBEX]);
    expect(redis.rechecks).toEqual([]);
    expect(await redis.pass([{ ...acme, enabled: false }, globex])).toEqual(NOTHING);
  });

  it('is undone by enabling: a check soon, and a schedule', async () => {
    const off = { ...acme, enabled: false };
    const redis = await settled([off, globex]);
    expect(redis.records.get('acme')).toMatchObject({ state: 'disabled' });
    const summary = await redis.pass([acme, globex]);
    expect(summary).toEqual({ ...NOTHING, updated: 1, scheduled: { missing: 1 } });
    expect(redis.rechecks).toMatchObject([{ id: 'acme', version: 2 }]);
  });

  it('of the last connection of a gateway drops its queue', async () => {
    const redis = await settled([acme]);
    expect(await redis.pass([{ ...acme, enabled: false }])).toMatchObject({ updated: 1, droppedQueues: 1 });
  });
});

describe('a connection that moves to another gateway', () => {
  it('is scheduled there, leaves no schedule behind, and is checked there soon', async () => {
    const redis = await settled();
    const moved = { ...acme, gateway: GLOBAL };
    const summary = await redis.pass([moved, globex]);
    expect(summary).toEqual({ ...NOTHING, updated: 1, scheduled: { missing: 1 }, unscheduled: 1 });
    expect(redis.runsAt(GLOBAL).has(ACME)).toBe(true);
    expect(redis.runsAt(GATEWAY).has(ACME)).toBe(false);
    expect(redis.rechecks).toMatchObject([{ id: 'acme', queue: checkQueueOf(GLOBAL) }]);
    expect(await redis.pass([moved, globex])).toEqual(NOTHING);
  });

  it('as the last one takes the old queue with it', async () => {
    const redis = await settled([acme]);
    const summary = await redis.pass([{ ...acme, gateway: GLOBAL }]);
    expect(summary).toMatchObject({ updated: 1, droppedQueues: 1 });
    expect(Object.values(redis.queues)).toEqual([GLOBAL]);
  });
});

describe('the watchdog', () => {
  it('makes a schedule again that is gone', async () => {
    const redis = await settled();
    redis.runsAt(GATEWAY).delete(ACME);
    expect(await redis.pass([acme, globex])).toEqual({ ...NOTHING, scheduled: { missing: 1 } });
    expect(redis.changes).toEqual([`schedule ${ACME}`]);
  });

  it('makes a schedule again that has stopped for ever: overdue, and its job is lost', async () => {
    const redis = await settled();
    redis.runsAt(GATEWAY).set(ACME, NOW - 10 * MINUTE);
    redis.lost = [ACME];
    expect(await redis.pass([acme, globex])).toEqual({ ...NOTHING, scheduled: { overdue: 1 } });
  });

  it('leaves a queue that is merely behind alone', async () => {
    const redis = await settled();
    redis.runsAt(GATEWAY).set(ACME, NOW - 10 * MINUTE);
    expect(await redis.pass([acme, globex])).toEqual(NOTHING);
  });

  it('makes a schedule again that a clock which was set back has left far ahead', async () => {
    const redis = await settled();
    redis.runsAt(GATEWAY).set(ACME, NOW + 24 * HOUR);
    expect(await redis.pass([acme, globex])).toEqual({ ...NOTHING, scheduled: { ahead: 1 } });
  });

  it('removes a schedule that no connection wants', async () => {
    const redis = await settled();
    redis.runsAt(GATEWAY).set('slot-60000-7', NOW);
    expect(await redis.pass([acme, globex])).toEqual({ ...NOTHING, unscheduled: 1 });
    expect(redis.changes).toEqual(['unschedule slot-60000-7']);
  });

  it('is the second try of a change that met a check', async () => {
    const redis = await settled();
    const off = { ...acme, enabled: false };
    redis.conflicts.add('acme');
    expect(await redis.pass([off, globex])).toMatchObject({ updated: 0 });
    redis.conflicts.clear();
    expect(await redis.pass([off, globex])).toMatchObject({ updated: 1 });
  });

  it('keeps a record that a check has changed, and its re-check, as they are', async () => {
    const redis = await settled();
    const record = { ...newRecord(GATEWAY, NOW, null), ...live([seen('rejected', 0)]).record };
    redis.records.set('acme', record);
    expect(await redis.pass([acme, globex])).toEqual(NOTHING);
    expect(redis.records.get('acme')).toBe(record);
  });
});
