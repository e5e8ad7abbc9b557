import { describe, expect, it } from '@jest/globals';
import type { StateEvent } from '../../src/domain/event.ts';
import type { Incident } from '../../src/domain/incident.ts';
import { IncidentBook } from '../../src/domain/incident-book.ts';
import { type TrackPolicy, type TrackReason, track } from '../../src/domain/track.ts';
import { ACME, DAY, GATEWAY, HOUR, MINUTE, T0 } from './checks.ts';
import { changed } from './desk.ts';

const POLICY: TrackPolicy = { epoch: 'e1', issuing: new Set(), historyLoss: null };
const TOLD = { due: null, since: null, held: null, toldAt: T0, quiet: null } as const;

/** Follows changes of one connection; what was opened has been told of in between. */
function tracked(events: readonly StateEvent[], policy: Partial<TrackPolicy> = {}) {
  let known: readonly Incident[] = [];
  const reasons: TrackReason[] = [];
  let last: readonly Incident[] = [];
  for (const event of events) {
    const book = new IncidentBook(known);
    reasons.push(track(event, book, { ...POLICY, ...policy }, T0 + DAY));
    last = book.changed();
    known = book.all().map((incident) => ({ ...incident, notice: { ...TOLD } }));
  }
  return { reasons, last };
}

const evidence = (code: string) => ({ verdict: 'rejected', httpStatus: 401, code, requestId: null }) as const;
const unverifiable = (at: number, more: Partial<StateEvent> = {}) =>
  changed('unverifiable', at, { rejections: 0, ...more });

describe('a rejection that is known already', () => {
  it('of keys that never worked is a warning, and stays one quietly', () => {
    const { reasons, last } = tracked([
      changed('never_valid', T0),
      changed('never_valid', T0 + MINUTE, { evidence: evidence('other'), rejections: 4 }),
    ]);
    expect(reasons).toEqual(['opened', 'updated_quietly']);
    expect(last).toMatchObject([
      { severity: 'warning', notice: TOLD, evidence: { code: 'other', confirmations: 4 } },
    ]);
  });

  it('is told again to whoever is paged for graver ones only', () => {
    const { reasons, last } = tracked([changed('never_valid', T0), changed('revoked', T0 + MINUTE)]);
    expect(reasons).toEqual(['opened', 'escalated']);
    expect(last).toMatchObject([
      { severity: 'critical', cause: 'revoked', notice: { due: 'firing', since: T0 + MINUTE } },
    ]);
  });

  it('stays as grave as it was', () => {
    const { reasons, last } = tracked([changed('revoked', T0), changed('never_valid', T0 + MINUTE)]);
    expect(reasons).toEqual(['opened', 'updated_quietly']);
    expect(last).toMatchObject([{ severity: 'critical', cause: 'never_valid', notice: TOLD }]);
  });
});

describe('the detail of a rejection', () => {
  const lost = { historyLoss: { at: T0 - HOUR, rebuiltAt: T0 - HOUR / 2 } };

  it.each([
    [
      'names the declared expiry that was reached',
      'expired',
      T0,
      {},
      /declared expiry was 2026-06-01T12:00:00\.000Z\.$/,
    ],
    ['names no expiry where none was declared', 'expired', null, {}, null],
    ['names no expiry that has nothing to do with it', 'revoked', T0, {}, null],
    [
      'names the history that was lost, before an expiry',
      'expired',
      T0,
      lost,
      /^History was lost at 2026-06-01T11:00/,
    ],
  ] as const)('%s', (_what, state, declaredExpiry, policy, detail) => {
    const { last } = tracked([changed(state, T0, { declaredExpiry, lastSuccessAt: null })], policy);
    if (detail === null) expect(last[0]?.detail).toBeNull();
    else expect(last[0]?.detail).toMatch(detail);
  });

  it.each([
    ['registered when records were made anew', T0 - HOUR / 2, null, 'critical'],
    ['registered later', T0 - HOUR / 2 + 1, null, 'warning'],
    ['known to have worked since', T0 - HOUR / 2, T0 - MINUTE, 'warning'],
  ] as const)('of keys that never worked, %s', (_what, registeredAt, lastSuccessAt, severity) => {
    const { last } = tracked([changed('never_valid', T0, { registeredAt, lastSuccessAt })], lost);
    expect(last).toMatchObject([{ severity }]);
  });
});

describe('an uncertainty that is known already', () => {
  it('stays what it is while it is no graver', () => {
    const { reasons, last } = tracked([unverifiable(T0), unverifiable(T0 + MINUTE)]);
    expect(reasons).toEqual(['opened', 'already_open']);
    expect(last).toEqual([]);
  });

  it('is told again with the latest proof when it is graver', () => {
    const graver = (proof: StateEvent['evidence']) =>
      tracked([
        unverifiable(T0, { evidence: evidence('first') }),
        unverifiable(T0 + MINUTE, { rejections: 1, evidence: proof }),
      ]);
    expect(graver(evidence('second'))).toMatchObject({
      reasons: ['opened', 'escalated'],
      last: [
        { severity: 'critical', evidence: { code: 'second' }, notice: { due: 'firing', since: T0 + MINUTE } },
      ],
    });
    expect(graver(null).last).toMatchObject([{ evidence: { code: 'first' } }]);
  });

  it.each([
    ['at a gateway that issues tokens to others', true, new Set([GATEWAY]), 'critical'],
    ['at a gateway that issues none', true, new Set<string>(), 'warning'],
    ['that does not persist', false, new Set([GATEWAY]), 'warning'],
  ] as const)('with an unknown code %s', (_what, unknownCodePersists, issuing, severity) => {
    expect(tracked([unverifiable(T0, { unknownCodePersists })], { issuing }).last).toMatchObject([
      { severity },
    ]);
  });
});

describe('keys that work again', () => {
  const again = (more: Partial<StateEvent>) =>
    tracked([changed('revoked', T0), changed('healthy', T0 + HOUR, more)]).last[0];

  it('with the date of the previous secret have it said', () => {
    expect(again({ expiryOutdated: true, declaredExpiry: T0 })).toMatchObject({
      resolution: 'recovered',
      outdatedExpiry: T0,
    });
  });

  it.each([[{ declaredExpiry: T0 }], [{ expiryOutdated: true as const, declaredExpiry: null }]])(
    'with %j have nothing to be said of a date',
    (more) => {
      expect(again(more)).not.toHaveProperty('outdatedExpiry');
    },
  );
});

describe('the beginning of an incident', () => {
  it('is that of the change, and not in the future', () => {
    expect(tracked([changed('revoked', T0)]).last).toMatchObject([
      { id: expect.stringMatching(/^e1-acme-siem-credential_invalid-\d+$/), connection: ACME, startedAt: T0 },
    ]);
    expect(tracked([changed('revoked', T0 + 2 * DAY)]).last).toMatchObject([{ startedAt: T0 + DAY }]);
  });
});
