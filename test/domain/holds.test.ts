import { describe, expect, it } from '@jest/globals';
import { companyOf, dueSince, holdOf, ripeAt } from '../../src/domain/holds.ts';
import type { Incident } from '../../src/domain/incident.ts';
import { IncidentBook, newIncident } from '../../src/domain/incident-book.ts';
import type { Silence, SilenceMatch } from '../../src/domain/silence.ts';
import { ACME, GATEWAY, HOUR, MINUTE, SECOND, T0 } from './checks.ts';

function one(kind: Incident['kind'], more: Partial<Incident> = {}): Incident {
  return newIncident(
    { id: `i-${kind}`, kind, cause: null, severity: 'warning', connection: ACME, ...more },
    T0,
  );
}

function silence(match: SilenceMatch): Silence {
  return {
    id: 's',
    match,
    startsAt: T0 - HOUR,
    endsAt: T0 + HOUR,
    reason: 'migration',
    author: 'soc',
    createdAt: T0 - HOUR,
  };
}

const proof = (verdict: 'timeout' | 'secret_unavailable') => ({
  verdict,
  httpStatus: null,
  code: null,
  requestId: null,
  confirmations: 0,
  lastSuccessAt: null,
});
const outage = one('gateway_outage', { connection: null, subject: GATEWAY });
const mass = one('mass_rejection', { connection: null, subject: GATEWAY, members: [ACME.id] });
const elsewhere = one('gateway_outage', { connection: null, subject: 'https://eu.example' });

describe('what keeps a message back', () => {
  it.each<[string, Incident, Incident[], string | null]>([
    ['an outage, of what is uncertain', one('credential_unverifiable'), [outage], 'outage'],
    [
      'an outage, of what has no answer',
      one('credential_unverifiable', { evidence: proof('timeout') }),
      [outage],
      'outage',
    ],
    ['no outage elsewhere', one('credential_unverifiable'), [elsewhere], null],
    [
      'no outage, of a secret that can’t be read',
      one('credential_unverifiable', { evidence: proof('secret_unavailable') }),
      [outage],
      null,
    ],
    [
      'no outage, of what is refused for sure',
      one('credential_invalid', { cause: 'revoked' }),
      [outage],
      null,
    ],
    [
      'a mass rejection that it is part of',
      one('credential_invalid', { cause: 'revoked' }),
      [mass],
      'mass_rejection',
    ],
    [
      'no mass rejection, of keys that never worked',
      one('credential_invalid', { cause: 'never_valid' }),
      [mass],
      null,
    ],
    [
      'a mass rejection, of keys that were replaced during it',
      one('credential_invalid', { cause: 'never_valid', severity: 'critical' }),
      [mass],
      'mass_rejection',
    ],
    ['no mass rejection, of what is uncertain', one('credential_unverifiable'), [mass], null],
    [
      'no mass rejection of others',
      one('credential_invalid', { cause: 'revoked' }),
      [{ ...mass, members: ['x'] }],
      null,
    ],
    ['nothing, of what is nobody’s in particular', outage, [outage, mass], null],
  ])('is %s', (_what, incident, known, hold) => {
    expect(holdOf(incident, new IncidentBook(known), [], T0)).toBe(hold);
  });

  it.each<[string, Incident, SilenceMatch, boolean]>([
    ['of its customer', one('credential_invalid'), { tenant: 'Acme Corp' }, true],
    ['of another customer', one('credential_invalid'), { tenant: 'Globex' }, false],
    ['of its gateway', outage, { gateway: GATEWAY }, true],
    ['of its gateway, by kind', mass, { gateway: GATEWAY, kind: 'mass_rejection' }, true],
    ['of another gateway', outage, { gateway: 'https://eu.example' }, false],
    [
      'of a gateway that is its name only',
      one('channel_failing', { connection: null, subject: GATEWAY }),
      { gateway: GATEWAY },
      false,
    ],
    [
      'of a gateway, where it has none',
      one('gateway_outage', { connection: null }),
      { gateway: GATEWAY },
      false,
    ],
    [
      'of its kind',
      one('config_rejected', { connection: null, subject: 'config' }),
      { kind: 'config_rejected' },
      true,
    ],
  ])('is a silence %s', (_what, incident, match, muted) => {
    expect(holdOf(incident, new IncidentBook([]), [silence(match)], T0)).toBe(muted ? 'silenced' : null);
  });

  it('is a silence before anything else, while it lasts', () => {
    const book = new IncidentBook([outage]);
    const held = (now: number) =>
      holdOf(one('credential_unverifiable'), book, [silence({ tenant: 'Acme Corp' })], now);
    expect([held(T0), held(T0 + HOUR)]).toEqual(['silenced', 'outage']);
  });

  it('is a silence of all that is left of a digest', () => {
    const digest = one('credential_invalid', { id: 'd', connection: null, subject: 'digest' });
    const globex = { ...ACME, id: 'globex', tenant: 'Globex' };
    const acme = one('credential_invalid', { id: 'i-1', group: 'd' });
    const other = one('credential_invalid', { id: 'i-2', group: 'd', connection: globex });
    const held = (known: readonly Incident[]) =>
      holdOf(digest, new IncidentBook([digest, ...known]), [silence({ tenant: 'Acme Corp' })], T0);
    expect(held([acme])).toBe('silenced');
    expect(held([acme, other])).toBeNull();
    expect(held([acme, { ...other, resolvedAt: T0 }])).toBe('silenced');
    expect(held([])).toBeNull();
  });
});

