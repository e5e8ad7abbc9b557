import { describe, expect, it } from '@jest/globals';
import { type Incident, isAheadOf, isDigest, isOver, rebased } from '../../src/domain/incident.ts';
import { dueAgain, IncidentBook, newIncident } from '../../src/domain/incident-book.ts';
import { IncidentIds, serialAfter } from '../../src/domain/incident-id.ts';
import { ACME, HOUR, MINUTE, T0 } from './checks.ts';

function opened(id: string, more: Partial<Incident> = {}): Incident {
  const about = { kind: 'credential_invalid', cause: 'revoked', severity: 'critical' } as const;
  return newIncident({ ...about, id, connection: { ...ACME, id }, ...more }, T0);
}

const TOLD = { due: null, since: null, held: null, toldAt: T0, quiet: null } as const;
const digest = (id: string, more: Partial<Incident> = {}) =>
  opened(id, { connection: null, subject: 'digest', notice: TOLD, ...more });

describe('a new incident', () => {
  it('is owed to everybody, of which nobody knows yet', () => {
    expect(opened('acme')).toEqual({
      schema: 2,
      id: 'acme',
      kind: 'credential_invalid',
      cause: 'revoked',
      severity: 'critical',
      connection: { ...ACME, id: 'acme' },
      override: null,
      evidence: null,
      detail: null,
      subject: null,
      members: [],
      group: null,
      audiences: [],
      memberEnds: [],
      membersTold: 0,
      calmSince: null,
      sequence: 0,
      startedAt: T0,
      resolvedAt: null,
      resolution: null,
      notice: { due: 'firing', since: T0, held: null, toldAt: null, quiet: null },
    });
  });

  it('is owed again when it is graver, to all and not within another', () => {
    const told = opened('acme', { group: 'g', notice: { ...TOLD, quiet: 'grouped' } });
    expect(dueAgain(told, T0 + MINUTE)).toEqual({
      ...told,
      group: null,
      notice: { due: 'firing', since: T0 + MINUTE, held: null, toldAt: T0, quiet: null },
    });
  });
});

describe('the book of incidents', () => {
  it('finds what is open by its kind and what it is about', () => {
    const outage = opened('o', { kind: 'gateway_outage', connection: null, subject: 'https://a.example' });
    const odd = opened('x', { kind: 'config_rejected', connection: null });
    const book = new IncidentBook([opened('acme'), outage, odd, digest('d1'), digest('d2')]);
    expect(book.find('credential_invalid', 'acme')?.id).toBe('acme');
    expect(book.find('credential_expiring', 'acme')).toBeUndefined();
    expect(book.find('credential_invalid', 'globex')).toBeUndefined();
    expect(book.find('gateway_outage', 'https://a.example')).toBe(outage);
    expect(book.find('config_rejected', '')).toBe(odd);
    expect(book.find('credential_invalid', 'd1')?.id).toBe('d1');
    expect(book.find('credential_invalid', 'd2')?.id).toBe('d2');
    expect(book.all()).toHaveLength(5);
  });

  it('no longer finds what has ended, and goes on finding what came after it', () => {
    const book = new IncidentBook([opened('acme')]);
    book.put(opened('acme', { resolvedAt: T0 }));
    expect(book.find('credential_invalid', 'acme')).toBeUndefined();
    const next = book.put(opened('later', { connection: ACME }));
    book.put(opened('before', { connection: ACME, resolvedAt: T0 }));
    expect(book.find('credential_invalid', ACME.id)).toBe(next);
  });

  it('keeps what has changed, each once and as it is now', () => {
    const book = new IncidentBook([opened('acme'), opened('globex')]);
    expect(book.changed()).toEqual([]);
    book.put(opened('acme', { detail: 'a' }));
    const latest = book.put(opened('acme', { detail: 'b' }));
    expect(book.changed()).toEqual([latest]);
    expect(book.all()).toContain(latest);
  });

  it('knows the members of a digest that are left and have not left it', () => {
    const inside = opened('acme', { group: 'd' });
    const book = new IncidentBook([
      digest('d'),
      inside,
      opened('gone', { group: 'd', resolvedAt: T0 }),
      opened('initech', { group: 'other' }),
      opened('globex', { group: 'd' }),
    ]);
    expect(book.membersOf(digest('d')).map(({ id }) => id)).toEqual(['acme', 'globex']);
    book.put(opened('globex', { group: null }));
    expect(book.membersOf(digest('d'))).toEqual([inside]);
    expect(book.membersOf(digest('empty'))).toEqual([]);
  });
});

