import { describe, expect, it } from '@jest/globals';
import { HOUR, live, MINUTE, POLICY, revoked, SECOND, seen, T0 } from './checks.ts';

describe('a refusal of keys that are known to be refused', () => {
  const forbidden = () => live([0, 1, 2].map((at) => seen('forbidden', at * MINUTE))).record;

  it.each([
    ['revoked', 'rejected', 'revoked', 'rejection_repeated'],
    ['revoked', 'key_expired', 'expired', 'cause_changed'],
    ['revoked', 'forbidden', 'forbidden', 'cause_changed'],
  ] as const)('%s, now %s: %s, %s', (_before, verdict, state, reason) => {
    const { record, reasons } = live([seen(verdict, HOUR)], POLICY, revoked());
    expect(record).toMatchObject({ state, recheckAt: null });
    expect(reasons).toEqual([reason]);
  });

  it('is renamed when keys that may do nothing are gone altogether', () => {
    const { record, reasons, transitions } = live([seen('rejected', HOUR)], POLICY, forbidden());
    expect(record).toMatchObject({ state: 'never_valid', since: T0 + HOUR });
    expect(reasons).toEqual(['cause_changed']);
    expect(transitions).toMatchObject([{ from: 'forbidden', to: 'never_valid', reason: 'cause_changed' }]);
  });

  it('says that it confirmed a rejection when it did', () => {
    const { reasons } = live([0, 1, 2].map((at) => seen('rejected', at * MINUTE)));
    expect(reasons).toEqual(['rejection_counted', 'rejection_counted', 'rejection_confirmed']);
  });
});

describe('a refusal that comes too soon to count', () => {
  it('adds nothing to be told of while the keys are suspect anyway', () => {
    const { transitions } = live([seen('rejected', 0), seen('rejected', SECOND)]);
    expect(transitions).toMatchObject([{ from: 'pending', to: 'suspect', reason: 'first_rejection' }]);
  });

  it('ends the uncertainty into which the first one fell', () => {
    const patient = { ...POLICY, confirmDelayMs: HOUR, unverifiableAfterMs: 5 * MINUTE };
    const unsure = [seen('rejected', 0), seen('timeout', MINUTE), seen('timeout', 6 * MINUTE)];
    const { record, reasons, transitions } = live([...unsure, seen('rejected', 10 * MINUTE)], patient);
    expect(reasons.slice(2)).toEqual(['became_unverifiable', 'too_soon_to_count']);
    expect(record).toMatchObject({ state: 'suspect', since: T0 + 10 * MINUTE, rejections: 1 });
    expect(transitions.at(-1)).toMatchObject({
      from: 'unverifiable',
      to: 'suspect',
      reason: 'first_rejection',
    });
  });
});
