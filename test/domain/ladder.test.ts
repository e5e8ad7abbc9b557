import { describe, expect, it } from '@jest/globals';
import { climb, type Ladder, nextRungAt } from '../../src/domain/ladder.ts';
import { DAY, MINUTE, T0 } from './checks.ts';

const RUNGS = [30, 14, 7, 3, 1].map((days) => days * DAY);
const EXPIRY = T0 + 100 * DAY;
const UNTOLD: Ladder = { expiresAt: EXPIRY, rung: null, changedAt: null, saidUnchanged: false };
const right = { expiresAt: EXPIRY, outdated: false };
const outdated = { expiresAt: EXPIRY, outdated: true };

/** So many days before the expiry. */
const ahead = (days: number) => EXPIRY - days * DAY;

describe('the rungs before a declared expiry', () => {
  it.each([
    [30 + 1 / DAY, null, []],
    [30, 30 * DAY, [{ kind: 'rung', last: false }]],
    [20, 30 * DAY, [{ kind: 'rung', last: false }]],
    [2, 3 * DAY, [{ kind: 'rung', last: false }]],
    [1, DAY, [{ kind: 'rung', last: true }]],
    [1 / DAY, DAY, [{ kind: 'rung', last: true }]],
    [0, 0, [{ kind: 'reached' }]],
    [-5, 0, [{ kind: 'reached' }]],
  ])('%d days before, the first look finds the tightest: %j', (days, rung, steps) => {
    expect(climb(null, right, ahead(days), RUNGS)).toEqual({ ladder: { ...UNTOLD, rung }, steps });
  });

  it.each([
    [30, 15, 30, []],
    [30, 14, 14, [{ kind: 'rung', last: false }]],
    [7, 14, 7, []],
    [1, 0.5, 1, []],
    [1, 0, 0, [{ kind: 'reached' }]],
    [0, -1, 0, []],
  ])('after that of %d days, %d days before', (told, days, now, steps) => {
    const ladder = { ...UNTOLD, rung: told * DAY };
    expect(climb(ladder, right, ahead(days), RUNGS)).toEqual({
      ladder: { ...ladder, rung: now * DAY },
      steps,
    });
  });

  it('may be none: then only the expiry itself is told', () => {
    expect(climb(null, right, ahead(1), []).steps).toEqual([]);
    expect(climb(null, right, ahead(0), []).steps).toEqual([{ kind: 'reached' }]);
  });

  it('leave the very ladder where nothing is new', () => {
    const told = { ...UNTOLD, rung: 30 * DAY };
    expect(climb(told, right, ahead(20), RUNGS).ladder).toBe(told);
  });
});

describe('a date that is moved', () => {
  const later = { expiresAt: EXPIRY + 90 * DAY, outdated: false };
  const moved = { ...UNTOLD, expiresAt: EXPIRY + 90 * DAY };

  it.each([
    ['takes back what was announced', { ...UNTOLD, rung: 7 * DAY }, [{ kind: 'date_changed' }]],
    ['takes back that it was not moved', { ...UNTOLD, saidUnchanged: true }, [{ kind: 'date_changed' }]],
    ['takes nothing back where nothing was announced', { ...UNTOLD, changedAt: T0 }, []],
  ])('%s', (_what, known, steps) => {
    expect(climb(known, later, ahead(3), RUNGS)).toEqual({ ladder: moved, steps });
  });

  it('may be near itself', () => {
    const sooner = { expiresAt: ahead(3) + 2 * DAY, outdated: false };
    expect(climb({ ...UNTOLD, rung: 7 * DAY }, sooner, ahead(3), RUNGS).steps).toEqual([
      { kind: 'date_changed' },
      { kind: 'rung', last: false },
    ]);
  });
});

describe('a date that is not moved while the secret is changed', () => {
  const told = { ...UNTOLD, rung: 7 * DAY };
  const changed = { ...told, changedAt: ahead(5) };

  it('is waited for a quarter of an hour, and then said once', () => {
    expect(climb(told, outdated, ahead(5), RUNGS)).toEqual({ ladder: changed, steps: [] });
    const almost = climb(changed, outdated, ahead(5) + 15 * MINUTE - 1, RUNGS);
    expect(almost.ladder).toBe(changed);
    expect(almost.steps).toEqual([]);
    const said = climb(changed, outdated, ahead(5) + 15 * MINUTE, RUNGS);
    expect(said).toEqual({
      ladder: { ...changed, saidUnchanged: true },
      steps: [{ kind: 'date_not_updated' }],
    });
    expect(climb(said.ladder, outdated, ahead(0), RUNGS)).toEqual({ ladder: said.ladder, steps: [] });
  });

  it('is right again when the secret is put back', () => {
    const said = { ...changed, saidUnchanged: true };
    expect(climb(said, right, ahead(4), RUNGS)).toEqual({ ladder: told, steps: [] });
    expect(climb(said, right, ahead(2), RUNGS)).toEqual({
      ladder: { ...told, rung: 3 * DAY },
      steps: [{ kind: 'rung', last: false }],
    });
  });
});

describe('the next rung', () => {
  it.each([
    [40, 30],
    [30, 14],
    [14 + 1 / DAY, 14],
    [1, 0],
    [1 / DAY, 0],
  ])('after the look %d days before the expiry comes %d days before', (days, next) => {
    expect(nextRungAt(EXPIRY, RUNGS, ahead(days))).toBe(ahead(next));
  });

  it('is none after the expiry', () => {
    expect(nextRungAt(EXPIRY, RUNGS, EXPIRY)).toBeNull();
  });
});
