import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ConfigFolder, makeConfigFolder } from './config-folder.ts';

/** What is wrong in form beside what is wrong in content, the file, and every line that must be said: no follow-up. */
type Case = readonly [name: string, yaml: string, lines: readonly string[]];

const HEAD = 'version: 1\n';
const KEYS = 'clientId: abc, clientSecret: {env: S}';
const SOC = 'soc: {type: log}';
const HTTPS = 'must be an absolute https:// URL (plain http:// is for this machine only)';
const SWITCH = 'must be true or false';
const FOREIGN =
  'evil.example is not a Mimecast host; write region: global, uk or us, or list the host in checks.allowedHosts';

function fleet(...items: readonly string[]): string {
  return `connections:\n${items.map((item) => `  - {${item}}\n`).join('')}`;
}

const SECTIONS: readonly Case[] = [
  [
    'a bad duration in checks beside a host that is not allowed',
    `${HEAD}checks: {interval: 5min, timeout: 1h}\n${fleet(`id: acme, ${KEYS}, baseUrl: "https://evil.example"`)}`,
    [
      '2:20: checks.interval: must be a duration from 5s to 1d, such as 5m; did you mean 5m?',
      `4:64: connections[0].baseUrl: ${FOREIGN}`,
    ],
  ],
  [
    'a bad list of hosts, in which any host could have been',
    `${HEAD}checks: {allowedHosts: evil.example}\n${fleet(
      `id: acme, ${KEYS}, baseUrl: "https://evil.example"`,
      `id: globex, ${KEYS}, baseUrl: "https://us-api.mimecast.com"`,
    )}`,
    [
      '2:24: checks.allowedHosts: must be a list, such as [a, b]',
      '5:66: connections[1].baseUrl: us-api.mimecast.com is an API 1.0 host; write the API 2.0 one: https://us-api.services.mimecast.com',
    ],
  ],
  [
    'checks misspelt, in which any host could have been',
    `${HEAD}chekcs: {allowedHosts: [evil.example]}\n${fleet(`id: acme, ${KEYS}, baseUrl: "https://evil.example"`)}`,
    ['2:1: chekcs: is not a known key; did you mean checks?'],
  ],
  [
    'a bad interval in defaults beside a region that is missing',
    `${HEAD}defaults: {interval: 5min}\n${fleet(`id: acme, ${KEYS}`)}`,
    [
      '2:22: defaults.interval: must be a duration from 5s to 1d, such as 5m; did you mean 5m?',
      '4:5: connections[0]: has neither region nor baseUrl; write region: global, uk or us',
    ],
  ],
  [
    'a region of defaults that is misspelt, which nobody lacks for that',
    `${HEAD}defaults: {regoin: us, baseUrl: "https://evil.example"}\n${fleet(`id: acme, ${KEYS}`)}`,
    ['2:12: defaults.regoin: is not a known key; did you mean region?', `2:33: defaults.baseUrl: ${FOREIGN}`],
  ],
  [
    'a token that is misspelt, and an address that needs one',
    `${HEAD}http: {listen: "0.0.0.0:9464", tokn: {env: T}}\nredis: {url: "http://x", zzzzzz: 1}\n`,
    [
      '2:32: http.tokn: is not a known key; did you mean token?',
      '3:14: redis.url: must be a URL such as redis://localhost:6379, rediss://host:6380 or redis+sentinel://host,host/name',
      '3:26: redis.zzzzzz: is not a known key; known are url',
    ],
  ],
  [
    'a bad switch beside an address that is none',
    `${HEAD}http: {listen: nowhere, allowUnauthenticated: 5}\n`,
    [
      '2:16: http.listen: must be an address and a port such as 127.0.0.1:9464 or [::1]:9464',
      `2:47: http.allowUnauthenticated: ${SWITCH}`,
    ],
  ],
];

