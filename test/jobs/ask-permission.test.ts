import { describe, expect, it } from '@jest/globals';
import type { ProbeAnswer, ProbeResult } from '../../src/domain/classify-probe.ts';
import type { Probe } from '../../src/domain/connection.ts';
import type { RecordEvent } from '../../src/domain/event.ts';
import { advance } from '../../src/domain/health.ts';
import { advancePermission } from '../../src/domain/permission.ts';
import type { HealthRecord } from '../../src/domain/record.ts';
import { Secret } from '../../src/domain/secret.ts';
import {
  type Admission,
  askPermission,
  type FinishedProbe,
  type PermissionPorts,
} from '../../src/jobs/ask-permission.ts';
import { HOUR, live, MINUTE, POLICY, SECOND, seen, T0 } from '../domain/checks.ts';
import { connectionOf } from './connections.ts';

const DELAY = POLICY.confirmDelayMs;
const probe: Probe = { method: 'GET', path: '/identity/whoami', body: null, intervalMs: HOUR };
const acme = connectionOf('acme', { probe });

function answerOf(result: ProbeResult): ProbeAnswer {
  const denied = result === 'denied';
  return {
    result,
    httpStatus: denied ? 403 : 200,
    code: denied ? 'app_forbidden' : null,
    requestId: null,
  };
}

/** Redis and the API, as far as one probe can tell. */
class World {
  now = T0;
  stored: HealthRecord | null = live([seen('valid', -SECOND)]).record;
  answer: ProbeAnswer | null = answerOf('permitted');
  epoch = 'e1';
  /** What happens while the answer is waited for. */
  meanwhile: (() => void) | null = null;
  readonly events: RecordEvent[] = [];
  readonly rechecks: [string, number, number][] = [];
  readonly finished: FinishedProbe[] = [];
  asked = 0;

  probe = probe;

  /** Probes with the token of a check that began just now. */
  ask(more: Partial<Admission> = {}) {
    const record = this.stored;
    if (record === null) throw new Error('There is no record to start from');
    const admission = { token: new Secret('t'), fingerprint: 'first', epoch: 'e1', wanted: false, ...more };
    return askPermission(acme, this.probe, admission, record, this.ports);
  }

  async askAt(afterMs: number, result: ProbeResult) {
    this.now = T0 + afterMs;
    this.answer = answerOf(result);
    return this.ask();
  }

  readonly ports: PermissionPorts = {
    now: () => this.now,
    settings: () => ({ confirmDelayMs: DELAY }),
    askPermission: async () => {
      this.asked += 1;
      this.meanwhile?.();
      return this.answer;
    },
    probed: (finished) => this.finished.push(finished),
    read: async () => this.stored,
    save: async (_id, before, after, events, epoch) => {
      if (epoch !== this.epoch) return 'other_epoch';
      if (!this.stored) return 'gone';
      if (this.stored.version !== before.version) return 'conflict';
      this.stored = after;
      this.events.push(...events);
      return 'saved';
    },
    scheduleRecheck: async (...recheck) => {
      this.rechecks.push(recheck);
    },
  };
}

