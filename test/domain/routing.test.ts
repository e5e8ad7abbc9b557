import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CONNECTION_CONCERNS, FLEET_CONCERNS } from '../../src/domain/concerns.ts';
import {
  channelNamesOf,
  chooseChannels,
  type Route,
  type RouteMatch,
  type Subject,
  scopedChannels,
} from '../../src/domain/routing.ts';
import { ACME, GATEWAY } from './checks.ts';

const CHANNELS = ['soc', 'pager', 'mail', 'globex-hook'];

const subject: Subject = {
  kind: 'credential_invalid',
  severity: 'critical',
  cause: 'revoked',
  connection: ACME,
  override: null,
};

function route(match: RouteMatch, channels: readonly string[], more = false): Route {
  return { match, channels, continue: more };
}

function policyOf(routes: readonly Route[], overrides: readonly (readonly string[])[] = []) {
  return { routes, channels: CHANNELS, scoped: scopedChannels(routes, overrides) };
}

function choose(routes: readonly Route[], about: Partial<Subject> = {}): readonly string[] {
  const override = about.override ?? null;
  const policy = policyOf(routes, override ? [override] : []);
  return channelNamesOf(chooseChannels({ ...subject, ...about }, policy));
}

describe('chooseChannels', () => {
  it('tells every channel when there are no routes, or none matches', () => {
    expect(choose([])).toEqual(CHANNELS);
    expect(choose([route({ kind: 'config_rejected' }, ['soc'])])).toEqual(CHANNELS);
  });

  it('takes the first route that matches', () => {
    expect(choose([route({ severity: 'critical' }, ['pager']), route({}, ['mail'])])).toEqual(['pager']);
  });

  it('goes on after a route that says continue, and names each channel once, in the order of the config', () => {
    const routes = [route({}, ['mail', 'soc'], true), route({ tenant: 'Acme Corp' }, ['soc', 'pager'])];
    expect(choose(routes)).toEqual(['soc', 'pager', 'mail']);
  });

  it('does not fall back to every channel when only a route with continue matched', () => {
    expect(choose([route({}, ['mail'], true), route({ tenant: 'Globex' }, ['soc'])])).toEqual(['mail']);
  });

  it.each([
    [true, { kind: 'credential_invalid' }],
    [false, { kind: 'credential_unverifiable' }],
    [true, { severity: 'critical' }],
    [false, { severity: 'warning' }],
    [true, { cause: 'revoked' }],
    [false, { cause: 'expired' }],
    [true, { tenant: 'Acme Corp' }],
    [false, { tenant: 'acme corp' }],
    [true, { gateway: GATEWAY }],
    [false, { gateway: 'https://api.services.mimecast.com' }],
    [true, { labels: { tier: 'gold' } }],
    [true, { labels: {} }],
    [false, { labels: { tier: 'silver' } }],
    [false, { labels: { tier: 'gold', owner: 'soc-a' } }],
    [false, { severity: 'critical', tenant: 'Globex' }],
  ] as [boolean, RouteMatch][])('matches (%s) %j', (expected, match) => {
    const [choice] = chooseChannels(subject, policyOf([route(match, ['mail'])]));
    expect(choice?.reason).toBe(expected ? 'route' : 'fallback');
  });

  it("lets a connection's own channels replace the routes", () => {
    expect(choose([route({}, ['soc'])], { override: ['globex-hook', 'mail'] })).toEqual([
      'mail',
      'globex-hook',
    ]);
  });

  it('names no channel that is not configured any more, and still tells somebody', () => {
    expect(choose([route({}, ['soc', 'gone'])])).toEqual(['soc']);
    expect(choose([], { override: ['gone', 'mail'] })).toEqual(['mail']);
    expect(choose([route({}, ['soc'])], { override: ['gone'] })).toEqual(['soc']);
  });

  it('says why each channel was chosen', () => {
    const routes = [
      route({ tenant: 'Globex' }, ['globex-hook']),
      route({ severity: 'critical' }, ['pager'], true),
      route({}, ['soc', 'pager']),
    ];
    expect(chooseChannels(subject, policyOf(routes))).toEqual([
      { channel: 'soc', reason: 'route', route: 2 },
      { channel: 'pager', reason: 'route', route: 1 },
    ]);
    expect(chooseChannels({ ...subject, override: ['mail'] }, policyOf(routes, [['mail']]))).toEqual([
      { channel: 'mail', reason: 'own_channels', route: null },
    ]);
    expect(chooseChannels(subject, policyOf(routes.slice(0, 1)))).toEqual([
      { channel: 'soc', reason: 'fallback', route: null },
      { channel: 'pager', reason: 'fallback', route: null },
      { channel: 'mail', reason: 'fallback', route: null },
    ]);
  });

  it('tells what concerns the whole fleet only where no customer was singled out', () => {
    const routes = [
      route({ tenant: 'Acme Corp' }, ['soc']),
      route({ labels: { tier: 'gold' } }, ['pager', 'mail']),
      route({ kind: 'credential_expiring' }, ['mail']),
    ];
    const fleet: Subject = { ...subject, connection: null, kind: 'config_rejected', cause: null };
    expect(channelNamesOf(chooseChannels(fleet, policyOf(routes, [['globex-hook']])))).toEqual(['mail']);
  });
});

