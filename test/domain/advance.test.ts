import { describe, expect, it } from '@jest/globals';
import { advance, type Observation } from '../../src/domain/health.ts';
import { certaintyOf, VERDICTS } from '../../src/domain/verdict.ts';
import { fresh, HOUR, live, MINUTE, POLICY, revoked, SECOND, seen, T0, unknownCode } from './checks.ts';

const UNKNOWN = VERDICTS.filter((verdict) => certaintyOf(verdict) === 'unknown');

describe('a secret that works', () => {
  it('is healthy from its first token on, and says so once', () => {
    const { record, transitions, reasons } = live([seen('valid', 0), seen('valid', 5 * MINUTE)]);
    expect(record).toMatchObject({
      state: 'healthy',
      since: T0,
      lastSuccessAt: T0 + 5 * MINUTE,
      tokenLifetimeSeconds: 1_799,
      recheckAt: null,
      version: 3,
    });
    expect(transitions).toMatchObject([
      { from: 'pending', to: 'healthy', reason: 'first_success', version: 2 },
    ]);
    expect(reasons).toEqual(['became_valid', 'still_valid']);
  });

  it('is suspect after one rejection, re-checked after confirmDelay, and forgets it with the next token', () => {
    const doubt = live([seen('valid', -MINUTE), seen('rejected', 0)]);
    expect(doubt.record).toMatchObject({ state: 'suspect', rejections: 1, recheckAt: T0 + 15 * SECOND });
    const over = live([seen('valid', 15 * SECOND)], POLICY, doubt.record);
    expect(over.record).toMatchObject({
      state: 'healthy',
      rejections: 0,
      lastCountedAt: null,
      recheckAt: null,
    });
    expect(over.transitions).toMatchObject([{ from: 'suspect', to: 'healthy', reason: 'recovered' }]);
  });

  it('is confirmed revoked by three rejections, confirmDelay apart: within 30 seconds of the first', () => {
    const { record, transitions } = live([
      seen('valid', -MINUTE),
      seen('rejected', 0),
      seen('rejected', 15 * SECOND),
      seen('rejected', 30 * SECOND, { code: 'InvalidClientIdentifier', requestId: 'r-1' }),
    ]);
    expect(record).toMatchObject({
      state: 'revoked',
      since: T0 + 30 * SECOND,
      rejections: 3,
      recheckAt: null,
    });
    expect(transitions.slice(1)).toMatchObject([
      { from: 'healthy', to: 'suspect', reason: 'first_rejection', rejections: 1 },
      {
        from: 'suspect',
        to: 'revoked',
        reason: 'rejection_confirmed',
        rejections: 3,
        lastSuccessAt: T0 - MINUTE,
        evidence: { verdict: 'rejected', httpStatus: 401, code: 'InvalidClientIdentifier', requestId: 'r-1' },
      },
    ]);
  });

  it('needs as many rejections as its own policy says', () => {
    const two = { ...POLICY, confirmations: 2 };
    expect(live([seen('rejected', 0), seen('rejected', MINUTE)], two).record.state).toBe('never_valid');
    const five = { ...POLICY, confirmations: 5 };
    const four = [0, 1, 2, 3].map((at) => seen('rejected', at * MINUTE));
    expect(live(four, five).record).toMatchObject({ state: 'suspect', rejections: 4 });
  });
});

