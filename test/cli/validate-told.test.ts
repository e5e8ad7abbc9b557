import { describe, expect, it } from '@jest/globals';
import { toldGroups } from '../../src/cli/validate-told.ts';
import type { Connection } from '../../src/domain/connection.ts';
import {
  channelNamesOf,
  chooseChannels,
  type Route,
  type RoutingPolicy,
  scopedChannels,
} from '../../src/domain/routing.ts';

const BASE: Connection = {
  id: 'acme',
  tenant: 'Acme',
  gateway: 'https://us-api.services.mimecast.com',
  clientId: { kind: 'env', name: 'A' },
  clientSecret: { kind: 'env', name: 'B' },
  intervalMs: 60_000,
  timeoutMs: 1_000,
  confirmations: 3,
  secretExpiresAt: null,
  labels: {},
  channels: null,
  enabled: true,
};

const UK = 'https://uk-api.services.mimecast.com';
const ROUTES: readonly Route[] = [
  { match: { tenant: 'Acme', severity: 'critical' }, channels: ['acme'], continue: true },
  { match: { labels: { tier: 'gold' } }, channels: ['oncall'], continue: false },
  { match: { gateway: UK, kind: 'credential_expiring' }, channels: ['mail'], continue: false },
];

/** One of each likeness there can be, twice. */
const FLEET = ['Acme', 'Globex'].flatMap((tenant) =>
  [BASE.gateway, UK].flatMap((gateway) =>
    [{}, { tier: 'gold' }, { tier: 'silver', owner: 'x' }].flatMap((labels) =>
      [null, ['own']].flatMap((channels) =>
        ['1', '2'].map((twin): Connection => {
          const id = [tenant, gateway, JSON.stringify(labels), channels, twin].join('/');
          return { ...BASE, id, tenant, gateway, labels, channels };
        }),
      ),
    ),
  ),
);

const POLICY: RoutingPolicy = {
  routes: ROUTES,
  channels: ['soc', 'oncall', 'acme', 'mail', 'own'],
  scoped: scopedChannels(ROUTES, [['own']]),
};

describe('who would be told', () => {
  it('is what routing says of each connection itself, however they are taken together', () => {
    const groups = toldGroups(FLEET, POLICY);
    expect(groups.reduce((sum, group) => sum + group.connections, 0)).toBe(FLEET.length);
    for (const { ids, told } of groups) {
      for (const connection of FLEET.filter(({ id }) => ids.includes(id))) {
        for (const { channels, ...concern } of told) {
          const subject = { ...concern, connection, override: connection.channels };
          expect([connection.id, channels]).toEqual([
            connection.id,
            channelNamesOf(chooseChannels(subject, POLICY)),
          ]);
        }
      }
    }
  });

  it('makes one group of those who are told alike, and leaves out what is not checked', () => {
    const off = { ...BASE, id: 'off', enabled: false };
    const globex = { ...BASE, id: 'globex', tenant: 'Globex' };
    const groups = toldGroups([BASE, off, globex, { ...globex, id: 'initech', tenant: 'Initech' }], POLICY);
    expect(groups.map(({ connections, ids }) => [connections, ids])).toEqual([
      [2, ['globex', 'initech']],
      [1, ['acme']],
    ]);
  });

  it('is nobody where every channel is for particular customers', () => {
    const routes: readonly Route[] = [{ match: { tenant: 'Globex' }, channels: ['soc'], continue: false }];
    const [group] = toldGroups([BASE], { routes, channels: ['soc'], scoped: scopedChannels(routes, []) });
    expect(new Set(group?.told.flatMap(({ channels }) => channels))).toEqual(new Set());
  });
});
