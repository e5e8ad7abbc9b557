import { describe, expect, it } from '@jest/globals';
import { chooseChannels, type Route, type RouteMatch, type Subject } from '../../src/domain/routing.ts';
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

function choose(routes: readonly Route[], about: Partial<Subject> = {}): readonly string[] {
  return chooseChannels({ ...subject, ...about }, { routes, channels: CHANNELS });
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
    [false, { labels: { tier: 'silver' } }],
    [false, { labels: { tier: 'gold', owner: 'soc-a' } }],
    [false, { severity: 'critical', tenant: 'Globex' }],
  ] as [boolean, RouteMatch][])('matches (%s) %j', (expected, match) => {
    expect(choose([route(match, ['soc'])])).toEqual(expected ? ['soc'] : CHANNELS);
  });

  it("never matches a tenant's or a label's route for what concerns the whole fleet", () => {
    const routes = [route({ tenant: 'Acme Corp' }, ['soc']), route({ labels: { tier: 'gold' } }, ['pager'])];
    expect(choose(routes, { connection: null, kind: 'config_rejected', cause: null })).toEqual(CHANNELS);
  });

  it("lets a connection's own channels replace the routes", () => {
    expect(choose([route({}, ['soc'])], { override: ['globex-hook', 'mail'] })).toEqual([
      'mail',
      'globex-hook',
    ]);
  });

  it('names no channel that is not configured any more', () => {
    expect(choose([route({}, ['soc', 'gone'])])).toEqual(['soc']);
    expect(choose([], { override: ['gone', 'mail'] })).toEqual(['mail']);
  });
});
