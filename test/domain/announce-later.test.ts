import { describe, expect, it } from '@jest/globals';
import type { Incident } from '../../src/domain/incident.ts';
import { newIncident } from '../../src/domain/incident-book.ts';
import type { DeclaredExpiry } from '../../src/domain/survey.ts';
import { announced, page, policyFor, QUIET, TOLD, toldDigest } from './announcing.ts';
import { ACME, DAY, GATEWAY, HOUR, MINUTE, T0 } from './checks.ts';
import { connectionOf } from './desk.ts';
import { surveyOf } from './gateway-surveys.ts';

const SOC = { channels: ['soc'], total: 1, ids: ['a'], tenant: null };
const ENDED = { ...TOLD, due: 'resolved', since: T0 } as const;
const LONG_AGO = { ...QUIET, toldAt: T0 - DAY };
const muted = (match: { kind?: Incident['kind']; connection?: string }) => ({
  silences: [{ id: 's', match, startsAt: 0, endsAt: T0 + HOUR, reason: 'x', author: 'soc', createdAt: 0 }],
});

function outage(more: Partial<Incident> = {}): Incident {
  const about = { id: 'o', kind: 'gateway_outage', cause: null, severity: 'warning' } as const;
  return newIncident(
    { ...about, connection: null, subject: GATEWAY, sequence: 1, notice: TOLD, ...more },
    T0 - MINUTE,
  );
}

describe('the end of an incident', () => {
  const ended = page('a', {
    resolvedAt: T0,
    resolution: 'recovered',
    audiences: [SOC],
    notice: ENDED,
    sequence: 1,
  });

  it('is told once to those who were told', () => {
    const { outgoing, changed } = announced([ended]);
    expect(outgoing).toMatchObject([
      { channels: ['soc'], notification: { id: 'i-a-2', resolution: 'recovered' } },
    ]);
    expect(changed).toMatchObject([{ notice: { ...QUIET, toldAt: T0 } }]);
    expect(announced(changed)).toMatchObject({ told: [], changed: [] });
  });

  it('that nobody was told of is done with', () => {
    const { told, changed } = announced([{ ...ended, audiences: [] }]);
    expect(told).toEqual([]);
    expect(changed).toMatchObject([{ notice: { due: null, quiet: null } }]);
  });

  it('waits for nothing but the end of a silence', () => {
    expect(announced([outage(), { ...ended, kind: 'credential_unverifiable' }]).told).toHaveLength(1);
    const { told, changed } = announced([ended], muted({ connection: 'a' }));
    expect(told).toEqual([]);
    expect(changed).toMatchObject([{ notice: { due: 'resolved', held: 'silenced' } }]);
  });
});

describe('the end of a digest', () => {
  const digest = toldDigest(['a'], { audiences: [SOC], memberEnds: ['removed'] });

  it('comes with that of the last of its members, once', () => {
    const { told, changed } = announced([digest]);
    expect(told).toEqual(['credential_invalid resolved ×1']);
    expect(changed).toMatchObject([
      { resolution: 'removed', resolvedAt: T0, notice: { due: null, toldAt: T0 } },
    ]);
    expect(announced([page('a', { group: 'd', notice: TOLD }), digest]).told).toEqual([]);
    const owed = { ...digest, resolvedAt: T0, resolution: 'recovered', notice: ENDED } as const;
    expect(announced([owed]).told).toEqual(['credential_invalid resolved ×1']);
  });

  it('waits for the end of a silence', () => {
    expect(announced([digest], muted({ kind: 'credential_invalid' }))).toMatchObject({
      told: [],
      changed: [],
    });
  });
});

