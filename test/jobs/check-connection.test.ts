import { describe, expect, it } from '@jest/globals';
import type { ProbeAnswer } from '../../src/domain/classify-probe.ts';
import type { Connection } from '../../src/domain/connection.ts';
import type { RecordEvent } from '../../src/domain/event.ts';
import { advance, type Observation } from '../../src/domain/health.ts';
import type { HealthRecord } from '../../src/domain/record.ts';
import { Secret } from '../../src/domain/secret.ts';
import type { FinishedProbe } from '../../src/jobs/ask-permission.ts';
import {
  type CheckOrder,
  type CheckPorts,
  checkConnection,
  type FinishedCheck,
} from '../../src/jobs/check-connection.ts';
import { fresh, GATEWAY, HOUR, live, MINUTE, POLICY, SECOND, seen, T0 } from '../domain/checks.ts';
import { connectionOf } from './connections.ts';

/** Redis and the gateway, as far as one check can tell. */
class World {
  now = T0;
  connection: Connection | undefined = connectionOf('acme');
  stored: HealthRecord | null = fresh();
  /** What this process goes by, and what Redis holds. */
  epoch = 'e1';
  storedEpoch = 'e1';
  answer: Observation = seen('valid', 0);
  token: Secret | null = null;
  crowding = 1;
  permission: ProbeAnswer | null = null;
  readonly asked: Secret[] = [];
  readonly probes: FinishedProbe[] = [];
  /** What somebody else does between our read and our write; each is done once. */
  meanwhile: ((world: World) => void)[] = [];
  readonly events: RecordEvent[] = [];
  readonly rechecks: [string, number, number][] = [];
  readonly slowed: number[] = [];
  readonly observed: FinishedCheck[] = [];
  readonly fresh: boolean[] = [];

  check(trigger: CheckOrder['trigger'] = 'schedule', dueAt = this.now, gateway = GATEWAY) {
    return checkConnection({ id: 'acme', trigger, dueAt }, gateway, this.ports);
  }

  readonly ports: CheckPorts = {
    now: () => this.now,
    find: () => this.connection,
    settings: () => ({
      codes: { rejected: [], forbidden: [], expired: [] },
      confirmDelayMs: POLICY.confirmDelayMs,
      unverifiableAfterMs: POLICY.unverifiableAfterMs,
    }),
    crowding: () => this.crowding,
    probe: async (_connection, isFresh) => {
      this.fresh.push(isFresh);
      return { observation: this.answer, epoch: this.epoch, token: this.token };
    },
    confirmIdentity: async () => {
      this.epoch = this.storedEpoch;
    },
    read: async () => this.stored,
    save: async (_id, before, after, events, epoch) => {
      this.meanwhile.shift()?.(this);
      if (epoch !== this.storedEpoch) return 'other_epoch';
      if (!this.stored) return 'gone';
      if (this.stored.version !== before.version) return 'conflict';
      this.stored = after;
      this.events.push(...events);
      return 'saved';
    },
    scheduleRecheck: async (...recheck) => {
      this.rechecks.push(recheck);
    },
    slowDown: async (_connection, waitMs) => {
      this.slowed.push(waitMs);
    },
    observed: (check) => this.observed.push(check),
    askPermission: async (_connection, _probe, token) => {
      this.asked.push(token);
      return this.permission;
    },
    probed: (finished) => this.probes.push(finished),
  };
}

