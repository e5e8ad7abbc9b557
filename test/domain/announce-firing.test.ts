import { describe, expect, it } from '@jest/globals';
import type { Incident, IncidentEvidence } from '../../src/domain/incident.ts';
import { newIncident } from '../../src/domain/incident-book.ts';
import type { Survey } from '../../src/domain/survey.ts';
import { announced, OWED, page, policyFor, QUIET, TOLD, toldDigest } from './announcing.ts';
import { ACME, GATEWAY, HOUR, MINUTE, SECOND, T0 } from './checks.ts';
import { connectionOf } from './desk.ts';
import { gatewaySeen, surveyOf } from './gateway-surveys.ts';

const look = (at: number): Survey => surveyOf(at, [gatewaySeen()]);
const unsure = (id: string, more: Partial<Incident> = {}) =>
  page(id, { kind: 'credential_unverifiable', cause: null, severity: 'warning', evidence: null, ...more });

describe('a page of refused keys', () => {
  it.each<[string, Survey | null, boolean]>([
    ['after a look at the fleet since it is owed', look(T0 - 5 * SECOND), true],
    ['after a look at the very moment', look(T0 - 10 * SECOND), true],
    ['not after a look before that', look(T0 - 10 * SECOND - 1), false],
    ['not without any look', null, false],
  ])('leaves %s', (_what, survey, leaves) => {
    const { told, wantsSurvey, changed } = announced([page('acme')], { survey });
    expect(told).toHaveLength(leaves ? 1 : 0);
    expect(wantsSurvey).toBe(!leaves);
    expect(changed).toMatchObject([{ notice: { held: leaves ? null : 'grouping' } }]);
  });

  it('waits for a look that all of its company need', () => {
    const earlier = page('earlier', { notice: { ...OWED, since: T0 - MINUTE } });
    const { told, wantsSurvey } = announced([earlier, page('acme')], { survey: look(T0 - 30 * SECOND) });
    expect([told, wantsSurvey]).toEqual([[], true]);
  });

  it.each([
    [
      'a refusal that pages nobody',
      page('acme', { severity: 'warning', notice: { ...OWED, since: T0 - HOUR } }),
    ],
    ['an uncertainty, however grave', unsure('acme', { severity: 'critical' })],
  ])('is not meant by %s, which needs no look', (_what, incident) => {
    expect(announced([incident], { survey: null })).toMatchObject({
      told: [expect.any(String)],
      wantsSurvey: false,
    });
  });
});

describe('what is owed', () => {
  it('leaves at once when it was not kept back and is due for long enough', () => {
    const { told, changed } = announced([page('acme')]);
    expect(told).toEqual(['credential_invalid firing acme']);
    expect(changed).toMatchObject([
      { sequence: 1, notice: { ...QUIET, toldAt: T0 }, audiences: [{ channels: ['soc', 'pager'] }] },
    ]);
  });

  it('comes due anew with all others that a mass kept back', () => {
    const { told, nextAt, changed } = announced([
      page('acme', { notice: { ...OWED, held: 'mass_rejection' } }),
    ]);
    expect([told, nextAt]).toEqual([[], T0 + 3 * SECOND]);
    expect(changed).toMatchObject([{ notice: { due: 'firing', since: T0, held: 'grouping' } }]);
  });

  it.each([
    [5 * MINUTE, 6 * MINUTE],
    [HOUR, 30 * MINUTE],
  ])('after an outage with an interval of %d ms comes due %d ms later', (intervalMs, settleMs) => {
    const held = unsure('acme', { notice: { ...OWED, held: 'outage' } });
    const { changed } = announced([held], {}, policyFor([connectionOf('acme', { intervalMs })]));
    expect(changed).toMatchObject([{ notice: { since: T0 + settleMs, held: 'grouping' } }]);
  });

  it('stays while an outage lasts, and says so', () => {
    const about = { id: 'o', kind: 'gateway_outage', cause: null, severity: 'warning' } as const;
    const outage = newIncident({ ...about, connection: null, subject: GATEWAY, notice: TOLD }, T0 - MINUTE);
    const { told, changed } = announced([outage, unsure('acme')]);
    expect(told).toEqual([]);
    expect(changed).toMatchObject([{ id: 'i-acme', notice: { held: 'outage', since: T0 - 10 * SECOND } }]);
  });

  it('to nobody stays owed, and says once that there is nobody', () => {
    const nobody = { channels: [] };
    const { outgoing, changed } = announced([page('acme')], {}, nobody);
    expect(outgoing).toEqual([]);
    expect(changed).toMatchObject([{ notice: { due: 'firing', held: null, quiet: 'nobody_to_tell' } }]);
    expect(announced(changed, {}, nobody).changed).toEqual([]);
  });
});

