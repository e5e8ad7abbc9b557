import { describe, expect, it } from '@jest/globals';
import type { HealthRecord } from '../../src/domain/record.ts';
import { summaryOf } from '../../src/domain/summary.ts';
import { isCalm, Surveyor, windowsOf } from '../../src/domain/survey.ts';
import { certaintyOf, VERDICTS } from '../../src/domain/verdict.ts';
import { fresh, GATEWAY, HOUR, live, MINUTE, revoked, seen, T0 } from './checks.ts';
import { connectionOf } from './desk.ts';

const WINDOW = 6 * MINUTE;
const NOW = T0 + HOUR;
const healthy = () => live([seen('valid', 0)]).record;

/** A look at records of one gateway, named c-0, c-1 and so on. */
function looked(records: readonly (HealthRecord | null)[], watched: readonly string[] = []) {
  const surveyor = new Surveyor(NOW, new Map([[GATEWAY, WINDOW]]), new Set(watched));
  records.forEach((record, i) => {
    surveyor.add(connectionOf(`c-${i}`), record && summaryOf(record));
  });
  const survey = surveyor.finish();
  const gateway = survey.gateways.get(GATEWAY);
  if (!gateway) throw new Error('the gateway was not looked at');
  return { survey, gateway };
}

const ids = (connections: readonly { readonly id: string }[]) => connections.map(({ id }) => id);

describe('the window of a gateway', () => {
  it.each([
    [[MINUTE], 2 * MINUTE],
    [[5 * MINUTE], 6 * MINUTE],
    [[MINUTE, 10 * MINUTE, HOUR], 12 * MINUTE],
    [[HOUR, MINUTE, 10 * MINUTE], 12 * MINUTE],
    [[10 * MINUTE, HOUR], 72 * MINUTE],
  ])('with intervals of %j ms is %d ms', (intervals, window) => {
    const fleet = intervals.map((intervalMs, i) => connectionOf(`c-${i}`, { intervalMs }));
    expect(windowsOf(fleet)).toEqual(new Map([[GATEWAY, window]]));
  });

  it('is its own, and leaves out what is disabled', () => {
    const fleet = [
      connectionOf('acme', { intervalMs: 10 * MINUTE }),
      connectionOf('globex', { intervalMs: HOUR, enabled: false }),
      connectionOf('initech', { intervalMs: HOUR, gateway: 'https://eu.example' }),
    ];
    expect([...windowsOf(fleet)]).toEqual([
      [GATEWAY, 12 * MINUTE],
      ['https://eu.example', 72 * MINUTE],
    ]);
  });
});

describe('a look at a gateway', () => {
  it('of which nothing was checked yet is empty', () => {
    expect(looked([fresh(), null]).gateway).toEqual({
      gateway: GATEWAY,
      windowMs: WINDOW,
      checked: 0,
      unavailable: [],
      verdicts: new Map(),
      repeated: false,
      checkedLately: 0,
      refusedLately: [],
      beingConfirmed: [],
    });
  });

  it.each([
    [0, 1, 1],
    [2 * MINUTE, 1, 1],
    [2 * MINUTE + 1, 1, 0],
    [WINDOW, 1, 0],
    [WINDOW + 1, 0, 0],
  ])('counts what was checked %d ms ago', (ago, checked, checkedLately) => {
    const record = live([seen('valid', HOUR - ago)]).record;
    expect(looked([record]).gateway).toMatchObject({ checked, checkedLately, unavailable: [] });
  });

  it.each(VERDICTS)(
    'takes %s for the gateway’s trouble only when it proves nothing and is nobody’s own',
    (verdict) => {
      const record = { ...healthy(), lastCheckAt: NOW, lastVerdict: verdict };
      const own = ['bad_request', 'secret_unavailable'].includes(verdict);
      const expected = certaintyOf(verdict) === 'unknown' && !own ? ['c-0'] : [];
      const { gateway } = looked([record]);
      expect(ids(gateway.unavailable)).toEqual(expected);
      expect([...gateway.verdicts.keys()]).toEqual(expected.length === 0 ? [] : [verdict]);
    },
  );

  it('counts each verdict, and knows when one came twice in a row', () => {
    const once = (verdict: 'timeout' | 'gateway_error') => live([seen(verdict, HOUR)]).record;
    const { gateway } = looked([once('timeout'), once('gateway_error'), once('timeout')]);
    expect([...gateway.verdicts]).toEqual([
      ['timeout', 2],
      ['gateway_error', 1],
    ]);
    expect(gateway.repeated).toBe(false);
    const twice = live([seen('timeout', HOUR - MINUTE), seen('timeout', HOUR)]).record;
    expect(looked([once('timeout'), twice]).gateway.repeated).toBe(true);
  });

  it('finds those that worked until they were refused for the first time, lately', () => {
    const refusedAt = (...times: number[]) =>
      live([seen('valid', 0), ...times.map((at) => seen('rejected', at))]).record;
    const neverWorked = live([seen('rejected', HOUR)]).record;
    const confirmed = refusedAt(HOUR - 2 * MINUTE, HOUR - MINUTE, HOUR);
    const { gateway } = looked([
      refusedAt(HOUR - 2 * MINUTE),
      refusedAt(HOUR - 2 * MINUTE - 1),
      neverWorked,
      confirmed,
      healthy(),
    ]);
    expect(ids(gateway.refusedLately)).toEqual(['c-0', 'c-3']);
    expect(ids(gateway.beingConfirmed)).toEqual(['c-0']);
  });

  it('has no place for connections of other gateways', () => {
    const surveyor = new Surveyor(NOW, new Map(), new Set());
    surveyor.add(connectionOf('acme'), summaryOf(live([seen('timeout', HOUR)]).record));
    expect(surveyor.finish().gateways.size).toBe(0);
  });
});