describe('a check', () => {
  it('saves what it found with the change of state it made, in one go', async () => {
    const world = new World();
    expect(await world.check()).toMatchObject({ kind: 'checked', reason: 'became_valid' });
    expect(world.stored).toMatchObject({ state: 'healthy', version: 2 });
    expect(world.events).toMatchObject([
      {
        type: 'state',
        from: 'pending',
        to: 'healthy',
        version: 2,
        connection: { id: 'acme', tenant: 'acme Corp', gateway: GATEWAY, labels: { tier: 'gold' } },
        channels: null,
      },
    ]);
  });

  it('puts nothing of the keys or of where they are kept into what it writes', async () => {
    const world = new World();
    world.answer = seen('rejected', 0);
    await world.check();
    const written = JSON.stringify([world.stored, world.events, world.rechecks]);
    expect(written).not.toMatch(/client|secret(?!_)|ACME_SECRET/i);
  });

  it('orders a quick re-check of a rejection, under the version that wants it', async () => {
    const world = new World();
    world.answer = seen('rejected', 0);
    await world.check();
    expect(world.rechecks).toEqual([['acme', 2, T0 + 15 * SECOND]]);
  });

  it('orders none of what is healthy', async () => {
    const world = new World();
    await world.check();
    expect(world.rechecks).toEqual([]);
  });

  it('reads the secret anew while a rejection waits to be confirmed: it may have been rotated', async () => {
    const world = new World();
    await world.check();
    world.stored = live([seen('rejected', 0)]).record;
    world.now = T0 + MINUTE;
    world.answer = seen('rejected', MINUTE);
    await world.check();
    expect(world.fresh).toEqual([false, true]);
  });

  it('reads the secret anew when a person asks', async () => {
    const world = new World();
    await world.check('manual');
    world.now = T0 + MINUTE;
    await world.check('schedule');
    expect(world.fresh).toEqual([true, false]);
  });

  it('saves nothing into a Redis that was emptied meanwhile, and goes by its new identity from then on', async () => {
    const world = new World();
    world.storedEpoch = 'e2';
    expect(await world.check()).toEqual({ kind: 'skipped', reason: 'redis_was_emptied' });
    expect(world.stored).toEqual(fresh());
    expect(world.observed).toEqual([]);
    expect(await world.check()).toMatchObject({ kind: 'checked', reason: 'became_valid' });
  });

  it('is measured: how late it began, how long the exchange took', async () => {
    const world = new World();
    world.answer = seen('valid', 2_000);
    world.now = T0 + 2_500;
    await world.check('schedule', T0 + 500);
    expect(world.observed).toMatchObject([{ durationMs: 500, latenessMs: 2_000, reason: 'became_valid' }]);
  });

  it.each([
    [1, 'healthy'],
    [4, 'unverifiable'],
  ])(
    'of a gateway that is crowded %d times, late by as much, leaves the connection %s',
    async (crowding, state) => {
      const world = new World();
      world.crowding = crowding;
      await world.check();
      for (const minutes of [20, 40, 60]) {
        world.now = T0 + minutes * MINUTE;
        world.answer = seen('auth_uncertain', minutes * MINUTE);
        await world.check();
      }
      expect(world.stored).toMatchObject({ state });
    },
  );

  it('passes a wait that a gateway asked for on, once', async () => {
    const world = new World();
    world.answer = seen('rate_limited', 0, { retryAfterMs: 7_000 });
    await world.check();
    expect(world.slowed).toEqual([7_000]);
  });

  it('fails only when the monitor is broken', async () => {
    const world = new World();
    const broken = { ...world.ports, read: () => Promise.reject(new Error('Redis is gone')) };
    const order = { id: 'acme', trigger: 'manual', dueAt: T0 } as const;
    await expect(checkConnection(order, GATEWAY, broken)).rejects.toThrow('Redis is gone');
  });
});