const ALERTS: readonly Case[] = [
  [
    'bad options beside a bad address in the same channel and in the others',
    `${HEAD}alerts:
  reminderEvery: daily
  channels:
    soc: {type: webhook, url: "http://remote.example", retries: many}
    noc: {type: webhook, url: "http://remote.example"}
    web: {type: wbhook, url: "http://remote.example"}
  heartbeat: {url: "http://remote.example", interval: 2h}
  routes:
    - {match: {kind: nothing}, channels: [soc, web, scc]}
`,
    [
      '3:18: alerts.reminderEvery: must be a duration from 1m to 30d, such as 24h',
      `5:31: alerts.channels.soc.url: ${HTTPS}`,
      '5:65: alerts.channels.soc.retries: must be a whole number',
      `6:31: alerts.channels.noc.url: ${HTTPS}`,
      '7:17: alerts.channels.web.type: must be one of log, webhook; did you mean webhook?',
      `8:20: alerts.heartbeat.url: ${HTTPS}`,
      '8:55: alerts.heartbeat.interval: must be a duration from 1s to 1h, such as 1m',
      '10:22: alerts.routes[0].match.kind: must be one of credential_invalid, credential_unverifiable, credential_expiring, gateway_outage, mass_rejection, permission_lost, config_rejected, channel_failing',
      '10:53: alerts.routes[0].channels[2]: is not a channel of alerts.channels; did you mean soc?',
    ],
  ],
  [
    'channels that are misspelt, so that no name can be wrong',
    `${HEAD}alerts: {chanels: {${SOC}}, routes: [{channels: [soc]}]}\n${fleet(`id: acme, region: us, ${KEYS}, channels: [sco]`)}`,
    ['2:10: alerts.chanels: is not a known key; did you mean channels?'],
  ],
  [
    'alerts that are misspelt',
    `${HEAD}alrets: {channels: {${SOC}}}\ndefaults: {region: us, channels: [soc]}\n`,
    ['2:1: alrets: is not a known key; did you mean alerts?'],
  ],
  [
    'channels that are a list',
    `${HEAD}alerts: {channels: [soc], routes: [{channels: [soc]}]}\n`,
    ['2:20: alerts.channels: must be a mapping of names to values'],
  ],
  [
    'an option that is misspelt and so not missing',
    `${HEAD}alerts: {channels: {soc: {type: webhook, ulr: {env: U}}}}\n`,
    ['2:42: alerts.channels.soc.ulr: is not a known key; did you mean url?'],
  ],
];

const CONNECTIONS: readonly Case[] = [
  [
    'a bad region beside a URL of API 1.0',
    `${HEAD}${fleet(`id: acme, region: eu, ${KEYS}, baseUrl: "https://us-api.mimecast.com"`)}`,
    [
      '3:24: connections[0].region: must be one of global, uk, us; write global, which serves the other instances',
      '3:76: connections[0].baseUrl: stands beside region; keep one of them',
      '3:76: connections[0].baseUrl: us-api.mimecast.com is an API 1.0 host; write the API 2.0 one: https://us-api.services.mimecast.com',
    ],
  ],
  [
    'keys that are misspelt and so not missing',
    `${HEAD}${fleet('id: acme, regoin: us, clientId: abc, clientSecrt: {env: S}, enabled: 1')}`,
    [
      '3:16: connections[0].regoin: is not a known key; did you mean region?',
      '3:43: connections[0].clientSecrt: is not a known key; did you mean clientSecret?',
      `3:75: connections[0].enabled: ${SWITCH}`,
    ],
  ],
  [
    'a bad date beside a missing age',
    `${HEAD}${fleet(`id: acme, region: us, ${KEYS}, secretIssuedAt: soon, secretMaxAge: 90d`, `id: globex, region: us, ${KEYS}, secretIssuedAt: soon`)}`,
    [
      '3:83: connections[0].secretIssuedAt: must be a date such as 2027-03-01 (00:00 UTC) or a time such as 2027-03-01T09:30:00Z',
      '4:85: connections[1].secretIssuedAt: must be a date such as 2027-03-01 (00:00 UTC) or a time such as 2027-03-01T09:30:00Z',
      '4:85: connections[1].secretIssuedAt: needs secretMaxAge beside it or in defaults, such as 90d',
    ],
  ],
  [
    'a name that is no channel beside one that is no text',
    `${HEAD}alerts: {channels: {${SOC}}}\n${fleet(`id: acme, region: us, ${KEYS}, channels: [5, sco]`)}`,
    [
      '4:78: connections[0].channels[0]: must be a text; put it in quotes if it is meant as text',
      '4:81: connections[0].channels[1]: is not a channel of alerts.channels; did you mean soc?',
    ],
  ],
  [
    'an id given twice in connections with other mistakes',
    `${HEAD}${fleet(`id: acme, region: eu, ${KEYS}`, `id: acme, region: us, ${KEYS}, interval: 1s`)}`,
    [
      '3:24: connections[0].region: must be one of global, uk, us; write global, which serves the other instances',
      '4:10: connections[1].id: is used already at tenants.yaml:3:10; give one of the two another id',
      '4:77: connections[1].interval: must be a duration from 5s to 1d, such as 5m',
    ],
  ],
];

const ALIAS = 'is a YAML alias; write the value out, or use defaults for what all connections share';
const MERGE = 'is a merge key; use defaults for what all connections share';