describe('the name of a confirmed rejection', () => {
  const past = { ...POLICY, secretExpiresAt: T0 };
  const future = { ...POLICY, secretExpiresAt: T0 + HOUR };
  const atLast = { ...POLICY, secretExpiresAt: T0 + 2 * MINUTE };
  it.each([
    ['revoked', 'rejected', true, POLICY],
    ['never_valid', 'rejected', false, POLICY],
    ['expired', 'rejected', true, past],
    ['expired', 'rejected', false, past],
    ['revoked', 'rejected', true, future],
    ['expired', 'rejected', true, atLast],
    ['expired', 'key_expired', true, POLICY],
    ['expired', 'key_expired', false, POLICY],
    ['forbidden', 'forbidden', true, POLICY],
    ['forbidden', 'forbidden', false, POLICY],
    ['forbidden', 'forbidden', true, past],
  ] as const)('is %s after %s (valid before: %s)', (state, verdict, wasValid, policy) => {
    const before: Observation[] = wasValid ? [seen('valid', -MINUTE)] : [];
    const refusals = [0, 1, 2].map((at) => seen(verdict, at * MINUTE));
    expect(live([...before, ...refusals], policy).record.state).toBe(state);
  });

  it('is given by the confirming verdict, whatever the earlier ones were', () => {
    const mixed = [seen('valid', -MINUTE), seen('forbidden', 0), seen('key_expired', MINUTE)];
    expect(live([...mixed, seen('rejected', 2 * MINUTE)]).record.state).toBe('revoked');
  });

  it('changes quietly, in one transition, when another kind of refusal comes', () => {
    const { record, transitions } = live(
      [seen('forbidden', HOUR), seen('forbidden', 2 * HOUR)],
      POLICY,
      revoked(),
    );
    expect(record.state).toBe('forbidden');
    expect(transitions).toMatchObject([{ from: 'revoked', to: 'forbidden', reason: 'cause_changed' }]);
  });

  it('does not become expired because the declared date goes by', () => {
    const policy = { ...POLICY, secretExpiresAt: T0 + HOUR };
    const { record, transitions } = live([seen('rejected', 2 * HOUR)], policy, revoked());
    expect(record.state).toBe('revoked');
    expect(transitions).toEqual([]);
  });
});

describe('an unknown verdict', () => {
  it.each(UNKNOWN)('%s neither counts as a rejection nor clears one', (verdict) => {
    const doubt = live([seen('valid', -MINUTE), seen('rejected', 0)]).record;
    const { record, transitions } = live([seen(verdict, MINUTE)], POLICY, doubt);
    expect(record).toMatchObject({ state: 'suspect', rejections: 1, lastCountedAt: T0 });
    expect(transitions).toEqual([]);
    const confirmed = live([seen('rejected', 2 * MINUTE), seen('rejected', 3 * MINUTE)], POLICY, record);
    expect(confirmed.record).toMatchObject({ state: 'revoked', rejections: 3 });
  });

  it.each(UNKNOWN)(
    '%s leaves a confirmed rejection and its proof alone, however often it comes',
    (verdict) => {
      const before = revoked();
      const days = Array.from({ length: 600 }, (_, i) =>
        seen(verdict, HOUR + i * 5 * MINUTE, { code: 'other' }),
      );
      const { record, transitions } = live(days, POLICY, before);
      expect(record).toMatchObject({ state: 'revoked', since: before.since, rejections: 3 });
      expect(record.evidence).toEqual(before.evidence);
      expect(transitions).toEqual([]);
    },
  );

  it('is followed by re-checks that back off up to the interval while a rejection waits', () => {
    let at = 0;
    let record = live([seen('rejected', 0)]).record;
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      at = (record.recheckAt ?? 0) - T0;
      record = live([seen('timeout', at)], POLICY, record).record;
      waits.push(((record.recheckAt ?? 0) - T0 - at) / SECOND);
    }
    expect(waits).toEqual([30, 60, 120, 240, 300, 300, 300, 300]);
    const counted = live([seen('rejected', at + 5 * MINUTE)], POLICY, record).record;
    expect(counted.recheckAt).toBe(T0 + at + 5 * MINUTE + 15 * SECOND);
    // A counted rejection starts the backing off from its beginning.
    const next = live([seen('timeout', at + 6 * MINUTE)], POLICY, counted).record;
    expect(next.recheckAt).toBe(T0 + at + 6 * MINUTE + 30 * SECOND);
  });

  it('of an impatient manual check does not put the planned re-check off', () => {
    const doubt = live([seen('rejected', 0)]).record;
    const { record } = live([seen('timeout', SECOND), seen('timeout', 2 * SECOND)], POLICY, doubt);
    expect(record.recheckAt).toBe(T0 + 15 * SECOND);
  });

  it('is the latest proof of what is not confirmed', () => {
    const { record } = live([seen('valid', 0), seen('gateway_error', MINUTE, { code: 'err_x' })]);
    expect(record.evidence).toEqual({
      verdict: 'gateway_error',
      httpStatus: 503,
      code: 'err_x',
      requestId: null,
    });
  });

  it('starts no quick re-checks by itself', () => {
    expect(live([seen('timeout', 0), seen('timeout', MINUTE)]).record.recheckAt).toBeNull();
    expect(live([seen('timeout', HOUR)], POLICY, revoked()).record.recheckAt).toBeNull();
  });
});

