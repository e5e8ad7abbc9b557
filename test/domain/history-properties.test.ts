import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Observation } from '../../src/domain/health.ts';
import type { Notification } from '../../src/domain/notification.ts';
import { isConfirmed } from '../../src/domain/state.ts';
import { certaintyOf } from '../../src/domain/verdict.ts';
import { Desk, GATEWAY } from './desk.ts';
import { check, type Happening, HISTORY_POLICY, history, keptBy, Monitored } from './history.ts';
import { Model } from './model.ts';

const RUNS = { numRuns: 400 };

function lived(happenings: readonly Happening[]): Monitored {
  const monitored = new Monitored();
  for (const happening of happenings) monitored.apply(happening);
  return monitored;
}

describe('any history of one connection', () => {
  it('leads to the state, the count and the open incident that the sentences of the contract lead to', () => {
    fc.assert(
      fc.property(history, (happenings) => {
        const monitored = new Monitored();
        const office = new Desk({ issuing: new Set([GATEWAY]), channels: ['soc'] });
        const model = new Model();
        for (const happening of happenings) {
          monitored.apply(happening);
          office.happen(...monitored.events.splice(0));
          model.happen(happening, monitored.now);
          const { state, rejections } = monitored.record;
          const open = office.open.map(({ kind, severity }) => ({ kind, critical: severity === 'critical' }));
          const expected = model.incident && { kind: model.incident, critical: model.critical };
          expect({ state, rejections, open }).toEqual({
            state: model.state,
            rejections: model.counted.length,
            open: expected ? [expected] : [],
          });
        }
      }),
      RUNS,
    );
  });

  it('never opens a second incident before the first is resolved, and resolves each exactly once', () => {
    fc.assert(
      fc.property(history, (happenings) => {
        const office = keptBy(lived(happenings).events);
        expectProtocol(office.sent.map(({ notification }) => notification));
        expect(office.open.length).toBeLessThanOrEqual(1);
      }),
      RUNS,
    );
  });

  it('is decided alike in whatever batches the keeper reads it', () => {
    fc.assert(
      fc.property(history, fc.array(fc.integer({ min: 1, max: 6 })), (happenings, sizes) => {
        const { events } = lived(happenings);
        const whole = keptBy(events, () => events.length);
        const pieces = keptBy(events, () => sizes.shift() ?? 3);
        expect(troubles(pieces)).toEqual(troubles(whole));
      }),
      RUNS,
    );
  });

  it('raises the version by exactly one with every saved change, and keeps the very record otherwise', () => {
    fc.assert(
      fc.property(history, (happenings) => {
        const monitored = new Monitored();
        for (const happening of happenings) {
          const before = monitored.record;
          monitored.apply(happening);
          const { record } = monitored;
          if (record !== before) expect(record.version).toBe(before.version + 1);
          for (const event of monitored.events.splice(0)) {
            if (event.type === 'state') expect(event.version).toBe(record.version);
          }
        }
      }),
      RUNS,
    );
  });

  it('chains its transitions: each begins in the state in which the one before ended', () => {
    fc.assert(
      fc.property(history, (happenings) => {
        const monitored = lived(happenings);
        let state: string = 'pending';
        for (const event of monitored.events) {
          if (event.type !== 'state') continue;
          expect(event.from).toBe(state);
          state = event.to;
        }
        expect(monitored.record.state).toBe(state);
      }),
      RUNS,
    );
  });

  it('counts no two rejections that are less than confirmDelay apart', () => {
    fc.assert(
      fc.property(history, (happenings) => {
        const monitored = new Monitored();
        let last: number | null = null;
        for (const happening of happenings) {
          const before = monitored.record;
          monitored.apply(happening);
          const { rejections, lastCountedAt } = monitored.record;
          expect(rejections - before.rejections).toBeLessThanOrEqual(1);
          if (rejections > before.rejections && before.rejections > 0 && last !== null) {
            expect((lastCountedAt ?? 0) - last).toBeGreaterThanOrEqual(HISTORY_POLICY.confirmDelayMs);
          }
          last = lastCountedAt;
        }
      }),
      RUNS,
    );
  });
});