describe('customers whom an outage reaches later', () => {
  const fleet = [connectionOf('a'), connectionOf('g', { channels: ['globex-desk'] })];
  const policy = policyFor(fleet, { channels: ['soc', 'globex-desk'], scoped: new Set(['globex-desk']) });
  const grown = outage({ members: ['a', 'g'], membersTold: 1, audiences: [SOC] });

  it('are told of it, and nobody else again', () => {
    const { outgoing, changed } = announced([grown], {}, policy);
    expect(outgoing).toMatchObject([
      { channels: ['globex-desk'], notification: { id: 'o-2', status: 'firing' } },
    ]);
    expect(changed).toMatchObject([
      { sequence: 2, membersTold: 2, audiences: [SOC, { channels: ['globex-desk'], ids: ['g'] }] },
    ]);
  });

  it('are noted where all of them have heard of it', () => {
    const heard = { ...grown, audiences: [SOC, { ...SOC, channels: ['globex-desk'], ids: ['g'] }] };
    const { outgoing, changed } = announced([heard], {}, policy);
    expect(outgoing).toEqual([]);
    expect(changed).toMatchObject([{ sequence: 1, membersTold: 2 }]);
  });

  it.each<[string, Partial<Incident>]>([
    ['it is over', { resolvedAt: T0 - 1 }],
    ['nobody joined', { membersTold: 2 }],
    ['it is none', { kind: 'mass_rejection' }],
  ])('are not told where %s', (_what, more) => {
    expect(announced([{ ...grown, ...more }], {}, policy)).toMatchObject({ told: [], changed: [] });
  });

  it('are told after a silence of the gateway, not during it', () => {
    const silence = { id: 's', match: { gateway: GATEWAY }, startsAt: 0, endsAt: T0 + 1 };
    const silences = [{ ...silence, reason: 'migration', author: 'soc', createdAt: 0 }];
    const during = announced([grown], { silences }, policy);
    expect(during).toMatchObject({ told: [], changed: [], nextAt: T0 + 1 });
    expect(announced([grown], { silences, now: T0 + 1 }, policy).told).toHaveLength(1);
  });

  it('are told once where it is still owed to everybody', () => {
    const owed = {
      ...grown,
      audiences: [],
      membersTold: 0,
      notice: { ...QUIET, due: 'firing', since: 0 },
    } as const;
    const { outgoing } = announced([owed], {}, policy);
    expect(outgoing.map(({ notification }) => notification.id)).toEqual(['o-2', 'o-2']);
  });
});

describe('what lasts', () => {
  const lasting = (id: string, more: Partial<Incident> = {}) =>
    page(id, { audiences: [{ ...SOC, ids: [id] }], sequence: 3, notice: LONG_AGO, ...more });

  it('is recalled by itself, also through channels of late', () => {
    const { outgoing, changed } = announced([lasting('a')]);
    expect(outgoing).toMatchObject([
      { channels: ['soc', 'pager'], notification: { id: 'i-a-4', status: 'reminder' } },
    ]);
    expect(changed).toMatchObject([
      { sequence: 4, notice: { toldAt: T0 }, audiences: [{ channels: ['soc', 'pager'] }] },
    ]);
  });

  it('is recalled when its time has come, not before', () => {
    const soon = { ...QUIET, toldAt: T0 - DAY + 1 };
    expect(announced([lasting('a', { notice: soon })])).toMatchObject({ told: [], nextAt: T0 + 1 });
  });

  it.each<[string, Partial<Incident>]>([
    ['is over', { resolvedAt: T0 - 1 }],
    ['is in company', { group: 'd' }],
    ['is to be told anew, when that waits', { notice: { ...LONG_AGO, due: 'firing', since: T0 } }],
  ])('is not recalled when it %s', (_what, more) => {
    expect(announced([lasting('a', more)]).told).toEqual([]);
  });

  it('is recalled of a gateway to those who were told', () => {
    const old = outage({ notice: LONG_AGO, audiences: [SOC], members: ['a', 'b'], membersTold: 2 });
    const { outgoing, changed } = announced([old]);
    expect(outgoing).toMatchObject([{ channels: ['soc'], notification: { id: 'o-2', status: 'reminder' } }]);
    expect(changed).toMatchObject([{ audiences: [SOC], membersTold: 2 }]);
  });

  it('is recalled of a gateway to nobody else, and says nothing of those who joined', () => {
    const about = { audiences: [SOC], members: ['a', 'b'], membersTold: 1, notice: LONG_AGO };
    const mass = outage({ ...about, kind: 'mass_rejection', severity: 'critical' });
    const { outgoing, changed } = announced([mass], {}, policyFor([connectionOf('a')]));
    expect(outgoing).toMatchObject([{ channels: ['soc'], notification: { status: 'reminder' } }]);
    expect(changed).toMatchObject([{ audiences: [SOC], membersTold: 1 }]);
  });

  it('is recalled of five one by one, and of more in one message', () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => lasting(`c-${i}`));
    expect(announced(many(5)).told).toHaveLength(5);
    const { outgoing, changed } = announced(many(6));
    expect(outgoing).toMatchObject([
      { channels: ['soc'], notification: { id: 'e1-reminder-7-1-0', connections: { total: 6 } } },
    ]);
    expect(changed).toMatchObject(
      many(6).map(({ id }) => ({
        id,
        sequence: 3,
        notice: { ...QUIET, toldAt: T0, within: { incident: 'e1-reminder-7-1', channels: ['soc'] } },
      })),
    );
  });

  it('is recalled in company of its own kind and gateway', () => {
    const eu = { ...ACME, gateway: 'https://eu.example' };
    const mixed = Array.from({ length: 6 }, (_, i) =>
      lasting(`c-${i}`, i < 3 ? {} : { connection: { ...eu, id: `c-${i}` } }),
    );
    expect(announced(mixed).told).toHaveLength(6);
  });

  it('is recalled each by itself in a channel with an alert for each', () => {
    const many = Array.from({ length: 6 }, (_, i) =>
      lasting(`c-${i}`, { audiences: [{ ...SOC, channels: ['soc', 'pager'], ids: [`c-${i}`] }] }),
    );
    const { outgoing, changed } = announced(many, {}, { alertPerIncident: new Set(['pager']) });
    expect(outgoing.filter(({ channels }) => channels[0] === 'pager')).toHaveLength(6);
    expect(outgoing.filter(({ channels }) => channels[0] === 'soc')).toHaveLength(1);
    expect(outgoing[0]?.notification.id).toBe('i-c-0-4');
    expect(changed[0]).toMatchObject({
      sequence: 4,
      notice: { toldAt: T0, within: { incident: 'e1-reminder-7-1', channels: ['soc'], alone: ['pager'] } },
    });
  });
});