describe('a check that is not wanted', () => {
  const unasked = async (world: World, ...order: Parameters<World['check']>) => {
    const ending = await world.check(...order);
    expect(world.fresh).toEqual([]);
    expect(world.observed).toEqual([]);
    return ending;
  };

  it('because the connection is gone from the config sends nothing', async () => {
    const world = new World();
    world.connection = undefined;
    expect(await unasked(world)).toEqual({ kind: 'skipped', reason: 'gone' });
  });

  it('because the connection is disabled sends nothing', async () => {
    const world = new World();
    world.connection = connectionOf('acme', { enabled: false });
    expect(await unasked(world)).toEqual({ kind: 'skipped', reason: 'disabled' });
  });

  it('because the connection belongs to another gateway now sends nothing', async () => {
    const world = new World();
    expect(await unasked(world, 'schedule', T0, 'https://api.services.mimecast.com')).toEqual({
      kind: 'skipped',
      reason: 'moved',
    });
  });

  it('because nothing is registered sends nothing and creates nothing', async () => {
    const world = new World();
    world.stored = null;
    expect(await unasked(world)).toEqual({ kind: 'skipped', reason: 'no_record' });
    expect(world.stored).toBeNull();
  });

  it('because a later check took its place sends nothing', async () => {
    const world = new World();
    world.stored = live([seen('rejected', 0)]).record;
    expect(await unasked(world, 'recheck', T0 + 14 * SECOND)).toEqual({
      kind: 'skipped',
      reason: 'obsolete',
    });
  });

  it('because it was made since it fell due sends nothing on schedule, but does by hand', async () => {
    const world = new World();
    world.stored = live([seen('valid', 2 * SECOND)]).record;
    world.now = T0 + 3 * SECOND;
    const dueAt = T0 + 2 * SECOND;
    expect(await unasked(world, 'schedule', dueAt)).toEqual({ kind: 'skipped', reason: 'obsolete' });
    world.answer = seen('valid', 3 * SECOND);
    expect(await world.check('manual', dueAt)).toMatchObject({ kind: 'checked' });
    world.now = T0 + 5 * MINUTE;
    world.answer = seen('valid', 5 * MINUTE);
    expect(await world.check('schedule', dueAt + 2 * SECOND)).toMatchObject({ kind: 'checked' });
  });

  it('is wanted all the same where the check since was made before the clock was set back', async () => {
    const world = new World();
    world.stored = live([seen('valid', HOUR)]).record;
    world.now = T0 + MINUTE;
    world.answer = seen('valid', MINUTE);
    expect(await world.check('schedule', T0 + MINUTE)).toMatchObject({ kind: 'checked' });
  });

  it('because the gateway asked to wait sends nothing on schedule, but does by hand', async () => {
    const world = new World();
    world.stored = live([seen('rate_limited', 0, { retryAfterMs: 10 * MINUTE })]).record;
    world.now = T0 + 5 * MINUTE;
    expect(await unasked(world)).toEqual({ kind: 'skipped', reason: 'gateway_asked_to_wait' });
    world.answer = seen('valid', 5 * MINUTE);
    expect(await world.check('manual')).toMatchObject({ kind: 'checked' });
  });

  it('is wanted all the same where the gateway asked to wait before the clock was set back', async () => {
    const world = new World();
    world.stored = live([seen('rate_limited', HOUR, { retryAfterMs: MINUTE })]).record;
    world.now = T0 + MINUTE;
    world.answer = seen('valid', MINUTE);
    expect(await world.check('schedule', T0 + MINUTE)).toMatchObject({ kind: 'checked' });
  });
});