describe('many of a kind', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, i) =>
      page(`c-${i}`, { connection: { ...ACME, id: `c-${i}`, tenant: `tenant ${i}` } }),
    );

  it('are five messages at most', () => {
    expect(announced(many(5)).told).toHaveLength(5);
    expect(announced(many(6)).told).toEqual(['credential_invalid firing ×6']);
  });

  it('are told within one that names none of them in its id', () => {
    const { outgoing, changed } = announced(many(6));
    expect(outgoing[0]?.notification.id).toBe('e1-group-7-1-1');
    const members = changed.filter(({ group }) => group === 'e1-group-7-1');
    expect(members).toHaveLength(6);
    expect(members[0]?.notice).toEqual({
      ...QUIET,
      toldAt: T0,
      quiet: 'grouped',
      within: { incident: 'e1-group-7-1', channels: ['soc', 'pager'] },
    });
  });

  it('for whom there is nobody to tell are told within nothing', () => {
    const { outgoing, changed } = announced(many(6), {}, { channels: [] });
    expect(outgoing).toEqual([]);
    const members = changed.filter(({ group }) => group === 'e1-group-7-1');
    expect(members.map(({ notice }) => notice)).toEqual(
      members.map(() => ({ ...QUIET, toldAt: T0, quiet: 'grouped' })),
    );
  });
});

describe('secrets that one source does not give', () => {
  const unread: IncidentEvidence = {
    verdict: 'secret_unavailable',
    httpStatus: null,
    code: 'exec_failed',
    requestId: null,
    confirmations: 0,
    lastSuccessAt: null,
  };
  const fleet = ['a', 'b', 'c'].map((id) =>
    connectionOf(id, { clientSecret: { kind: 'exec', command: ['vault'], directory: '/' } }),
  );
  const owed = { ...OWED, since: T0 - 10 * MINUTE };
  const failing = (id: string, more: Partial<Incident> = {}) =>
    unsure(id, { evidence: unread, notice: owed, ...more });
  const told = (more: Partial<Incident>) => {
    const about = { kind: 'credential_unverifiable', cause: null, severity: 'warning' } as const;
    const audiences = [{ channels: ['soc'], total: 1, ids: ['a'], tenant: null }];
    return toldDigest(['a'], { ...about, source: 'exec vault', audiences, ...more });
  };
  const known = failing('a', { group: 'd', notice: TOLD });

  it('are one message from two on, under an id of its own', () => {
    const { outgoing } = announced([failing('a'), failing('b')], {}, policyFor(fleet));
    expect(outgoing.map(({ notification }) => notification)).toMatchObject([
      {
        id: 'e1-secrets-7-1-1',
        summary: "Acme Corp: the secrets of 2 connections can't be read from exec vault",
      },
    ]);
    const one = announced([failing('a')], {}, policyFor(fleet));
    expect(one.told).toEqual(['credential_unverifiable firing a']);
  });

  it.each<[string, Partial<Incident>, string[]]>([
    ['join those that were told', {}, ['credential_unverifiable firing ×2']],
    ['do not join graver ones', { severity: 'critical' }, ['credential_unverifiable firing b']],
    ['do not join those of another source', { source: 'exec other' }, ['credential_unverifiable firing b']],
    ['do not join what is over', { resolvedAt: T0 - 1 }, ['credential_unverifiable firing b']],
  ])('%s', (_what, more, messages) => {
    const { told: sent } = announced([told(more), known, failing('b')], {}, policyFor(fleet));
    expect([...sent].sort()).toEqual([...messages].sort());
  });

  it('do not join a message that is still owed, since it is silenced', () => {
    const silence = {
      id: 's',
      match: { connection: 'a' },
      startsAt: 0,
      endsAt: T0 + HOUR,
      reason: 'migration',
      author: 'soc',
      createdAt: 0,
    };
    const owedDigest = told({ notice: { ...owed, held: 'silenced' } });
    const { told: sent } = announced(
      [owedDigest, known, failing('b')],
      { silences: [silence] },
      policyFor(fleet),
    );
    expect(sent).toEqual(['credential_unverifiable firing b']);
  });
});
