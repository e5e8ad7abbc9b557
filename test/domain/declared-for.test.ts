import { describe, expect, it } from '@jest/globals';
import { advance, type Observation } from '../../src/domain/health.ts';
import { type HealthRecord, newRecord } from '../../src/domain/record.ts';
import { register, restore } from '../../src/domain/registration.ts';
import { isExpiryOutdated, summaryOf } from '../../src/domain/summary.ts';
import { connectionOf } from '../helpers/fleet.ts';
import { DAY, fresh, GATEWAY, MINUTE, POLICY, seen, T0 } from './checks.ts';

const SPRING = T0 + 30 * DAY;
const AUTUMN = T0 + 120 * DAY;

/** What becomes of a connection whose config declares `expiresAt` at each of the checks. */
function story(...checks: readonly (readonly [expiresAt: number | null, observation: Observation])[]) {
  let record: HealthRecord = fresh();
  const changes: [string, boolean][] = [];
  for (const [secretExpiresAt, observation] of checks) {
    const step = advance(record, observation, { ...POLICY, secretExpiresAt }, observation.startedAt);
    record = step.record;
    for (const { reason, expiryOutdated } of step.transitions)
      changes.push([reason, expiryOutdated ?? false]);
  }
  return { record, changes };
}

const used = (secret: string, at: number) => seen('valid', at, {}, secret);

describe('a declared expiry', () => {
  it('is outdated when the secret was changed and the date was not', () => {
    const { record, changes } = story([SPRING, used('old', 0)], [SPRING, used('new', DAY)]);
    expect(isExpiryOutdated(summaryOf(record), SPRING)).toBe(true);
    expect(changes).toEqual([
      ['first_success', false],
      ['secret_changed', true],
      ['first_success', true],
    ]);
  });

  it('is right again as soon as the config says another date, before any check', () => {
    const { record } = story([SPRING, used('old', 0)], [SPRING, used('new', DAY)]);
    expect(isExpiryOutdated(summaryOf(record), AUTUMN)).toBe(false);
    expect(isExpiryOutdated(summaryOf(record), null)).toBe(false);
  });

  it('stays right when the date is changed with the secret, whichever comes first', () => {
    const together = story([SPRING, used('old', 0)], [AUTUMN, used('new', DAY)]);
    const later = story([SPRING, used('old', 0)], [SPRING, used('new', DAY)], [AUTUMN, used('new', DAY + 1)]);
    const before = story(
      [SPRING, used('old', 0)],
      [AUTUMN, used('old', DAY)],
      [AUTUMN, used('new', DAY + MINUTE)],
    );
    for (const { record } of [together, later, before])
      expect(isExpiryOutdated(summaryOf(record), AUTUMN)).toBe(false);
    const next = story([SPRING, used('old', 0)], [AUTUMN, used('old', DAY)], [AUTUMN, used('new', 2 * DAY)]);
    expect(isExpiryOutdated(summaryOf(next.record), AUTUMN)).toBe(true);
  });

  it('is right again when the secret is put back', () => {
    const { record } = story(
      [SPRING, used('old', 0)],
      [SPRING, used('new', DAY)],
      [SPRING, used('old', 2 * DAY)],
    );
    expect(isExpiryOutdated(summaryOf(record), SPRING)).toBe(false);
  });

  it('is nobody’s when none is declared any more', () => {
    const { record } = story([SPRING, used('old', 0)], [null, used('new', DAY)]);
    expect(record.declaredFor).toBeUndefined();
    expect(story([null, used('old', 0)]).record).not.toHaveProperty('declaredFor');
  });

  it('holds for the secret that is in use when it is first declared, also in a record of an older version', () => {
    const old: HealthRecord = { ...newRecord(GATEWAY, T0 - DAY, T0), fingerprint: 'old' };
    const { record } = advance(old, used('old', 0), { ...POLICY, secretExpiresAt: SPRING }, T0);
    expect(isExpiryOutdated(summaryOf(old), SPRING)).toBe(false);
    expect(record.declaredFor).toEqual({ expiresAt: SPRING, fingerprint: 'old', since: T0 });
  });

  it('waits for the first exchange, and is left alone by answers that never came to one', () => {
    const { record } = story([SPRING, seen('secret_unavailable', 0)], [SPRING, used('first', MINUTE)]);
    expect(isExpiryOutdated(summaryOf(record), SPRING)).toBe(false);
    const later = advance(
      record,
      seen('secret_unavailable', DAY),
      { ...POLICY, secretExpiresAt: SPRING },
      T0 + DAY,
    );
    expect(isExpiryOutdated(summaryOf(later.record), SPRING)).toBe(false);
  });

  it('is known across disabling and removal, and begins anew at another gateway, where every fingerprint is another', () => {
    const { record } = story([SPRING, used('old', 0)]);
    const connection = connectionOf('acme', { gateway: GATEWAY, secretExpiresAt: SPRING });
    const restored = restore(record, connection, T0 + DAY, T0 + DAY).record;
    const rotated = advance(
      restored,
      used('new', 2 * DAY),
      { ...POLICY, secretExpiresAt: SPRING },
      T0 + 2 * DAY,
    );
    expect(isExpiryOutdated(summaryOf(rotated.record), SPRING)).toBe(true);
    const moved = register(record, { ...connection, gateway: 'https://uk.example' }, T0 + DAY, T0 + DAY);
    expect(moved?.record).not.toHaveProperty('declaredFor');
  });
});
