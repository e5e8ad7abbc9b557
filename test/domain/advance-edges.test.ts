import { describe, expect, it } from '@jest/globals';
import { advance } from '../../src/domain/health.ts';
import { newRecord } from '../../src/domain/record.ts';
import { rememberValid } from '../../src/domain/secret-change.ts';
import {
  fresh,
  GATEWAY,
  HOUR,
  live,
  MINUTE,
  POLICY,
  revoked,
  SECOND,
  seen,
  T0,
  unknownCode,
} from './checks.ts';

describe('a new record', () => {
  it('knows nothing yet, and is checked when it was said', () => {
    expect(newRecord(GATEWAY, T0, T0 + MINUTE)).toEqual({
      schema: 1,
      version: 1,
      createdAt: T0,
      gateway: GATEWAY,
      state: 'pending',
      since: T0,
      fingerprint: null,
      previousFingerprint: null,
      fingerprintSince: null,
      validFingerprints: [],
      rejections: 0,
      lastCountedAt: null,
      firstRejectedAt: null,
      unknown: { count: 0, elapsedMs: 0 },
      unknownCode: { count: 0, elapsedMs: 0 },
      unknownCodeReported: false,
      lastCheckAt: null,
      lastVerdict: null,
      lastSuccessAt: null,
      tokenLifetimeSeconds: null,
      evidence: null,
      recheckAt: T0 + MINUTE,
      recheckAttempt: 0,
      notBefore: null,
    });
  });

  it('of a disabled connection is never due', () => {
    expect(newRecord(GATEWAY, T0, null)).toMatchObject({ state: 'disabled', recheckAt: null });
  });
});

describe('the reason of an advance', () => {
  it('names what an unknown answer did', () => {
    const answers = [
      ...[0, 5, 10].map((at) => seen('timeout', at * MINUTE)),
      ...[15, 20, 25, 30, 35, 40, 45].map((at) => unknownCode(at * MINUTE)),
    ];
    const { reasons } = live(answers);
    expect(reasons.indexOf('became_unverifiable')).toBe(6);
    expect(reasons.indexOf('unknown_code_persists')).toBe(9);
    expect(new Set(reasons)).toEqual(new Set(['unknown', 'became_unverifiable', 'unknown_code_persists']));
  });
});

describe('the proof of a confirmed rejection', () => {
  it('is the answer that confirmed it, and then the latest refusal', () => {
    const refused = (at: number, requestId: string) => seen('rejected', at, { requestId });
    const confirmed = live([refused(0, 'r-1'), refused(MINUTE, 'r-2'), refused(2 * MINUTE, 'r-3')]).record;
    expect(confirmed).toMatchObject({ state: 'never_valid', evidence: { requestId: 'r-3' } });
    expect(live([refused(HOUR, 'r-4')], POLICY, confirmed).record.evidence?.requestId).toBe('r-4');
  });
});

describe('a clock that was set back', () => {
  const earlier = T0 - HOUR;

  it('leaves no time in a record that has yet to come', () => {
    const { record } = live([seen('valid', 0), seen('rejected', MINUTE)]);
    const { state, since, firstRejectedAt, fingerprintSince, lastSuccessAt, lastCheckAt, recheckAt } =
      advance(record, seen('timeout', -HOUR), POLICY, earlier).record;
    expect({ state, since, firstRejectedAt, fingerprintSince, lastSuccessAt, lastCheckAt }).toEqual({
      state: 'suspect',
      since: earlier,
      firstRejectedAt: earlier - 1,
      fingerprintSince: earlier - 1,
      lastSuccessAt: earlier - 1,
      lastCheckAt: earlier,
    });
    expect(recheckAt).toBe(earlier + 30 * SECOND);
  });

  it('leaves the times alone that were before it anyway', () => {
    const { record } = live([seen('valid', -5 * HOUR), seen('rejected', -4 * HOUR), seen('timeout', 0)]);
    expect(advance(record, seen('timeout', -HOUR), POLICY, earlier).record).toMatchObject({
      since: T0 - 4 * HOUR,
      firstRejectedAt: T0 - 4 * HOUR,
      fingerprintSince: T0 - 5 * HOUR,
      lastSuccessAt: T0 - 5 * HOUR,
    });
  });

  it('makes up no time for what never was', () => {
    const { record } = live([seen('timeout', 0)]);
    expect(advance(record, seen('timeout', -HOUR), POLICY, earlier).record).toMatchObject({
      firstRejectedAt: null,
      lastSuccessAt: null,
    });
  });

  it('is not suspected for a minute of difference, but for more', () => {
    const { record } = live([seen('valid', 0)]);
    const late = (at: number) => advance(record, seen('rejected', at), POLICY, T0 + at).reason;
    expect(late(-MINUTE)).toBe('out_of_order');
    expect(late(-MINUTE - 1)).toBe('rejection_counted');
  });
});