describe('after any history', () => {
  it('an unknown verdict about the same secret changes no count and ends no confirmed state', () => {
    fc.assert(
      fc.property(history, fc.array(check, { minLength: 1, maxLength: 20 }), (happenings, more) => {
        const monitored = lived(happenings);
        for (const happening of more) {
          if (happening.kind !== 'check') continue;
          const { observation } = happening;
          if (certaintyOf(observation.result.verdict) !== 'unknown') continue;
          const before = monitored.record;
          const fingerprint = observation.fingerprint && before.fingerprint;
          monitored.apply({ ...happening, observation: { ...observation, fingerprint } });
          const { rejections, lastCountedAt, state, evidence, lastSuccessAt } = monitored.record;
          expect({ rejections, lastCountedAt, lastSuccessAt }).toEqual({
            rejections: before.rejections,
            lastCountedAt: before.lastCountedAt,
            lastSuccessAt: before.lastSuccessAt,
          });
          if (isConfirmed(before.state)) {
            expect({ state, evidence }).toEqual({ state: before.state, evidence: before.evidence });
          }
        }
      }),
      RUNS,
    );
  });

  it('a confirmed state is left by one verdict only for healthy, for another cause, or by a new secret', () => {
    fc.assert(
      fc.property(history, (happenings) => {
        const monitored = new Monitored();
        for (const happening of happenings) {
          const { state, fingerprint, rejections } = monitored.record;
          monitored.apply(happening);
          const left = monitored.record;
          if (!isConfirmed(state) || isConfirmed(left.state) || happening.kind !== 'check') continue;
          const newSecret = left.fingerprint !== fingerprint || rejections === 0;
          expect(left.state === 'healthy' || newSecret).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it('verdicts that are replayed or come in late change nothing, as the very same record', () => {
    fc.assert(
      fc.property(history, fc.array(fc.nat()), (happenings, picks) => {
        const monitored = lived(happenings);
        const { record, checks } = monitored;
        const newest = record.lastCheckAt ?? Number.NEGATIVE_INFINITY;
        for (const pick of picks) {
          const old: Observation | undefined = checks[pick % Math.max(1, checks.length)];
          if (!old || old.startedAt > newest) continue;
          const step = monitored.observe(old);
          expect(step.record).toBe(record);
          expect(step.transitions).toEqual([]);
        }
      }),
      RUNS,
    );
  });

  it('replays in the middle of a history leave its end as it was', () => {
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.nat(3)), (happenings, dice) => {
        const plain = lived(happenings);
        const noisy = new Monitored();
        for (const happening of happenings) {
          noisy.apply(happening);
          const newest = noisy.record.lastCheckAt ?? Number.NEGATIVE_INFINITY;
          const repeats = dice.next().value ?? 0;
          for (const old of noisy.checks.slice(-repeats - 1)) {
            if (old.startedAt <= newest) noisy.observe(old);
          }
        }
        expect(noisy.record).toEqual(plain.record);
        expect(noisy.events).toEqual(plain.events);
      }),
      RUNS,
    );
  });

  it('a token ends every trouble, whatever came before', () => {
    fc.assert(
      fc.property(history, (happenings) => {
        const all = [...happenings, { kind: 'enable', waitMs: 10 * 60_000 } as const];
        const monitored = lived(all);
        monitored.apply({
          kind: 'check',
          waitMs: 10 * 60_000,
          observation: { fingerprint: 'new', result: { ...VALID } },
        });
        const office = keptBy(monitored.events);
        expect(monitored.record.state).toBe('healthy');
        expect(office.open).toEqual([]);
      }),
      RUNS,
    );
  });
});

const VALID: Observation['result'] = {
  verdict: 'valid',
  httpStatus: 200,
  code: null,
  message: null,
  requestId: null,
  tokenLifetimeSeconds: 1_799,
  retryAfterMs: null,
};

/** What was wrong and when, whoever was told of it and when. */
function troubles(desk: Desk) {
  return [...desk.over, ...desk.open]
    .map(({ id, kind, cause, severity, evidence, startedAt, resolvedAt, resolution }) => ({
      ...{ id, kind, cause, severity, evidence, startedAt, resolvedAt, resolution },
    }))
    .sort((a, b) => a.id.localeCompare(b.id));
}

/** Per kind: firing, perhaps firing again in the same incident, then resolved, then a new incident at the earliest. */
function expectProtocol(notifications: readonly Notification[]): void {
  const open = new Map<string, string>();
  const ended = new Set<string>();
  const ids = new Set<string>();
  for (const { id, incident, kind, status, startedAt, occurredAt } of notifications) {
    expect(ids.has(id)).toBe(false);
    ids.add(id);
    expect(id).not.toContain(':');
    expect(incident.startsWith('e1-')).toBe(true);
    expect(startedAt <= occurredAt).toBe(true);
    expect(ended.has(incident)).toBe(false);
    if (status === 'firing') {
      expect(open.get(kind) ?? incident).toBe(incident);
      open.set(kind, incident);
      continue;
    }
    expect(open.get(kind)).toBe(incident);
    if (status === 'reminder') continue;
    open.delete(kind);
    ended.add(incident);
  }
}