describe('the end of an incident', () => {
  function ended(incident: Incident, others: readonly Incident[] = [], at = T0 + HOUR) {
    const book = new IncidentBook([incident, ...others]);
    book.resolve(incident, 'recovered', at);
    return book.changed();
  }

  it('is owed to those who were told', () => {
    const held = opened('acme', { notice: { ...TOLD, held: 'silenced' } });
    expect(ended(held)).toEqual([
      {
        ...held,
        resolution: 'recovered',
        resolvedAt: T0 + HOUR,
        notice: { ...TOLD, due: 'resolved', since: T0 + HOUR },
      },
    ]);
  });

  it('is spared those who never were', () => {
    const held = opened('acme', {
      notice: { ...TOLD, due: 'firing', since: T0, held: 'silenced', toldAt: null },
    });
    expect(ended(held)[0]?.notice).toEqual({ ...TOLD, toldAt: null, quiet: 'superseded' });
  });

  it('within a digest is that of the digest', () => {
    const member = opened('acme', { group: 'd', notice: TOLD });
    const [one, whole, ...others] = ended(member, [digest('d')]);
    expect(one?.notice).toEqual({ ...TOLD, quiet: 'grouped' });
    expect(whole).toEqual(digest('d', { memberEnds: ['recovered'] }));
    expect(others).toEqual([]);
  });

  it('within a digest is told by itself to those who were told by itself', () => {
    const audiences = [{ channels: ['soc'], total: 1, ids: ['acme'], tenant: 'Acme Corp' }];
    const [one] = ended(opened('acme', { group: 'd', audiences, notice: TOLD }), [digest('d')]);
    expect(one?.notice).toEqual({ ...TOLD, due: 'resolved', since: T0 + HOUR });
  });

  it('is noted in a digest each way once', () => {
    const member = opened('acme', { group: 'd', notice: TOLD });
    expect(ended(member, [digest('d', { memberEnds: ['removed', 'recovered'] })])).toHaveLength(1);
    const [, whole] = ended(member, [digest('d', { memberEnds: ['removed'] })]);
    expect(whole?.memberEnds).toEqual(['removed', 'recovered']);
  });

  it('is never before the beginning', () => {
    expect(ended(opened('acme'), [], T0 - HOUR)[0]?.resolvedAt).toBe(T0);
  });
});

describe('an incident', () => {
  it.each([
    [{}, false],
    [{ resolvedAt: T0 }, false],
    [{ notice: TOLD }, false],
    [{ resolvedAt: T0, notice: TOLD }, true],
    [{ resolvedAt: T0, notice: { ...TOLD, due: 'resolved' as const } }, false],
  ])('is over when it has ended and nothing is owed: %j', (more, over) => {
    expect(isOver(opened('acme', more))).toBe(over);
  });

  it('is a digest by what it is about', () => {
    expect([digest('d'), opened('acme')].map(isDigest)).toEqual([true, false]);
  });

  it.each([
    [{}, T0 - MINUTE, false],
    [{}, T0 - MINUTE - 1, true],
    [{ startedAt: 0, calmSince: T0 }, T0 - MINUTE - 1, true],
    [{ startedAt: 0, notice: TOLD }, T0 - MINUTE - 1, true],
    [{ startedAt: 0, notice: TOLD }, T0 - MINUTE, false],
  ])('is ahead of a clock that was set back: %j', (more, now, ahead) => {
    expect(isAheadOf(opened('acme', more), now)).toBe(ahead);
  });

  it('is told by the clock as it is now, as far as it is ahead', () => {
    const notice = { ...TOLD, due: 'firing', since: T0 + 1 } as const;
    const incident = opened('acme', { calmSince: T0 + 2, notice });
    expect(rebased(incident, T0 - HOUR)).toEqual({
      ...incident,
      startedAt: T0 - HOUR,
      calmSince: T0 - HOUR,
      notice: { ...notice, since: T0 - HOUR, toldAt: T0 - HOUR },
    });
    expect(rebased(incident, T0 + HOUR)).toEqual(incident);
    const blank = opened('acme', { notice: { ...TOLD, toldAt: null } });
    expect(rebased(blank, T0)).toEqual(blank);
  });
});

describe('the ids of incidents', () => {
  it('name what they are about, those of many only their number', () => {
    const ids = new IncidentIds('e1', 7);
    expect(ids.of('acme', 'credential_invalid')).toBe('e1-acme-credential_invalid-7');
    expect([ids.ofMany('group'), ids.ofMany('secrets'), ids.ofMany('reminder')]).toEqual([
      'e1-group-7-1',
      'e1-secrets-7-2',
      'e1-reminder-7-3',
    ]);
  });

  it.each([
    [5, 100, 100],
    [100, 100, 101],
    [100, 5, 101],
  ])('after decision %d are numbered by the time %d or later: %d', (last, now, serial) => {
    expect(serialAfter(last, now)).toBe(serial);
  });
});
