import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ConfigFolder, makeConfigFolder } from './config-folder.ts';

let folder: ConfigFolder;
beforeEach(async () => {
  folder = await makeConfigFolder();
});
afterEach(() => folder.remove());

const KEYS = 'clientId: { env: ID }, clientSecret: { env: SECRET }';
const FLEET = `connections:
  - { id: acme, tenant: Acme Corp, region: us, ${KEYS}, labels: { tier: gold } }
  - { id: globex, tenant: Globex, region: uk, ${KEYS}, labels: { tier: silver, owner: soc-a } }
  - { id: initech, tenant: Initech, region: uk, ${KEYS}, labels: { site: north }, channels: [soc] }
`;

/** The warnings about routes alone; a channel that cannot be reached is the business of another file. */
async function warningsOf(routes: readonly string[], more = ''): Promise<readonly string[]> {
  const list = routes.map((route) => `    - { ${route}, channels: [soc] }\n`).join('');
  const alerts = `alerts:\n  channels: { soc: { type: log } }\n  routes:\n${list}`;
  await folder.write('tenants.yaml', `version: 1\n${alerts}${more}${FLEET}`);
  const { warnings } = await folder.load();
  return warnings.filter((line) => line.includes('alerts.routes'));
}

const REST = 'match: {}';
const OWN =
  'matches only connections with channels of their own, such as initech, which go before routes; remove those (of defaults too) or the route';

describe('a route that can never choose anything', () => {
  it.each([
    [
      'a misspelt tenant',
      'match: { tenant: Acme Crop }',
      "5:26: alerts.routes[0].match.tenant: is the tenant of no connection; did you mean 'Acme Corp'?",
    ],
    [
      'a tenant in other letters',
      'match: { tenant: acme corp }',
      "5:26: alerts.routes[0].match.tenant: is the tenant of no connection; did you mean 'Acme Corp'?",
    ],
    [
      'a tenant like no other',
      'match: { tenant: Umbrella }',
      '5:26: alerts.routes[0].match.tenant: is the tenant of no connection; correct or remove it',
    ],
    [
      'a gateway nobody uses',
      'match: { gateway: "https://us-api.service.mimecast.com" }',
      "5:27: alerts.routes[0].match.gateway: is the gateway of no connection; did you mean 'https://us-api.services.mimecast.com'?",
    ],
    [
      'a label nobody has',
      'match: { labels: { teir: gold } }',
      "5:34: alerts.routes[0].match.labels.teir: is a label of no connection; did you mean 'tier'?",
    ],
    [
      'a value nobody has',
      'match: { labels: { tier: glod } }',
      "5:34: alerts.routes[0].match.labels.tier: is a value that no connection has; did you mean 'gold'?",
    ],
    [
      'what nobody has together',
      'match: { tenant: Acme Corp, labels: { tier: silver } }',
      '5:16: alerts.routes[0].match: matches no connection: none has all of this together; correct it',
    ],
    [
      'a cause the kind has not',
      'match: { kind: gateway_outage, cause: revoked }',
      "5:47: alerts.routes[0].match.cause: can't be the cause of gateway_outage, which has none; remove it",
    ],
    [
      'a severity the kind never has',
      'match: { kind: gateway_outage, severity: critical }',
      '5:50: alerts.routes[0].match.severity: is never that of gateway_outage, which is always warning',
    ],
    [
      'a severity the cause never has',
      'match: { severity: warning, cause: revoked }',
      '5:28: alerts.routes[0].match.severity: is never that of revoked, which is always critical',
    ],
    [
      'a customer for what concerns none',
      'match: { kind: config_rejected, tenant: Acme Corp }',
      '5:49: alerts.routes[0].match.tenant: never matches config_rejected, which concerns no connection; remove it',
    ],
    [
      'labels for what concerns no connection',
      'match: { kind: channel_failing, labels: { tier: gold } }',
      '5:49: alerts.routes[0].match.labels: never matches channel_failing, which concerns no connection; remove it',
    ],
    [
      'those alone who have channels of their own',
      'match: { tenant: Initech }',
      `5:16: alerts.routes[0].match: ${OWN}`,
    ],
  ])('is warned of: %s', async (_, route, line) => {
    expect(await warningsOf([route, REST])).toEqual([`tenants.yaml:${line}`]);
  });

  it.each([
    ['one that takes all', ['match: {}', 'match: { severity: critical }']],
    [
      'one that asks for less',
      ['match: { tenant: Acme Corp }', 'match: { severity: critical, tenant: Acme Corp }'],
    ],
    ['one that asks for the same', ['match: { kind: permission_lost }', 'match: { kind: permission_lost }']],
  ])('is warned of behind %s', async (_, routes) => {
    expect(await warningsOf(routes)).toEqual([
      'tenants.yaml:6:7: alerts.routes[1]: is never reached: routes[0] takes all that this one asks for, and has no continue; move this one before it',
    ]);
  });

  it('is warned of where defaults choose channels for all', async () => {
    const route = 'match: { kind: credential_invalid }';
    expect(await warningsOf([route], 'defaults: { channels: [soc] }\n')).toEqual([
      `tenants.yaml:5:16: alerts.routes[0].match: ${OWN.replace('initech', 'acme')}`,
    ]);
  });
});

describe('a route that is right', () => {
  it.each([
    ['a customer before the rest', ['match: { tenant: Acme Corp }', 'match: {}']],
    ['one that goes on before others', ['continue: true', 'match: { severity: critical }', 'match: {}']],
    [
      'less certain ones behind surer ones',
      ['match: { severity: critical, tenant: Globex }', 'match: { tenant: Globex }', 'match: {}'],
    ],
    [
      'every kind with a severity it has',
      [
        'match: { kind: credential_invalid, cause: never_valid, severity: critical }',
        'match: { kind: mass_rejection, severity: critical }',
        'match: { kind: credential_unverifiable, severity: warning }',
        'match: { kind: gateway_outage, gateway: "https://US-api.services.mimecast.com" }',
        'match: { kind: config_rejected }',
        'match: { kind: channel_failing, severity: warning }',
        'match: { severity: critical, cause: expired }',
      ],
    ],
  ])('is not warned of: %s', async (_, routes) => {
    expect(await warningsOf(routes)).toEqual([]);
  });

  it('about what concerns the monitor is not warned of where defaults choose channels for all', async () => {
    expect(await warningsOf(['match: {}'], 'defaults: { channels: [soc] }\n')).toEqual([]);
  });
});
