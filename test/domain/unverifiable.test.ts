import { describe, expect, it } from '@jest/globals';
import type { Observation } from '../../src/domain/health.ts';
import type { State } from '../../src/domain/state.ts';
import { HOUR, live, MINUTE, POLICY, SECOND, seen, T0, unknownCode } from './checks.ts';

describe('no certain answer', () => {
  const every5 = (count: number, from = 0): Observation[] =>
    Array.from({ length: count }, (_, i) => seen('timeout', from + i * 5 * MINUTE));

  it.each([
    ['pending', []],
    ['healthy', [seen('valid', -MINUTE)]],
    ['suspect', [seen('valid', -2 * MINUTE), seen('rejected', -MINUTE)]],
  ] as [State, Observation[]][])(
    'makes %s unverifiable after unverifiableAfter, and not before',
    (state, before) => {
      const six = live([...before, ...every5(6)]);
      expect(six.record.state).toBe(state);
      const seven = live([seen('timeout', 30 * MINUTE)], POLICY, six.record);
      expect(seven.record.state).toBe('unverifiable');
      expect(seven.transitions).toMatchObject([
        {
          from: state,
          to: 'unverifiable',
          reason: 'no_certain_answer',
          rejections: state === 'suspect' ? 1 : 0,
        },
      ]);
    },
  );

  it('needs at least two answers, however long ago the first verdict was', () => {
    const slow = { ...POLICY, intervalMs: 24 * HOUR };
    const one = live([seen('valid', 0), seen('timeout', 24 * HOUR)], slow);
    expect(one.record.state).toBe('healthy');
    expect(live([seen('timeout', 48 * HOUR)], slow, one.record).record.state).toBe('unverifiable');
  });

  it('does not count the time in which the monitor was down', () => {
    const gap = live([...every5(2), seen('timeout', 10 * HOUR)]);
    expect(gap.record).toMatchObject({ state: 'pending', unknown: { count: 3, elapsedMs: 5 * MINUTE } });
    const on = live(every5(5, 10 * HOUR + 5 * MINUTE), POLICY, gap.record);
    expect(on.record.state).toBe('unverifiable');
  });

  it('counts the time between two turns where the gateway may not be asked as often as the intervals want', () => {
    const everyTurn = [0, 15, 30].map((minutes) => seen('timeout', minutes * MINUTE));
    const crowded = { ...POLICY, crowding: 3 };
    expect(live(everyTurn).record).toMatchObject({ state: 'pending', unknown: { count: 3, elapsedMs: 0 } });
    expect(live(everyTurn.slice(0, 2), crowded).record.state).toBe('pending');
    expect(live(everyTurn, crowded).record.state).toBe('unverifiable');
    const down = [seen('timeout', 0), seen('timeout', 30 * MINUTE + 1)];
    expect(live(down, crowded).record.unknown.elapsedMs).toBe(0);
  });

  it('starts anew after any certain answer', () => {
    const broken = [...every5(6), seen('rejected', 29 * MINUTE), ...every5(6, 30 * MINUTE)];
    expect(live(broken).record).toMatchObject({
      state: 'suspect',
      unknown: { count: 6, elapsedMs: 25 * MINUTE },
    });
  });

  it('counts the wait a gateway asked for', () => {
    const asked = seen('rate_limited', 0, { retryAfterMs: 15 * MINUTE });
    const again = seen('rate_limited', 15 * MINUTE, { retryAfterMs: 15 * MINUTE });
    expect(live([asked, again, seen('timeout', 30 * MINUTE)]).record.state).toBe('unverifiable');
  });

  it('ends with the first token, and with the first rejection', () => {
    const stuck = live(every5(7)).record;
    const good = live([seen('valid', HOUR)], POLICY, stuck);
    expect(good.transitions).toMatchObject([{ from: 'unverifiable', to: 'healthy', reason: 'recovered' }]);
    const bad = live([seen('rejected', HOUR)], POLICY, stuck);
    expect(bad.transitions).toMatchObject([
      { from: 'unverifiable', to: 'suspect', reason: 'first_rejection' },
    ]);
  });

  it('includes a secret that cannot be read, which is not a new secret', () => {
    const { record, transitions } = live([
      seen('valid', -MINUTE),
      ...Array.from({ length: 7 }, (_, i) => seen('secret_unavailable', i * 5 * MINUTE)),
    ]);
    expect(record).toMatchObject({ state: 'unverifiable', fingerprint: 'first' });
    expect(transitions.map(({ reason }) => reason)).toEqual(['first_success', 'no_certain_answer']);
  });
});

