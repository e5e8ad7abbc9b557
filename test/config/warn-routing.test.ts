import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { routingPolicyOf } from '../../src/config/routing-policy.ts';
import { type ConfigFolder, makeConfigFolder } from './config-folder.ts';

let folder: ConfigFolder;
beforeEach(async () => {
  folder = await makeConfigFolder();
});
afterEach(() => folder.remove());

const KEYS = 'region: us, clientId: { env: ID }, clientSecret: { env: SECRET }';
const ACME = `  - { id: acme, tenant: Acme Corp, ${KEYS} }\n`;
const GLOBEX = `  - { id: globex, tenant: Globex, ${KEYS} }\n`;
const INITECH = `  - { id: initech, tenant: Initech, ${KEYS} }\n`;

async function warningsOf(alerts: string, connections: string): Promise<readonly string[]> {
  await folder.write('tenants.yaml', `version: 1\nalerts:\n${alerts}connections:\n${connections}`);
  return (await folder.load()).warnings;
}

const SOC_AND_ACME = '  channels:\n    soc: { type: log }\n    acme: { type: log }\n';
const WHY =
  'every channel was chosen for particular customers and none for this; add a route without tenant and labels at the end, or channels here';
const UNREACHED =
  'can never be told anything: no connection has it among its channels, and no route that can match names it; name it in a route, or remove it';

describe('warnings about routes', () => {
  it.each([
    ['no routes', SOC_AND_ACME],
    [
      'a customer with a channel of its own',
      `${SOC_AND_ACME}  routes:\n    - { match: { tenant: Acme Corp }, channels: [acme] }\n`,
    ],
    ['no channel at all', '  channels: {}\n'],
  ])('there is none with %s', async (_, alerts) => {
    expect(await warningsOf(alerts, ACME + GLOBEX)).toEqual([]);
  });

  it('says which connections nobody would be told about, once, at the first of them', async () => {
    const alerts =
      '  channels:\n    acme: { type: log }\n  routes:\n    - { match: { tenant: Acme Corp }, channels: [acme] }\n';
    expect(await warningsOf(alerts, ACME + GLOBEX + INITECH)).toEqual([
      `tenants.yaml:9:5: connections[1]: nobody would be told about globex (nor about 1 more): ${WHY}`,
    ]);
  });

  it('finds the place in an included file', async () => {
    await folder.write('more.yaml', `connections:\n${GLOBEX}`);
    const alerts = '  channels: { acme: { type: log } }\ninclude: [more.yaml]\n';
    const own = ACME.replace('tenant', 'channels: [acme], tenant');
    expect(await warningsOf(alerts, own)).toEqual([
      `more.yaml:2:5: connections[0]: nobody would be told about globex: ${WHY}`,
    ]);
  });

  it('says for which incidents nobody would be told', async () => {
    const alerts =
      '  channels: { acme: { type: log } }\n  routes:\n    - { match: { kind: credential_invalid, tenant: Acme Corp }, channels: [acme] }\n';
    expect(await warningsOf(alerts, ACME)).toEqual([
      'tenants.yaml:7:5: connections[0]: nobody would be told about acme for some incidents (of kind credential_unverifiable, ' +
        `credential_expiring, permission_lost, mass_rejection, gateway_outage): ${WHY}`,
    ]);
  });

  it('does not mind a connection that is disabled', async () => {
    const alerts =
      '  channels: { acme: { type: log } }\n  routes:\n    - { match: { tenant: Acme Corp }, channels: [acme] }\n';
    expect(await warningsOf(alerts, ACME + GLOBEX.replace('id:', 'enabled: false, id:'))).toEqual([]);
  });

  it.each([
    [
      'an earlier route catches all',
      '    - { channels: [soc] }\n    - { match: { tenant: Acme Corp }, channels: [acme] }\n',
      [
        'tenants.yaml:8:7: alerts.routes[1]: is never reached: routes[0] takes all that this one asks for, and has no continue; move this one before it',
      ],
    ],
    [
      'its route names a customer nobody has',
      '    - { match: { tenant: Umbrella }, channels: [acme] }\n',
      [
        'tenants.yaml:7:26: alerts.routes[0].match.tenant: is the tenant of no connection; correct or remove it',
      ],
    ],
    [
      'its route names labels nobody has',
      '    - { match: { labels: { tier: gold } }, channels: [acme] }\n',
      [
        'tenants.yaml:7:34: alerts.routes[0].match.labels.tier: is a label of no connection; correct or remove it',
      ],
    ],
    ['nothing is left for it', '    - { channels: [soc] }\n', []],
  ])('says that a channel can never be reached because %s', async (_, routes, cause) => {
    expect(await warningsOf(`${SOC_AND_ACME}  routes:\n${routes}`, ACME + GLOBEX)).toEqual([
      `tenants.yaml:5:11: alerts.channels.acme: ${UNREACHED}`,
      ...cause,
    ]);
  });

  it('what the defaults choose is for everybody, so that it hears of the monitor itself too', async () => {
    const alerts = `${SOC_AND_ACME}defaults: { channels: [soc] }\n`;
    const connections = ACME.replace('tenant', 'channels: [acme], tenant') + GLOBEX;
    expect(await warningsOf(alerts, connections)).toEqual([]);
    expect([...routingPolicyOf(await folder.load()).scoped]).toEqual(['acme']);
  });
});
