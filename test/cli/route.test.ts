import { describe, expect, it } from '@jest/globals';
import { registerRoute } from '../../src/cli/route.ts';
import { configOf, entry } from './check-command.ts';
import { runCommand } from './command.ts';

const GATEWAY = 'https://us-api.services.mimecast.com';

const ALERTS = {
  channels: { soc: { type: 'log' }, pager: { type: 'log' }, acme: { type: 'log' } },
  routes: [
    { match: { tenant: 'Acme Corp', labels: { tier: 'gold' } }, channels: ['acme'], continue: true },
    { match: { kind: 'credential_invalid', severity: 'critical' }, channels: ['pager', 'soc'] },
  ],
};

const CONNECTIONS = [
  entry('acme-siem', GATEWAY, {
    clientSecret: { env: 'ACME' },
    tenant: 'Acme Corp',
    labels: { tier: 'gold' },
  }),
  entry('globex', GATEWAY),
  entry('initech', GATEWAY, { channels: ['pager'], enabled: false }),
];

async function route(args: readonly string[], alerts: object = ALERTS) {
  const { path } = await configOf(CONNECTIONS, { alerts });
  return runCommand(registerRoute, ['route', ...args, '--config', path]);
}

describe('route', () => {
  it('prints for every trouble who would be told, and why', async () => {
    const { out, code } = await route(['globex']);
    const rest = 'nothing matched: every channel that is not chosen for particular customers';
    const pages = 'alerts.routes[1]: kind credential_invalid, severity critical';
    expect(out.split('\n')).toEqual([
      'KIND                     CAUSE        SEVERITY  TOLD        WHY',
      `credential_invalid       revoked      critical  soc, pager  ${pages}`,
      `credential_invalid       expired      critical  soc, pager  ${pages}`,
      `credential_invalid       forbidden    critical  soc, pager  ${pages}`,
      `credential_invalid       never_valid  critical  soc, pager  ${pages}`,
      `credential_invalid       never_valid  warning   soc, pager  ${rest}`,
      `credential_unverifiable  -            critical  soc, pager  ${rest}`,
      `credential_unverifiable  -            warning   soc, pager  ${rest}`,
      `credential_expiring      -            critical  soc, pager  ${rest}`,
      `credential_expiring      -            warning   soc, pager  ${rest}`,
      `permission_lost          -            warning   soc, pager  ${rest}`,
      `mass_rejection           -            critical  soc, pager  ${rest}`,
      `gateway_outage           -            warning   soc, pager  ${rest}`,
      '',
    ]);
    expect(code).toBe(0);
  });

  it('has a line for each route that adds channels', async () => {
    const { out } = await route(['acme-siem']);
    expect(out.match(/^.* revoked .*$/gm)).toEqual([
      'credential_invalid       revoked      critical  soc, pager  alerts.routes[1]: kind credential_invalid, severity critical',
      'credential_invalid       revoked      critical  acme        alerts.routes[0]: tenant Acme Corp, label tier=gold',
    ]);
    expect(out).toMatch(/^gateway_outage .* acme +alerts.routes\[0\]/m);
  });

  it('names own channels, and says that a disabled connection is not checked', async () => {
    const { out } = await route(['initech']);
    expect(out.match(/pager +its own channels$/gm)).toHaveLength(12);
    expect(out).toMatch(/enabled is false: it is not checked, so nobody is told anything\.\n$/);
  });

  it('says when nobody would be told, and warns of it', async () => {
    const alerts = {
      channels: { acme: { type: 'log' }, pager: { type: 'log' } },
      routes: [{ match: { tenant: 'Acme Corp' }, channels: ['acme'] }],
    };
    const { out, err, code } = await route(['globex'], alerts);
    expect(out.match(/ nobody +nothing matched, and no channel is there/g)).toHaveLength(12);
    expect(err).toMatch(/^mimecast-monitor: warning: .*nobody would be told about globex/m);
    expect(code).toBe(0);
  });

  it('prints one JSON document and nothing else with --json', async () => {
    const { out, err } = await route(['acme-siem', '--json']);
    const document = JSON.parse(out);
    expect(document.connection).toEqual({
      id: 'acme-siem',
      tenant: 'Acme Corp',
      gateway: GATEWAY,
      labels: { tier: 'gold' },
      enabled: true,
    });
    expect(document.concerns[0]).toEqual({
      kind: 'credential_invalid',
      cause: 'revoked',
      severity: 'critical',
      channels: [
        { channel: 'soc', reason: 'route', route: 1 },
        { channel: 'pager', reason: 'route', route: 1 },
        { channel: 'acme', reason: 'route', route: 0 },
      ],
    });
    expect(err).toBe('');
  });

  it('refuses an unknown connection and suggests the nearest', async () => {
    await expect(route(['acme-sime'])).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/has no connection acme-sime; did you mean acme-siem\?$/),
    });
    await expect(route(['zzz'])).rejects.toThrow(/has no connection zzz$/);
  });
});