describe('the standing of a watched connection', () => {
  it.each([
    ['refused', revoked()],
    ['refused', live([seen('valid', 0), seen('rejected', MINUTE)]).record],
    ['works', healthy()],
    ['unsure', fresh()],
    ['unsure', live([0, 10, 20, 30].map((at) => seen('timeout', at * MINUTE))).record],
  ])('is %s', (standing, record) => {
    const { survey } = looked([record, record], ['c-1']);
    expect([...survey.standings]).toEqual([['c-1', standing]]);
  });

  it('is none when it is disabled or has no record', () => {
    const surveyor = new Surveyor(NOW, new Map(), new Set(['acme', 'globex']));
    surveyor.add(connectionOf('acme', { enabled: false, secretExpiresAt: T0 }), summaryOf(healthy()));
    surveyor.add(connectionOf('globex', { secretExpiresAt: T0 }), null);
    const { standings, declared } = surveyor.finish();
    expect([standings.size, declared.length]).toEqual([0, 0]);
  });
});

describe('a declared expiry', () => {
  const declaredFor = { expiresAt: T0, fingerprint: 'first', since: T0 };

  it.each([
    ['that holds', { ...healthy(), declaredFor }, false, null],
    ['of the secret before', { ...healthy(), declaredFor: { ...declaredFor, fingerprint: 'x' } }, true, null],
    ['of keys that were never asked', fresh(), false, T0 - MINUTE],
    [
      'of keys being confirmed',
      live([seen('valid', 0), seen('rejected', MINUTE)]).record,
      false,
      T0 + MINUTE,
    ],
    ['of keys that are refused', revoked(), false, null],
  ])('%s', (_what, record, outdated, unsettledSince) => {
    const connection = connectionOf('acme', { secretExpiresAt: T0 });
    const surveyor = new Surveyor(NOW, new Map(), new Set());
    surveyor.add(connection, summaryOf(record));
    expect(surveyor.finish()).toMatchObject({
      at: NOW,
      declared: [{ connection, expiresAt: T0, outdated, unsettledSince }],
    });
  });

  it('is none where none is declared', () => {
    expect(looked([healthy()]).survey.declared).toEqual([]);
  });
});

describe('a fleet is calm', () => {
  const lately = (at: number) => NOW - T0 - at;
  const suspect = live([seen('valid', 0), seen('rejected', lately(MINUTE))]).record;

  it.each([
    ['where all that were checked lately got a token', true, [live([seen('valid', lately(MINUTE))]).record]],
    [
      'where they are refused, and have been for long',
      true,
      [revoked(), live([seen('valid', lately(1))]).record],
    ],
    ['not while one gets no usable answer', false, [live([seen('timeout', lately(MINUTE))]).record]],
    ['not while one was refused for the first time lately', false, [suspect]],
    ['not where nothing was checked lately', false, [healthy()]],
  ])('%s', (_what, calm, records) => {
    expect(isCalm(looked(records).survey)).toBe(calm);
  });

  it('not while the standing of one is asked for, and where there is nothing to look at', () => {
    const record = live([seen('valid', lately(MINUTE))]).record;
    expect(isCalm(looked([record], ['c-0']).survey)).toBe(false);
    expect(isCalm(new Surveyor(NOW, new Map(), new Set()).finish())).toBe(true);
  });
});