describe('a rejection', () => {
  it('counts only confirmDelay after the last one that counted', () => {
    const times = [0, 5, 14.999, 15, 16, 29.999, 30].map((at) => seen('rejected', at * SECOND));
    const { record, reasons } = live(times, { ...POLICY, confirmations: 10 });
    expect(record.rejections).toBe(3);
    expect(reasons).toEqual([
      'rejection_counted',
      'too_soon_to_count',
      'too_soon_to_count',
      'rejection_counted',
      'too_soon_to_count',
      'too_soon_to_count',
      'rejection_counted',
    ]);
    expect(record.recheckAt).toBe(T0 + 45 * SECOND);
  });

  it('that comes too soon leaves the planned re-check where it is', () => {
    const { record } = live([seen('rejected', 0), seen('rejected', 5 * SECOND)]);
    expect(record.recheckAt).toBe(T0 + 15 * SECOND);
  });

  it('is worth no more for coming after an hour in which the monitor was down', () => {
    const { record } = live([seen('valid', -MINUTE), seen('rejected', 0), seen('rejected', HOUR)]);
    expect(record).toMatchObject({ state: 'suspect', rejections: 2 });
  });
});

describe('the order of verdicts', () => {
  it('drops a verdict whose exchange started no later than the stored one, as the very same record', () => {
    const { record } = live([seen('valid', 0)]);
    for (const late of [seen('rejected', 0), seen('rejected', -1), seen('valid', -HOUR), unknownCode(0)]) {
      const step = advance(record, late, POLICY, T0 + HOUR);
      expect(step).toEqual({ record, transitions: [], reason: 'out_of_order' });
      expect(step.record).toBe(record);
    }
  });

  it('drops a verdict that comes in after the connection was disabled', () => {
    const record = { ...revoked(), state: 'disabled' as const };
    expect(advance(record, seen('valid', HOUR), POLICY, T0 + HOUR)).toEqual({
      record,
      transitions: [],
      reason: 'disabled',
    });
  });
});

describe('a version', () => {
  it('starts at one and rises by one with every verdict that is not dropped', () => {
    expect(fresh().version).toBe(1);
    const { record } = live([
      seen('valid', 0),
      seen('valid', 0),
      seen('timeout', 1),
      unknownCode(2),
      seen('rejected', 3),
    ]);
    expect(record.version).toBe(5);
  });
});

describe('a clock that was set back', () => {
  const afterwards = T0 - HOUR;

  it('does not blind the monitor until it has caught up', () => {
    const { record } = live([seen('valid', 0)]);
    const step = advance(record, seen('rejected', -HOUR), POLICY, afterwards);
    expect(step.record).toMatchObject({ state: 'suspect', rejections: 1, lastCheckAt: afterwards });
  });

  it('forgets no counted rejection and needs no more of them', () => {
    const { record } = live([seen('valid', -MINUTE), seen('rejected', 0), seen('rejected', MINUTE)]);
    const step = advance(record, seen('rejected', -HOUR), POLICY, afterwards);
    expect(step.record).toMatchObject({ state: 'revoked', rejections: 3 });
  });

  it('counts for nothing towards unverifiable', () => {
    const { record } = live([seen('timeout', 0), seen('timeout', MINUTE)]);
    const step = advance(record, seen('timeout', -HOUR), POLICY, afterwards);
    expect(step.record.unknown).toEqual({ count: 3, elapsedMs: MINUTE });
  });

  it('by less than clocks may differ between processes drops what came too late, as before', () => {
    const { record } = live([seen('valid', 0)]);
    expect(advance(record, seen('rejected', -30 * SECOND), POLICY, T0 - 30 * SECOND).reason).toBe(
      'out_of_order',
    );
  });
});