describe('401s of a code that nobody knows', () => {
  const every5 = (count: number, from = 0): Observation[] =>
    Array.from({ length: count }, (_, i) => unknownCode(from + i * 5 * MINUTE));

  it('are reported with the code once they have lasted for the whole of unverifiableAfter', () => {
    const { transitions } = live([seen('valid', -MINUTE), ...every5(7)]);
    expect(transitions.at(-1)).toMatchObject({
      to: 'unverifiable',
      unknownCodePersists: true,
      evidence: { httpStatus: 401, code: 'token_verification_failed' },
    });
  });

  it('are reported when they join a run of other unknown answers, once they have lasted by themselves', () => {
    const { transitions } = live([
      ...[0, 5, 10].map((at) => seen('timeout', at * MINUTE)),
      ...every5(7, 15 * MINUTE),
    ]);
    expect(transitions).toMatchObject([
      { reason: 'no_certain_answer', at: T0 + 30 * MINUTE, unknownCodePersists: false },
      {
        reason: 'unknown_code_persists',
        at: T0 + 45 * MINUTE,
        unknownCodePersists: true,
        from: 'unverifiable',
      },
    ]);
  });

  it('are reported again each unverifiableAfter: the gateway may serve others only later', () => {
    const { transitions } = live(every5(25));
    expect(transitions.map(({ at }) => (at - T0) / MINUTE)).toEqual([30, 60, 90, 120]);
  });

  it.each([
    ['have no code', seen('auth_uncertain', 30 * MINUTE)],
    ['are 403s', seen('auth_uncertain', 30 * MINUTE, { httpStatus: 403, code: 'x' })],
    ['are something else', seen('gateway_error', 30 * MINUTE, { code: 'x' })],
  ])('do not persist when the last ones %s', (_what, last) => {
    const { transitions } = live([...every5(6), last]);
    expect(transitions).toMatchObject([{ to: 'unverifiable', unknownCodePersists: false }]);
  });

  it('are forgotten after any certain answer', () => {
    const { record } = live([...every5(6), seen('valid', 29 * MINUTE)]);
    expect(record).toMatchObject({
      unknown: { count: 0 },
      unknownCode: { count: 0 },
      unknownCodeReported: false,
    });
  });

  it('to the old secret say nothing about the new one', () => {
    const { record, transitions } = live([...every5(6), unknownCode(30 * MINUTE, 'second')]);
    expect(record).toMatchObject({ state: 'unverifiable', unknownCode: { count: 1, elapsedMs: 0 } });
    expect(transitions.at(-1)).toMatchObject({ unknownCodePersists: false });
  });
});

describe('a rate-limited connection', () => {
  it('is asked again when its wait is over, if that is after its next turn', () => {
    const { record } = live([seen('rate_limited', 0, { retryAfterMs: 10 * MINUTE })]);
    expect(record).toMatchObject({ notBefore: T0 + 10 * MINUTE, recheckAt: T0 + 10 * MINUTE });
  });

  it('leaves a short wait to the schedule', () => {
    const { record } = live([seen('rate_limited', 0, { retryAfterMs: MINUTE })]);
    expect(record).toMatchObject({ notBefore: T0 + MINUTE, recheckAt: null });
  });

  it('has its re-check of a rejection wait as well', () => {
    const { record } = live([
      seen('rejected', 0),
      seen('rate_limited', 15 * SECOND, { retryAfterMs: 2 * MINUTE }),
    ]);
    expect(record.recheckAt).toBe(T0 + 15 * SECOND + 2 * MINUTE);
  });

  it('keeps its wait through a manual check that got no answer, and loses it with a certain one', () => {
    const limited = live([seen('rate_limited', 0, { retryAfterMs: 10 * MINUTE })]).record;
    const still = live([seen('timeout', MINUTE)], POLICY, limited).record;
    expect(still).toMatchObject({ notBefore: T0 + 10 * MINUTE, recheckAt: T0 + 10 * MINUTE });
    expect(live([seen('valid', 2 * MINUTE)], POLICY, still).record).toMatchObject({
      notBefore: null,
      recheckAt: null,
    });
    expect(live([seen('timeout', HOUR)], POLICY, still).record.notBefore).toBeNull();
  });
});
