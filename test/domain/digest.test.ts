import { describe, expect, it } from '@jest/globals';
import { amongTold, audienceOfOne, audiencesOf, channelsOf, othersThan } from '../../src/domain/audience.ts';
import {
  audiencesOfDigest,
  commonCause,
  digestOf,
  digestText,
  endOfDigest,
} from '../../src/domain/digest.ts';
import type { Audience, Incident, IncidentEvidence } from '../../src/domain/incident.ts';
import { IncidentBook, newIncident } from '../../src/domain/incident-book.ts';
import type { RoutingPolicy } from '../../src/domain/routing.ts';
import { ACME, MINUTE, T0 } from './checks.ts';

const seenAs = (more: Partial<IncidentEvidence> = {}): IncidentEvidence => ({
  verdict: 'rejected',
  httpStatus: 401,
  code: 'x',
  requestId: null,
  confirmations: 3,
  lastSuccessAt: null,
  ...more,
});

function member(id: string, more: Partial<Incident> = {}): Incident {
  const about = { kind: 'credential_invalid', cause: 'revoked', severity: 'critical' } as const;
  const connection = { ...ACME, id, tenant: id.startsWith('g') ? 'Globex' : 'Acme Corp' };
  return newIncident({ ...about, id: `i-${id}`, evidence: seenAs(), ...more, connection }, T0);
}

/** Acme's own channel, Globex's own, and one for everybody. */
const POLICY: RoutingPolicy = {
  routes: [
    { match: { tenant: 'Acme Corp' }, channels: ['acme-desk'], continue: true },
    { match: { tenant: 'Globex' }, channels: ['globex-desk'], continue: true },
    { match: {}, channels: ['soc', 'pager'], continue: false },
  ],
  channels: ['soc', 'pager', 'acme-desk', 'globex-desk'],
  scoped: new Set(['acme-desk', 'globex-desk']),
};

describe('a digest', () => {
  const members = [member('a2'), { ...member('a1'), startedAt: T0 - MINUTE }, member('g1')];

  it('stands for its members from the beginning of the first on', () => {
    expect(digestOf(members, 'd', null)).toEqual(
      newIncident(
        {
          id: 'd',
          kind: 'credential_invalid',
          cause: 'revoked',
          severity: 'critical',
          connection: null,
          subject: 'digest',
          evidence: seenAs(),
          members: ['a2', 'a1', 'g1'],
          detail: '3 × revoked',
        },
        T0 - MINUTE,
      ),
    );
    expect(digestOf(members, 'd', 'exec vault')).toMatchObject({ source: 'exec vault' });
  });

  it('of nobody is none', () => {
    expect(digestOf([], 'd', null)).toBeNull();
  });

  it('is made of incidents of connections only', () => {
    const fleetWide = { ...member('a1'), connection: null };
    expect(() => audiencesOfDigest(member('d'), [fleetWide], POLICY)).toThrow(
      'a digest is made of incidents of connections',
    );
  });

  it.each([
    [['revoked', 'revoked'], 'revoked'],
    [['revoked', 'expired'], null],
    [[null, null], null],
    [[], null],
  ] as const)('of causes %j has the cause %j', (causes, cause) => {
    expect(commonCause(causes.map((one, i) => member(`a${i}`, { cause: one })))).toBe(cause);
  });

  it('counts its members by what tells them apart', () => {
    const text = (...some: Partial<Incident>[]) => digestText(some.map((more, i) => member(`a${i}`, more)));
    expect(text({}, { cause: 'expired' }, {})).toBe('2 × revoked, 1 × expired');
    const unsure = { cause: null };
    expect(text({ ...unsure, evidence: seenAs({ verdict: 'timeout' }) })).toBe('1 × timeout');
    expect(text({ ...unsure, evidence: null })).toBe('1 × unknown');
    const unread = seenAs({ verdict: 'secret_unavailable', code: 'ENOENT' });
    expect(text({ ...unsure, evidence: unread })).toBe('1 × ENOENT');
    expect(text({ ...unsure, evidence: { ...unread, code: null } })).toBe('1 × secret_unavailable');
    const denied = seenAs({ verdict: 'forbidden', httpStatus: 403, call: 'GET /a' });
    expect(text({ ...unsure, evidence: { ...denied, code: 'app_forbidden' } })).toBe('1 × app_forbidden');
    expect(text({ ...unsure, evidence: { ...denied, code: null } })).toBe('1 × HTTP 403');
  });

  it.each([
    [['removed'], 'removed'],
    [['removed', 'disabled'], 'recovered'],
    [['recovered'], 'recovered'],
    [[], 'recovered'],
  ] as const)('whose members ended %j ends %s', (memberEnds, end) => {
    const digest = { ...member('d'), members: ['a1'], memberEnds };
    expect(endOfDigest(digest, new IncidentBook([]))).toBe(end);
  });

  it('of which one is told of anew is superseded', () => {
    const digest = { ...member('d'), members: ['a1', 'a2'], memberEnds: ['removed'] as const };
    expect(endOfDigest(digest, new IncidentBook([member('a2')]))).toBe('superseded');
    const other = member('a2', { kind: 'credential_expiring' });
    expect(endOfDigest(digest, new IncidentBook([other]))).toBe('removed');
  });
});

