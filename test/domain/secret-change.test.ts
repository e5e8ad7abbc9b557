import { describe, expect, it } from '@jest/globals';
import { fresh, HOUR, live, MINUTE, POLICY, revoked, SECOND, seen, T0 } from './checks.ts';

const reasonsOf = (transitions: readonly { reason: string }[]) => transitions.map(({ reason }) => reason);

describe('a changed secret', () => {
  it('is no change when it is the first one', () => {
    expect(reasonsOf(live([seen('timeout', 0), seen('valid', 1)]).transitions)).toEqual(['first_success']);
  });

  it('starts a new count at pending', () => {
    const doubt = live([seen('valid', -MINUTE), seen('rejected', 0), seen('rejected', MINUTE)]).record;
    const { record, transitions } = live([seen('rejected', 2 * MINUTE, {}, 'second')], POLICY, doubt);
    expect(record).toMatchObject({ state: 'suspect', rejections: 1, fingerprint: 'second' });
    expect(transitions).toMatchObject([
      { from: 'suspect', to: 'pending', reason: 'secret_changed', rejections: 0, evidence: null },
      { from: 'pending', to: 'suspect', reason: 'first_rejection', rejections: 1 },
    ]);
  });

  it('that never works is never_valid, though another secret worked before', () => {
    const refusals = [1, 2, 3].map((at) => seen('rejected', at * MINUTE, {}, 'second'));
    const { record } = live([seen('valid', 0), ...refusals]);
    expect(record).toMatchObject({ state: 'never_valid', lastSuccessAt: T0 });
  });

  it('is pending, not healthy, while it is unproven', () => {
    const { record } = live([seen('valid', 0), seen('timeout', MINUTE, {}, 'second')]);
    expect(record).toMatchObject({ state: 'pending', fingerprint: 'second', previousFingerprint: 'first' });
  });

  it('leaves the state of an open incident until the first certain verdict about it', () => {
    const before = revoked();
    const unsure = live([seen('timeout', HOUR, {}, 'second')], POLICY, before);
    expect(unsure.record).toMatchObject({ state: 'revoked', since: before.since, rejections: 0 });
    expect(unsure.transitions).toMatchObject([{ from: 'revoked', to: 'revoked', reason: 'secret_changed' }]);
    expect(unsure.record.evidence).toEqual(before.evidence);

    const good = live([seen('valid', HOUR + MINUTE, {}, 'second')], POLICY, unsure.record);
    expect(good.transitions).toMatchObject([{ from: 'revoked', to: 'healthy', reason: 'recovered' }]);

    const bad = live([seen('rejected', HOUR + MINUTE, {}, 'second')], POLICY, unsure.record);
    expect(bad.record).toMatchObject({
      state: 'suspect',
      rejections: 1,
      recheckAt: T0 + HOUR + MINUTE + 15 * SECOND,
    });
  });

  it('in the middle of an incident is confirmed on its own count only', () => {
    const times = [0, 1, 2].map((at) => seen('rejected', HOUR + at * MINUTE, {}, 'second'));
    const { record, transitions } = live(times, POLICY, revoked());
    expect(record).toMatchObject({ state: 'never_valid', rejections: 3 });
    expect(transitions.map(({ to }) => to)).toEqual(['revoked', 'suspect', 'never_valid']);
  });

  it('does not end what is unverifiable', () => {
    const stuck = live([0, 10, 20, 30].map((at) => seen('timeout', at * MINUTE))).record;
    const { record } = live([seen('timeout', 35 * MINUTE, {}, 'second')], POLICY, stuck);
    expect(record.state).toBe('unverifiable');
  });

  it('has its predecessor dropped while another process may still use it', () => {
    const changed = live([seen('valid', 0), seen('valid', MINUTE, {}, 'second')]).record;
    const late = live([seen('rejected', 1.5 * MINUTE), seen('rejected', 2 * MINUTE)], POLICY, changed);
    expect(late.reasons).toEqual(['previous_secret', 'previous_secret']);
    expect(late.record).toBe(changed);
  });

  it('that is rolled back keeps the history it had: revoked, not never_valid', () => {
    const { record, transitions } = live([
      seen('valid', 0),
      seen('valid', MINUTE, {}, 'second'),
      seen('rejected', HOUR),
      seen('rejected', HOUR + MINUTE),
      seen('rejected', HOUR + 2 * MINUTE),
    ]);
    expect(record).toMatchObject({ state: 'revoked', fingerprint: 'first', previousFingerprint: 'second' });
    expect(reasonsOf(transitions)).toEqual([
      'first_success',
      'secret_changed',
      'first_success',
      'secret_changed',
      'first_rejection',
      'rejection_confirmed',
    ]);
  });

  it('is remembered with the latest two others that worked', () => {
    const names = ['a', 'b', 'c', 'd', 'b'];
    const { record } = live(
      names.map((name, i) => seen('valid', i * HOUR, {}, name)),
      POLICY,
      fresh(),
    );
    expect(record.validFingerprints).toEqual(['b', 'd', 'c']);
  });

  it('is not seen in a check that could not read it', () => {
    const { record, transitions } = live([
      seen('valid', 0),
      seen('secret_unavailable', MINUTE),
      seen('valid', HOUR),
    ]);
    expect(record.state).toBe('healthy');
    expect(reasonsOf(transitions)).toEqual(['first_success']);
  });

  it('drops the planned re-check and the wait of the old one', () => {
    const limited = live([
      seen('rejected', 0),
      seen('rate_limited', MINUTE, { retryAfterMs: 10 * MINUTE }),
    ]).record;
    const { record } = live([seen('timeout', 2 * MINUTE, {}, 'second')], POLICY, limited);
    expect(record).toMatchObject({ recheckAt: null, notBefore: null, rejections: 0 });
  });
});
