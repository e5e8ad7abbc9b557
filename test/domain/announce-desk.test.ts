import { describe, expect, it } from '@jest/globals';
import type { Incident } from '../../src/domain/incident.ts';
import { newIncident } from '../../src/domain/incident-book.ts';
import type { DeclaredExpiry } from '../../src/domain/survey.ts';
import { announced, OWED, page, policyFor, QUIET, TOLD, toldDigest } from './announcing.ts';
import { DAY, GATEWAY, HOUR, MINUTE, SECOND, T0 } from './checks.ts';
import { connectionOf } from './desk.ts';
import { gatewaySeen, surveyOf } from './gateway-surveys.ts';

const silence = (startsAt: number, endsAt: number) => ({
  id: 's',
  match: { tenant: 'Globex' },
  startsAt,
  endsAt,
  reason: 'migration',
  author: 'soc',
  createdAt: 0,
});

describe('the time to decide again', () => {
  it.each([
    ['no silence', [], null],
    ['a silence that begins', [silence(T0 + HOUR, T0 + DAY)], T0 + HOUR],
    ['a silence that ends', [silence(T0, T0 + DAY)], T0 + DAY],
    ['a silence that is over', [silence(0, T0)], null],
    [
      'several',
      [silence(T0 + HOUR, T0 + DAY), silence(0, T0 + MINUTE), silence(0, T0 + 2 * DAY)],
      T0 + MINUTE,
    ],
  ])('with %s', (_what, silences, nextAt) => {
    expect(announced([], { silences }).nextAt).toBe(nextAt);
  });

  it('is the first of all that waits', () => {
    const silences = [silence(T0, T0 + 2 * SECOND)];
    const young = page('a', { notice: { ...OWED, since: T0 } });
    expect(announced([young], { silences }).nextAt).toBe(T0 + 2 * SECOND);
    expect(announced([young], { silences: [silence(T0, T0 + DAY)] }).nextAt).toBe(T0 + 3 * SECOND);
  });
});

describe('a channel that fails', () => {
  const failing = newIncident(
    {
      ...{ id: 'f', kind: 'channel_failing', cause: null, severity: 'warning', subject: 'soc' },
      ...{ connection: null, detail: 'HTTP 410', notice: OWED },
    },
    T0 - MINUTE,
  );

  it('is told through the others', () => {
    expect(announced([failing]).outgoing).toMatchObject([{ channels: ['pager'] }]);
    expect(announced([failing], {}, { channels: ['soc'] }).outgoing).toEqual([]);
  });

  it('is told through all where it is not the channel but something of its name', () => {
    expect(announced([{ ...failing, kind: 'config_rejected' }]).outgoing).toMatchObject([
      { channels: ['soc', 'pager'] },
    ]);
  });
});

describe('who is told', () => {
  it('of a gateway are those whom its connections concern, as long as they are there', () => {
    const about = { id: 'o', kind: 'gateway_outage', cause: null, severity: 'warning' } as const;
    const members = ['a', 'gone', 'g'];
    const outage = newIncident({ ...about, connection: null, subject: GATEWAY, members, notice: OWED }, T0);
    const fleet = [connectionOf('a'), connectionOf('g', { channels: ['globex-desk'] })];
    const policy = policyFor(fleet, { channels: ['soc', 'globex-desk'], scoped: new Set(['globex-desk']) });
    expect(announced([outage], {}, policy).outgoing).toMatchObject([
      { channels: ['soc'], notification: { connections: { total: 1, ids: ['a'] } } },
      { channels: ['globex-desk'], notification: { connections: { total: 1, ids: ['g'] } } },
    ]);
  });

  it('of what grows are also those who were told and would not be now', () => {
    const known = { channels: ['old-desk'], total: 1, ids: ['a'], tenant: 'Acme Corp' };
    const digest = toldDigest(['a', 'b'], { audiences: [known] });
    const old = ['a', 'b'].map((id) => page(id, { group: 'd', notice: TOLD }));
    const fleet = ['a', 'b', 'new'].map((id) => connectionOf(id));
    const { changed } = announced([digest, ...old, page('new')], {}, policyFor(fleet));
    expect(changed.find(({ id }) => id === 'd')?.audiences).toMatchObject([
      { channels: ['soc', 'pager'], total: 3 },
      known,
    ]);
  });
});

describe('a secret that could not be read', () => {
  const unread = (id: string): Incident =>
    page(id, {
      ...{ kind: 'credential_unverifiable', cause: null, severity: 'warning' },
      evidence: {
        ...{ verdict: 'secret_unavailable', httpStatus: null, code: 'env_unset', requestId: null },
        ...{ confirmations: 0, lastSuccessAt: null },
      },
      notice: { ...OWED, since: T0 - HOUR },
    });

  it('of connections that are gone comes from their source', () => {
    expect(announced([unread('a'), unread('b')]).outgoing[0]?.notification.summary).toMatch(
      / can't be read from their source$/,
    );
  });

  it('comes from where the code says', () => {
    const fleet = ['a', 'b'].map((id) =>
      connectionOf(id, {
        clientId: { kind: 'env', name: 'ID' },
        clientSecret: { kind: 'exec', command: ['vault'], directory: '/' },
      }),
    );
    const { outgoing } = announced([unread('a'), unread('b')], {}, policyFor(fleet));
    expect(outgoing[0]?.notification.summary).toMatch(/ can't be read from the environment$/);
  });
});

describe('a warning of an expiry', () => {
  const expiring = page('a', { kind: 'credential_expiring', cause: null });
  const declared = (unsettledSince: number | null): DeclaredExpiry => ({
    ...{ connection: connectionOf('a'), expiresAt: T0 + DAY, outdated: false },
    unsettledSince,
  });
  const saidOf = (incident: Incident, ...all: DeclaredExpiry[]) => {
    const survey = { ...surveyOf(T0, [gatewaySeen()]), declared: all };
    const { told, nextAt, changed } = announced([incident], { survey });
    return { told: told.length, nextAt, held: changed[0]?.notice.held };
  };
  /** Told now, and recalled in a day. */
  const left = { told: 1, nextAt: T0 + DAY, held: null };

  it('waits until it is known whether the keys work, for half an hour at most', () => {
    const waits = { told: 0, nextAt: T0 + 29 * MINUTE, held: 'awaiting_verdict' };
    expect(saidOf(expiring, declared(T0 - MINUTE))).toEqual(waits);
    expect(saidOf(expiring, declared(T0 - 30 * MINUTE))).toEqual(left);
  });

  it.each([
    ['where it is known', [declared(null)]],
    ['where nothing was declared of late', []],
    ['where the clock was set back since', [declared(T0 + MINUTE + 1)]],
  ])('does not wait %s', (_what, all) => {
    expect(saidOf(expiring, ...all)).toEqual(left);
  });

  it('does not wait where the fleet was never looked at', () => {
    expect(announced([expiring], { survey: null }).told).toHaveLength(1);
  });

  it('is nothing that keeps other messages back', () => {
    expect(saidOf(page('a'), declared(T0 - MINUTE))).toEqual(left);
  });
});

it('a message that has been told leaves nothing owed', () => {
  expect(announced([page('a')]).changed).toMatchObject([{ notice: { ...QUIET, toldAt: T0 } }]);
});