describe('the company of an incident', () => {
  it('is of its kind, severity and gateway, or of its source', () => {
    const incident = one('credential_unverifiable');
    expect(companyOf(incident, null)).toBe(`credential_unverifiable warning ${GATEWAY}`);
    expect(companyOf(incident, 'exec vault')).toBe('credential_unverifiable warning exec vault');
    expect(companyOf(outage, null)).toBe(outage.id);
  });
});

describe('since when a message is due', () => {
  it.each([
    [T0 - MINUTE, T0 - MINUTE],
    [T0 + 30 * MINUTE, T0 + 30 * MINUTE],
    [T0 + 30 * MINUTE + 1, T0],
    [null, T0 - HOUR],
  ])('%j is taken for %d', (since, taken) => {
    const incident = one('credential_invalid');
    const waiting = { ...incident, startedAt: T0 - HOUR, notice: { ...incident.notice, since } };
    expect(dueSince(waiting, T0)).toBe(taken);
  });
});

describe('when a company may leave', () => {
  const due = (after: number, kind: Incident['kind'], more: Partial<Incident> = {}) => {
    const incident = one(kind, more);
    return { ...incident, notice: { ...incident.notice, since: T0 + after } };
  };
  const ripe = (company: readonly Incident[], intervalMs = MINUTE) =>
    ripeAt(company, () => intervalMs, T0) - T0;

  it.each<[string, Incident[], number, number]>([
    [
      'pages: 3 s after the first',
      [
        due(0, 'credential_invalid', { severity: 'critical' }),
        due(SECOND, 'credential_invalid', { severity: 'critical' }),
      ],
      MINUTE,
      3 * SECOND,
    ],
    ['expiries: 3 s after the first', [due(0, 'credential_expiring')], MINUTE, 3 * SECOND],
    [
      'warnings: 30 s after the latest',
      [due(MINUTE, 'credential_invalid'), due(0, 'credential_invalid')],
      MINUTE,
      90 * SECOND,
    ],
    [
      'warnings: 5 min after the first at the latest',
      [due(0, 'credential_invalid'), due(4.9 * MINUTE, 'credential_invalid')],
      MINUTE,
      5 * MINUTE,
    ],
    ['what is nobody’s: at once', [{ ...outage, notice: { ...outage.notice, since: T0 - 1 } }], MINUTE, -1],
    [
      'uncertainties: a turn of each after the first',
      [due(0, 'credential_unverifiable'), due(SECOND, 'credential_unverifiable')],
      MINUTE,
      72 * SECOND,
    ],
    ['uncertainties with quick turns: 30 s', [due(0, 'credential_unverifiable')], 5 * SECOND, 30 * SECOND],
    ['uncertainties with slow turns: 10 min', [due(0, 'credential_unverifiable')], HOUR, 10 * MINUTE],
    [
      'grave uncertainties: 3 s',
      [due(0, 'credential_unverifiable', { severity: 'critical' })],
      HOUR,
      3 * SECOND,
    ],
  ])('%s', (_what, company, intervalMs, after) => {
    expect(ripe(company, intervalMs)).toBe(after);
  });

  it('waits for the slowest of the uncertain ones', () => {
    const slow = due(0, 'credential_unverifiable', { connection: { ...ACME, id: 'slow' } });
    const company = [due(0, 'credential_unverifiable'), slow, due(0, 'credential_unverifiable')];
    expect(ripeAt(company, (id) => (id === 'slow' ? 5 : 1) * MINUTE, T0)).toBe(T0 + 6 * MINUTE);
  });
});