const HOLES: readonly Case[] = [
  [
    'aliases and merge keys, without a word about what they would have brought',
    `${HEAD}x-base: &base {region: us}
checks: {interval: 5min, timeout: *t}
alerts: {channels: {soc: {type: webhook, url: *u, retries: many}, <<: *c}, routes: [{channels: [any]}]}
defaults: {<<: *base}
http: *h
connections:
  - {<<: *base, id: acme, interval: 5x, baseUrl: "https://evil.example"}
  - {id: acme, clientId: abc, clientSecret: *s, enabled: 5}
  - *c
`,
    [
      '2:15: x-base: carries a YAML anchor; leave it out (aliases are not supported, defaults is)',
      '3:20: checks.interval: must be a duration from 5s to 1d, such as 5m; did you mean 5m?',
      `3:35: checks.timeout: ${ALIAS}`,
      `4:47: alerts.channels.soc.url: ${ALIAS}`,
      '4:60: alerts.channels.soc.retries: must be a whole number',
      `4:67: alerts.channels["<<"]: ${MERGE}`,
      `5:12: defaults["<<"]: ${MERGE}`,
      `6:7: http: ${ALIAS}`,
      `8:6: connections[0]["<<"]: ${MERGE}`,
      '8:37: connections[0].interval: must be a duration from 5s to 1d, such as 5m',
      `8:50: connections[0].baseUrl: ${FOREIGN}`,
      '9:10: connections[1].id: is used already at tenants.yaml:8:21; give one of the two another id',
      `9:45: connections[1].clientSecret: ${ALIAS}`,
      `9:58: connections[1].enabled: ${SWITCH}`,
      `10:5: connections[2]: ${ALIAS}`,
    ],
  ],
  [
    'a slip that carries an anchor',
    `${HEAD}chekcs: &c {}\n${fleet(`id: acme, regoin: &r us, ${KEYS}`)}`,
    [
      '2:1: chekcs: is not a known key; did you mean checks?',
      '2:12: chekcs: carries a YAML anchor; leave it out (aliases are not supported, defaults is)',
      '4:16: connections[0].regoin: is not a known key; did you mean region?',
      '4:27: connections[0].regoin: carries a YAML anchor; leave it out (aliases are not supported, defaults is)',
    ],
  ],
  [
    'a merge at the top, which could have brought anything',
    `${HEAD}<<: *all\ndataDir: 5\n`,
    [`2:1: ["<<"]: ${MERGE}`],
  ],
];

let folder: ConfigFolder;
beforeEach(async () => {
  folder = await makeConfigFolder();
});
afterEach(() => folder.remove());

describe('one round is enough', () => {
  it.each([...SECTIONS, ...ALERTS, ...CONNECTIONS, ...HOLES])('for %s', async (_, yaml, lines) => {
    await folder.write('tenants.yaml', yaml);
    expect(await folder.mistakes()).toEqual(lines.map((line) => `tenants.yaml:${line}`));
  });

  it('for a literal secret that others may read beside mistakes of form', async () => {
    const item = 'id: acme, region: eu, clientId: abc, clientSecret: hunter2';
    await folder.write('tenants.yaml', `${HEAD}http: {token: hunter2, listen: 5}\n${fleet(item)}`, 0o644);
    expect(await folder.mistakes()).toEqual([
      'tenants.yaml:2:15: http.token: is a secret in a file that others may read (and 1 more in this file); type chmod 600 tenants.yaml, or better use {env: NAME}, {file: PATH} or {exec: [command]}',
      'tenants.yaml:2:32: http.listen: must be an address and a port such as 127.0.0.1:9464; put it in quotes if it is meant as text',
      'tenants.yaml:4:24: connections[0].region: must be one of global, uk, us; write global, which serves the other instances',
    ]);
  });

  it('for the main file and all included ones, whatever of them can not be parsed', async () => {
    await folder.write(
      'tenants.yaml',
      `${HEAD}dataDir: 5\ninclude: [5, a.yaml, "b.{yaml,json}", c.ndjson]\n`,
    );
    await folder.write('a.yaml', fleet(`id: acme, region: us, ${KEYS}`, `id: "globex`));
    await folder.write('b.json', '{"connections": [{"id": "acme",}]');
    await folder.write(
      'b.yaml',
      `${fleet(`id: acme, ${KEYS}, baseUrl: "https://evil.example", enabled: 1`)}http: 1\n`,
    );
    await folder.write(
      'c.ndjson',
      '{"id": "x"\n{"id":"acme","region":"us","clientId":"a","clientSecret":{"env":"S"}}\n',
    );
    const lines = await folder.mistakes();
    const places = lines.map((line) => /^[^ ]+ [^ ]+/.exec(line)?.[0]);
    expect(places).toEqual([
      'tenants.yaml:2:10: dataDir:',
      'tenants.yaml:3:11: include[0]:',
      expect.stringMatching(/^a\.yaml:\d+:\d+: file:$/),
      expect.stringMatching(/^a\.yaml:\d+:\d+: file:$/),
      expect.stringMatching(/^b\.json:1:\d+: file:$/),
      'b.yaml:2:64: connections[0].baseUrl:',
      'b.yaml:2:97: connections[0].enabled:',
      'b.yaml:3:1: http:',
      'c.ndjson:1:11: connections[0]:',
      'c.ndjson:2:7: connections[1].id:',
    ]);
  });

  it('for an include that is no list', async () => {
    await folder.write('tenants.yaml', `${HEAD}include: a.yaml\n`);
    await folder.write('a.yaml', fleet(`id: acme, ${KEYS}`));
    expect(await folder.mistakes()).toEqual([
      'tenants.yaml:2:10: include: must be a list, such as [a, b]',
      'a.yaml:2:5: connections[0]: has neither region nor baseUrl; write region: global, uk or us',
    ]);
  });
});