describe('scopedChannels', () => {
  it.each<[string, readonly Route[], readonly (readonly string[])[], readonly string[]]>([
    ['nothing chosen for anybody', [route({ severity: 'critical' }, ['soc'])], [], []],
    ['a route by tenant', [route({ tenant: 'Globex' }, ['globex-hook'])], [], ['globex-hook']],
    ['a route by labels', [route({ labels: { tier: 'gold' } }, ['pager'])], [], ['pager']],
    ['a route by no label at all', [route({ labels: {} }, ['pager'])], [], []],
    ['the channels of a connection', [], [['mail', 'soc']], ['mail', 'soc']],
    [
      'one that is for everybody too',
      [route({ tenant: 'Globex' }, ['soc', 'mail']), route({ gateway: GATEWAY }, ['soc'])],
      [['mail']],
      ['mail'],
    ],
  ])('%s', (_, routes, overrides, expected) => {
    expect([...scopedChannels(routes, overrides)].sort()).toEqual([...expected].sort());
  });
});

describe('whatever the routes', () => {
  const TENANTS = ['Acme Corp', 'Globex', 'Initech'];
  const name = fc.constantFrom(...CHANNELS);
  const some = fc.uniqueArray(name, { minLength: 1 });
  const labels = fc.constantFrom<Record<string, string>>({}, { tier: 'gold' }, { tier: 'silver' });
  const concern = fc.constantFrom(...CONNECTION_CONCERNS, ...FLEET_CONCERNS);
  const match = fc
    .record(
      {
        kind: concern.map(({ kind }) => kind),
        severity: fc.constantFrom('critical' as const, 'warning' as const),
        tenant: fc.constantFrom(...TENANTS),
        labels,
      },
      { requiredKeys: [] },
    )
    .map((found) => found as RouteMatch);
  const routes = fc.array(fc.record({ match, channels: some, continue: fc.boolean() }), { maxLength: 6 });
  const connections = fc.array(
    fc.record({ tenant: fc.constantFrom(...TENANTS), labels, override: fc.option(some) }),
    { minLength: 1, maxLength: 4 },
  );

  it('no channel that was chosen for particular customers is told about one whom its choices do not cover', () => {
    fc.assert(
      fc.property(routes, connections, concern, (given, fleet, what) => {
        const overrides = fleet.flatMap(({ override }) => (override ? [override] : []));
        const policy = policyOf(given, overrides);
        for (const [index, { tenant, labels: own, override }] of fleet.entries()) {
          const connection = { id: `c${index}`, tenant, gateway: GATEWAY, labels: own };
          const told = channelNamesOf(chooseChannels({ ...what, connection, override }, policy));
          for (const channel of told.filter((one) => policy.scoped.has(one))) {
            const covered =
              override?.includes(channel) ||
              given.some(
                (one) =>
                  one.channels.includes(channel) &&
                  (one.match.tenant === undefined || one.match.tenant === tenant) &&
                  Object.entries(one.match.labels ?? {}).every(([key, value]) => own[key] === value),
              );
            expect(covered).toBe(true);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('what concerns no connection reaches no channel that was chosen for particular customers', () => {
    fc.assert(
      fc.property(routes, fc.array(some), concern, (given, overrides, what) => {
        const policy = policyOf(given, overrides);
        const told = channelNamesOf(chooseChannels({ ...what, connection: null, override: null }, policy));
        expect(told.filter((channel) => policy.scoped.has(channel))).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('a connection is told of in the order of the config, each channel once', () => {
    fc.assert(
      fc.property(routes, fc.option(some), concern, (given, override, what) => {
        const policy = policyOf(given, override ? [override] : []);
        const told = channelNamesOf(chooseChannels({ ...what, connection: ACME, override }, policy));
        expect(told).toEqual(CHANNELS.filter((channel) => told.includes(channel)));
      }),
    );
  });
});