describe('a changed secret', () => {
  it('that is just as unverifiable changes nothing but itself', () => {
    const stuck = live([0, 10, 20, 30].map((at) => seen('timeout', at * MINUTE))).record;
    const { record, transitions } = live([seen('timeout', 35 * MINUTE, {}, 'second')], POLICY, stuck);
    expect(record).toMatchObject({ state: 'unverifiable', since: stuck.since });
    expect(transitions).toMatchObject([
      { from: 'unverifiable', to: 'unverifiable', reason: 'secret_changed' },
    ]);
  });

  it('has its predecessor back 65 seconds later, and not before', () => {
    const changed = live([seen('valid', 0), seen('valid', MINUTE, {}, 'second')]).record;
    const again = (at: number) => live([seen('rejected', MINUTE + at)], POLICY, changed).reasons;
    expect(again(65 * SECOND - 1)).toEqual(['previous_secret']);
    expect(again(65 * SECOND)).toEqual(['rejection_counted']);
  });

  it('is not said to be refused with the code that its predecessor was refused with', () => {
    const refused = live([0, 5, 10, 15, 20, 25, 30].map((at) => unknownCode(at * MINUTE))).record;
    expect(refused).toMatchObject({ state: 'unverifiable', unknownCodeReported: true });
    const { record, transitions } = live([unknownCode(35 * MINUTE, 'second')], POLICY, refused);
    expect(record.unknownCodeReported).toBe(false);
    expect(transitions).toMatchObject([{ reason: 'secret_changed', unknownCodePersists: false }]);
  });

  it('has its permission asked about anew', () => {
    const { record } = live([seen('valid', 0)]);
    const permission = {
      call: 'GET /identity/whoami',
      state: 'permitted' as const,
      since: T0,
      denials: 0,
      lastCountedAt: null,
      askedAt: T0,
      permittedAt: T0,
      last: { result: 'permitted', httpStatus: 200, code: null, requestId: null } as const,
    };
    const asked = { ...record, permission };
    expect(live([seen('valid', HOUR)], POLICY, asked).record.permission).toEqual(permission);
    expect(live([seen('valid', HOUR, {}, 'second')], POLICY, asked).record.permission).toEqual({
      ...permission,
      state: 'unknown',
      since: T0 + HOUR,
      askedAt: null,
    });
    expect(live([seen('valid', HOUR, {}, 'second')], POLICY, record).record).not.toHaveProperty('permission');
  });
});

describe('the secrets that worked', () => {
  it.each([
    [[], 'a', ['a']],
    [['a', 'b'], 'a', ['a', 'b']],
    [['b', 'a', 'c'], 'a', ['a', 'b', 'c']],
    [['c', 'b', 'a'], 'd', ['d', 'c', 'b']],
    [['a', 'b'], null, ['a', 'b']],
  ])('%j and now %j are remembered as %j', (known, now, remembered) => {
    expect(rememberValid(known, now)).toEqual(remembered);
  });
});

describe('the wait that a gateway asks for', () => {
  it('puts off a re-check that was planned, also when somebody asked by hand', () => {
    const doubt = live([seen('rejected', 0)]).record;
    const asked = [seen('rate_limited', SECOND, { retryAfterMs: MINUTE }), seen('timeout', 2 * SECOND)];
    expect(live(asked, POLICY, doubt).record).toMatchObject({
      recheckAt: T0 + SECOND + MINUTE,
      notBefore: T0 + SECOND + MINUTE,
    });
  });

  it.each([
    ['counts, with an interval to spare', 20, 20],
    ['does not count beyond that', 20 + 1 / 60, 0],
  ])('%s', (_what, minutes, counted) => {
    const { record } = live([
      seen('rate_limited', 0, { retryAfterMs: 15 * MINUTE }),
      seen('timeout', minutes * MINUTE),
    ]);
    expect(record.unknown).toEqual({ count: 2, elapsedMs: counted * MINUTE });
  });

  it('is no reason to count more than two intervals where none was asked for', () => {
    const countedAfter = (ms: number) =>
      live([seen('timeout', 0), seen('timeout', ms)]).record.unknown.elapsedMs;
    expect(countedAfter(10 * MINUTE)).toBe(10 * MINUTE);
    expect(countedAfter(10 * MINUTE + 1)).toBe(0);
  });
});

it('a revoked secret is asked by the schedule alone', () => {
  expect(revoked().recheckAt).toBeNull();
  expect(fresh().recheckAt).toBe(T0);
});