describe('who is told of many', () => {
  it('is told of those that it may see, each group of channels with its own words and proof', () => {
    const members = [
      member('g1', { evidence: seenAs({ code: 'g' }), cause: 'expired' }),
      member('a2'),
      member('a1'),
    ];
    expect(audiencesOfDigest(member('d'), members, POLICY)).toEqual([
      {
        channels: ['soc', 'pager'],
        total: 3,
        ids: ['a1', 'a2', 'g1'],
        tenant: null,
        seen: { detail: '1 × expired, 2 × revoked', evidence: seenAs({ code: 'g' }) },
      },
      {
        channels: ['globex-desk'],
        total: 1,
        ids: ['g1'],
        tenant: 'Globex',
        seen: { detail: '1 × expired', evidence: seenAs({ code: 'g' }) },
      },
      {
        channels: ['acme-desk'],
        total: 2,
        ids: ['a1', 'a2'],
        tenant: 'Acme Corp',
        seen: { detail: '2 × revoked', evidence: seenAs() },
      },
    ]);
  });

  it('sees no proof where there is none', () => {
    const [audience] = audiencesOfDigest(member('d'), [member('a1', { evidence: null })], POLICY);
    expect(audience?.seen).toEqual({ detail: '1 × revoked', evidence: null });
  });

  it('is named fifty at most, and told how many there are', () => {
    const what = { kind: 'gateway_outage', severity: 'warning', cause: null } as const;
    const many = Array.from({ length: 60 }, (_, i) => ({
      connection: { ...ACME, id: `a${String(i).padStart(2, '0')}` },
      override: ['soc'],
    })).reverse();
    const [audience, ...others] = audiencesOf(what, many, POLICY);
    expect(others).toEqual([]);
    expect(audience).toMatchObject({ channels: ['soc'], total: 60, tenant: 'Acme Corp' });
    expect(audience?.ids).toEqual(
      many
        .map(({ connection }) => connection.id)
        .sort()
        .slice(0, 50),
    );
    expect(audience).not.toHaveProperty('seen');
  });
});

describe('who is told of one', () => {
  const what = { kind: 'config_rejected', severity: 'warning', cause: null, override: null } as const;

  it('is told of it with its customer', () => {
    expect(audienceOfOne({ ...what, connection: ACME }, POLICY)).toEqual([
      { channels: ['soc', 'pager', 'acme-desk'], total: 1, ids: [ACME.id], tenant: 'Acme Corp' },
    ]);
  });

  it('is told of nobody where it is nobody’s', () => {
    expect(audienceOfOne({ ...what, connection: null }, POLICY)).toEqual([
      { channels: ['soc', 'pager'], total: 0, ids: [], tenant: null },
    ]);
  });

  it('is not told by a route of a gateway where it is nobody’s', () => {
    const match = { gateway: ACME.gateway };
    const routes = [{ match, channels: ['pager'], continue: false }];
    const [audience] = audienceOfOne({ ...what, connection: null }, { ...POLICY, routes });
    expect(audience?.channels).toEqual(['soc', 'pager']);
  });

  it('is nobody where no channel is', () => {
    expect(audienceOfOne({ ...what, connection: ACME }, { ...POLICY, routes: [], channels: [] })).toEqual([]);
  });
});

describe('parts of audiences', () => {
  const audience = (...channels: string[]): Audience => ({ channels, total: 1, ids: ['a1'], tenant: null });

  it('are reached through the channels that are among those, or are not', () => {
    const now = [audience('soc', 'pager'), audience('acme-desk')];
    const known = [audience('pager'), audience('other')];
    expect(amongTold(now, known)).toEqual([audience('pager')]);
    expect(othersThan(known, now)).toEqual([audience('soc'), audience('acme-desk')]);
    expect(channelsOf([...now, ...known])).toEqual(['soc', 'pager', 'acme-desk', 'other']);
  });
});