describe('a permission probe', () => {
  it('is recorded beside the keys, of which nothing else changes', async () => {
    const world = new World();
    const before = world.stored;
    expect(await world.ask()).toBe('became_permitted');
    const { permission, version, ...rest } = world.stored ?? {};
    expect(permission).toMatchObject({ state: 'permitted', askedAt: T0, call: 'GET /identity/whoami' });
    expect({ ...rest, version: before?.version }).toEqual(before);
    expect(world.events).toMatchObject([{ type: 'permission', from: 'unknown', to: 'permitted', version }]);
  });

  it('is not made before its own interval has passed, unless a person asked', async () => {
    const world = new World();
    await world.ask();
    expect(await world.askAt(10 * MINUTE, 'permitted')).toBe('not_due');
    expect(await world.ask({ wanted: true })).toBe('still_permitted');
    expect(world.asked).toBe(2);
  });

  it('that is denied is asked again quickly, and tells of it when it is denied again', async () => {
    const world = new World();
    expect(await world.askAt(0, 'denied')).toBe('denial_counted');
    expect(world.events).toEqual([]);
    expect(world.rechecks).toEqual([['acme', world.stored?.version, T0 + DELAY]]);
    expect(world.stored?.recheckAt).toBe(T0 + DELAY);

    expect(await world.askAt(DELAY, 'denied')).toBe('denial_confirmed');
    expect(world.events).toMatchObject([
      {
        type: 'permission',
        at: T0 + DELAY,
        from: 'unknown',
        to: 'denied',
        denials: 2,
        permittedAt: null,
        evidence: { verdict: 'valid', httpStatus: 403, code: 'app_forbidden', call: 'GET /identity/whoami' },
        connection: { id: 'acme', tenant: 'acme Corp' },
        channels: null,
      },
    ]);
    expect(world.rechecks).toHaveLength(1);
  });

  it('that asks another call tells of its denial too, once it is sure of it, and not again', async () => {
    const world = new World();
    await world.askAt(0, 'denied');
    await world.askAt(DELAY, 'denied');
    world.probe = { ...probe, path: '/other' };
    await world.askAt(MINUTE, 'denied');
    expect(world.events).toHaveLength(1);
    expect(await world.askAt(MINUTE + DELAY, 'denied')).toBe('denial_confirmed');
    expect(world.events.slice(1)).toMatchObject([
      {
        at: T0 + MINUTE + DELAY,
        from: 'denied',
        to: 'denied',
        denials: 2,
        evidence: { call: 'GET /other', httpStatus: 403 },
      },
    ]);
    expect(world.stored?.permission).toMatchObject({ state: 'denied', since: T0 + DELAY });
    expect(await world.askAt(2 * HOUR, 'denied')).toBe('denial_repeated');
    expect(world.events).toHaveLength(2);
  });

  it('orders no re-check beside one that is ordered already', async () => {
    const world = new World();
    const suspect = live([seen('valid', -MINUTE), seen('rejected', -SECOND)]).record;
    world.meanwhile = () => {
      world.stored = suspect;
    };
    expect(await world.askAt(0, 'denied')).toBe('denial_counted');
    expect(world.stored).toMatchObject({ state: 'suspect', recheckAt: T0 - SECOND + DELAY, rejections: 1 });
    expect(world.rechecks).toEqual([]);
  });

  it('keeps what a check found while it was waited for', async () => {
    const world = new World();
    world.meanwhile = () => {
      const { record } = advance(world.stored as HealthRecord, seen('rejected', 0), POLICY, T0);
      world.stored = record;
    };
    expect(await world.ask()).toBe('became_permitted');
    expect(world.stored).toMatchObject({ state: 'suspect', permission: { state: 'permitted' } });
  });

  it('is dropped when the secret was replaced meanwhile: it was about the other one', async () => {
    const world = new World();
    world.meanwhile = () => {
      world.stored = live([seen('valid', -SECOND), seen('valid', 0, {}, 'second')]).record;
    };
    expect(await world.ask()).toBe('previous_secret');
    expect(world.stored?.permission).toBeUndefined();
  });

  it('is dropped when the connection was disabled meanwhile', async () => {
    const world = new World();
    world.meanwhile = () => {
      world.stored = { ...(world.stored as HealthRecord), version: 9, state: 'disabled' };
    };
    expect(await world.ask()).toBe('disabled');
    expect(world.stored?.permission).toBeUndefined();
  });

  it('that was overtaken by a later one is dropped', async () => {
    const world = new World();
    world.meanwhile = () => {
      const later = { startedAt: T0 + 1, call: 'GET /identity/whoami', answer: answerOf('permitted') };
      const { permission } = advancePermission(undefined, later, DELAY, T0 + 1);
      world.stored = { ...(world.stored as HealthRecord), version: 9, permission };
    };
    expect(await world.askAt(0, 'denied')).toBe('out_of_order');
    expect(world.stored).toMatchObject({ version: 9, permission: { denials: 0 } });
  });

  it('stays due when too many are under way', async () => {
    const world = new World();
    world.answer = null;
    expect(await world.ask()).toBe('busy');
    expect(world.finished).toEqual([]);
    expect(await world.askAt(SECOND, 'permitted')).toBe('became_permitted');
  });

  it('is lost with a record that is gone, and with a Redis that was emptied', async () => {
    const world = new World();
    world.meanwhile = () => {
      world.stored = null;
    };
    expect(await world.ask()).toBe('no_record');
    const other = new World();
    other.epoch = 'e2';
    expect(await other.ask()).toBe('redis_was_emptied');
    expect([...world.finished, ...other.finished]).toEqual([]);
  });

  it('tells what the one before it answered, so that the same is not logged for ever', async () => {
    const world = new World();
    await world.askAt(0, 'wrong_endpoint');
    await world.askAt(HOUR, 'wrong_endpoint');
    expect(world.finished).toMatchObject([
      { reason: 'unknown', previous: null, answer: { result: 'wrong_endpoint' } },
      { reason: 'unknown', previous: { result: 'wrong_endpoint' } },
    ]);
  });

  it('writes its token nowhere', async () => {
    const world = new World();
    const token = new Secret('tok3n-value');
    for (const at of [0, DELAY]) {
      world.now = T0 + at;
      world.answer = answerOf('denied');
      await world.ask({ token });
    }
    expect(JSON.stringify([world.stored, world.events, world.finished])).not.toContain('tok3n-value');
  });
});