describe('a check with a token to probe with', () => {
  const probe = { method: 'GET', path: '/identity/whoami', body: null, intervalMs: HOUR } as const;
  const denied = { result: 'denied', httpStatus: 403, code: 'app_forbidden', requestId: null } as const;
  function probing(): World {
    const world = new World();
    world.connection = connectionOf('acme', { probe });
    world.token = new Secret('tok3n-value');
    world.permission = denied;
    return world;
  }

  it('records the keys first, then what was answered to the probe', async () => {
    const world = probing();
    expect(await world.check()).toMatchObject({ kind: 'checked', reason: 'became_valid' });
    expect(world.asked).toHaveLength(1);
    expect(world.events).toMatchObject([{ type: 'state', to: 'healthy', version: 2 }]);
    expect(world.stored).toMatchObject({ state: 'healthy', version: 3, permission: { denials: 1 } });
  });

  it('probes with a token only that proved the present secret', async () => {
    const refused = probing();
    refused.answer = seen('rejected', 0);
    await refused.check();
    const late = probing();
    late.stored = live([seen('valid', SECOND)]).record;
    await late.check();
    const unprobed = probing();
    unprobed.connection = connectionOf('acme');
    await unprobed.check();
    expect([...refused.asked, ...late.asked, ...unprobed.asked]).toEqual([]);
  });

  it('probes before its time when a person asks, but not because the keeper looks', async () => {
    const world = probing();
    world.permission = { ...denied, result: 'permitted' };
    await world.check();
    for (const [trigger, asked] of [
      ['schedule', 1],
      ['look', 1],
      ['manual', 2],
    ] as const) {
      world.now += MINUTE;
      world.answer = seen('valid', world.now - T0);
      await world.check(trigger);
      expect([trigger, world.asked.length]).toEqual([trigger, asked]);
    }
  });

  it('asks about a new secret at once, and keeps a denial until it is answered for sure', async () => {
    const world = probing();
    await world.check();
    world.now = T0 + 15 * SECOND;
    world.answer = seen('valid', 15 * SECOND);
    await world.check('recheck', T0 + 15 * SECOND);
    expect(world.stored?.permission).toMatchObject({ state: 'denied', denials: 2 });
    world.now = T0 + MINUTE;
    world.answer = seen('valid', MINUTE, {}, 'second');
    await world.check();
    expect(world.stored?.permission).toMatchObject({ state: 'denied', denials: 1 });
    expect(world.asked).toHaveLength(3);
  });
});

describe('a re-check', () => {
  it('is made by the order that the record asked for', async () => {
    const world = new World();
    world.stored = live([seen('rejected', 0)]).record;
    world.answer = seen('rejected', 15 * SECOND);
    expect(await world.check('recheck', T0 + 15 * SECOND)).toMatchObject({ reason: 'rejection_counted' });
  });
});

describe('a check that meets another one', () => {
  it('starts from what the other wrote, and counts once', async () => {
    const world = new World();
    world.answer = seen('rejected', 20 * SECOND);
    world.meanwhile = [
      (other) => {
        other.stored = advance(other.stored ?? fresh(), seen('rejected', 0), POLICY, T0).record;
      },
    ];
    expect(await world.check()).toMatchObject({ reason: 'rejection_counted' });
    expect(world.stored).toMatchObject({ rejections: 2, version: 3 });
  });

  it('is dropped when the other began later', async () => {
    const world = new World();
    world.answer = seen('rejected', 0);
    world.meanwhile = [
      (other) => {
        other.stored = advance(other.stored ?? fresh(), seen('valid', SECOND), POLICY, T0 + SECOND).record;
      },
    ];
    expect(await world.check()).toMatchObject({ reason: 'out_of_order' });
    expect(world.stored).toMatchObject({ state: 'healthy', version: 2 });
    expect(world.events).toEqual([]);
  });

  it('leaves nothing when the connection is removed under it', async () => {
    const world = new World();
    world.meanwhile = [
      (other) => {
        other.stored = null;
      },
    ];
    expect(await world.check()).toEqual({ kind: 'skipped', reason: 'no_record' });
    expect(world.stored).toBeNull();
  });

  it('gives up loudly when the record never holds still', async () => {
    const world = new World();
    const bump = (other: World) => {
      const record = other.stored ?? fresh();
      other.stored = { ...record, version: record.version + 1 };
    };
    world.meanwhile = Array.from({ length: 20 }, () => bump);
    await expect(world.check()).rejects.toThrow('The record of acme changed 5 times');
  });
});

describe('a check of what was disabled meanwhile', () => {
  it('drops its verdict', async () => {
    const world = new World();
    world.stored = { ...fresh(), state: 'disabled' };
    expect(await world.check()).toMatchObject({ reason: 'disabled' });
    expect(world.events).toEqual([]);
  });
});