describe('a declared expiry that was told of', () => {
  const rung = (id: string, leftMs: number): DeclaredExpiry => ({
    connection: connectionOf(id),
    expiresAt: T0 + leftMs,
    outdated: false,
    unsettledSince: null,
  });
  const told = (more: Partial<Incident> = {}) =>
    page('a', { kind: 'credential_expiring', cause: null, audiences: [SOC], notice: LONG_AGO, ...more });
  const remindedOf = (incidents: readonly Incident[], ...declared: DeclaredExpiry[]) =>
    announced(incidents, { survey: { ...surveyOf(T0, []), declared } }, { reminderEveryMs: DAY }).told
      .length > 0;

  it('is recalled by its rungs until the last one', () => {
    expect(remindedOf([told({ severity: 'warning' })], rung('a', 5 * DAY))).toBe(false);
    expect(remindedOf([told()], rung('a', -2 * DAY))).toBe(true);
    expect(remindedOf([told()])).toBe(true);
  });

  it.each([
    [HOUR, false],
    [HOUR + 1, true],
  ])('is not recalled when the expiry itself comes within the hour: %d ms', (left, reminded) => {
    const latest = { ...QUIET, toldAt: T0 + left - DAY };
    const { told: messages } = announced(
      [told({ notice: latest })],
      { survey: { ...surveyOf(T0, []), declared: [rung('a', left)] } },
      { reminderEveryMs: 23 * HOUR - 1 },
    );
    expect(messages).toHaveLength(reminded ? 1 : 0);
  });

  it('is recalled well before the expiry itself where reminders come often', () => {
    const survey = { ...surveyOf(T0, []), declared: [rung('a', 30 * MINUTE)] };
    const latest = told({ notice: { ...QUIET, toldAt: T0 - 40 * MINUTE } });
    expect(announced([latest], { survey }, { reminderEveryMs: 40 * MINUTE }).told).toHaveLength(1);
  });

  it('in company is not recalled when one of them is told of soon', () => {
    const digest = toldDigest(['a', 'b'], {
      ...{ kind: 'credential_expiring', cause: null, audiences: [SOC], notice: LONG_AGO },
    });
    const member = (id: string) =>
      page(id, { kind: 'credential_expiring', cause: null, group: 'd', notice: LONG_AGO });
    const company = [digest, member('a'), member('b')];
    expect(remindedOf(company, rung('a', -2 * DAY), rung('b', HOUR))).toBe(false);
    expect(remindedOf(company, rung('a', -2 * DAY), rung('b', -2 * DAY))).toBe(true);
  });
});
