import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ConfigFolder, makeConfigFolder } from './config-folder.ts';

/** What is wrong, the file, and every line that must be said about it: no more and no less. */
type Case = readonly [name: string, yaml: string, lines: readonly string[]];

const HEAD = 'version: 1\n';
const KEYS = 'clientId: abc, clientSecret: {env: S}';
const REF = 'a text, {env: NAME}, {file: PATH} or {exec: [command, argument]}';

const PATH = 'a path at the gateway such as /identity/whoami, without a host and without ? and #';

/** A connection with this probe. */
const probed = (probe: string) =>
  `${HEAD}connections:\n  - {id: acme, region: us, ${KEYS}, probe: ${probe}}\n`;

const PROBES: readonly Case[] = [
  ...[
    'https://evil.example/x',
    '//evil.example/x',
    'identity/whoami',
    "'/a?token=x'",
    "'/a#x'",
    "'/a b'",
  ].map(
    (path): Case => [
      `a probe of ${path}`,
      probed(`{path: ${path}}`),
      [`3:81: connections[0].probe.path: must be ${PATH}`],
    ],
  ),
  [
    'a probe that sends a body with GET',
    probed('{body: {data: []}}'),
    ['3:81: connections[0].probe.body: goes with method: POST only'],
  ],
  [
    'a probe with a body that is no object',
    probed('{method: POST, body: [1]}'),
    ['3:95: connections[0].probe.body: must be a mapping of names to values'],
  ],
  [
    'a probe that would change something',
    probed('{method: DELETE}'),
    ['3:83: connections[0].probe.method: must be one of GET, POST'],
  ],
  [
    'a probe every second',
    probed('{interval: 1s}'),
    ['3:85: connections[0].probe.interval: must be a duration from 1m to 30d, such as 1h'],
  ],
  [
    'a probe that is no mapping',
    probed('/identity/whoami'),
    ['3:74: connections[0].probe: must be a mapping of keys to values'],
  ],
  [
    'a misspelt key of a probe in the defaults',
    `${HEAD}defaults: {probe: {pth: /a}}\n`,
    ['2:20: defaults.probe.pth: is not a known key; did you mean path?'],
  ],
];

const STRUCTURE: readonly Case[] = [
  ['an empty file', '', ['1:1: file: is empty; see config/tenants.example.yaml']],
  ['a list at the top', '- a\n', ['1:1: file: must be a mapping of keys to values']],
  ['no version', 'connections: []\n', ['1:1: version: is missing; write 1, as in version: 1']],
  ['another version', 'version: 2\n', ['1:10: version: must be 1, as in version: 1']],
  ['an unknown key', `${HEAD}chekcs: {}\n`, ['2:1: chekcs: is not a known key; did you mean checks?']],
  [
    'an unknown key in a connection',
    `${HEAD}connections:\n  - {id: acme, regin: us, region: us, ${KEYS}}\n`,
    ['3:16: connections[0].regin: is not a known key; did you mean region?'],
  ],
  [
    'a key like no other',
    `${HEAD}expiry: {zzzzzz: 1}\n`,
    ['2:10: expiry.zzzzzz: is not a known key; known are warnBefore'],
  ],
  [
    'a duplicate key',
    `${HEAD}dataDir: a\ndataDir: b\n`,
    ['3:1: dataDir: is given twice in the same place; keep one of them'],
  ],
  [
    'an alias',
    `${HEAD}defaults: &d {region: us}\nhttp: *d\n`,
    [
      '2:14: defaults: carries a YAML anchor; leave it out (aliases are not supported, defaults is)',
      '3:7: http: is a YAML alias; write the value out, or use defaults for what all connections share',
    ],
  ],
  [
    'a merge key',
    `${HEAD}defaults: {<<: {region: us}}\n`,
    ['2:12: defaults["<<"]: is a merge key; use defaults for what all connections share'],
  ],
  ['a tag', `${HEAD}dataDir: !!str a\n`, ['2:16: dataDir: carries a YAML tag; leave it out']],
  [
    'two documents',
    `${HEAD}---\nversion: 1\n`,
    ['2:1: file: holds more than one document; leave out the line ---'],
  ],
  ['a tab', `${HEAD}checks:\n\tinterval: 5m\n`, ['3:1: file: is indented with a tab; use spaces']],
  [
    'connections that are no list',
    `${HEAD}connections:\n`,
    ['2:13: connections: must be a list of connections; write connections: [] for none'],
  ],
  [
    'a connection that is no mapping',
    `${HEAD}connections: [acme]\n`,
    ['2:15: connections[0]: must be a mapping of keys to values'],
  ],
];

const SETTINGS: readonly Case[] = [
  [
    'a number for a duration',
    `${HEAD}checks: {interval: 300}\n`,
    ['2:20: checks.interval: must be a duration from 5s to 1d, such as 5m; add a unit: ms, s, m, h or d'],
  ],
  [
    'a duration of another unit',
    `${HEAD}checks: {interval: 5min}\n`,
    ['2:20: checks.interval: must be a duration from 5s to 1d, such as 5m; did you mean 5m?'],
  ],
  [
    'a duration too short',
    `${HEAD}checks: {interval: 4s, timeout: 1s}\n`,
    ['2:20: checks.interval: must be a duration from 5s to 1d, such as 5m'],
  ],
  [
    'a key without a value',
    `${HEAD}checks:\n  timeout:\n`,
    ['3:11: checks.timeout: has no value; write a duration from 100ms to 1h, such as 10s'],
  ],
  [
    'one confirmation',
    `${HEAD}checks: {confirmations: 1}\n`,
    ['2:25: checks.confirmations: must be a whole number from 2 to 20'],
  ],
  [
    'half a confirmation',
    `${HEAD}checks: {confirmations: 2.5}\n`,
    ['2:25: checks.confirmations: must be a whole number from 2 to 20'],
  ],
  [
    'a timeout as long as the interval',
    `${HEAD}checks: {interval: 10s}\n`,
    ['2:9: checks.timeout: must be less than checks.interval, which is 10s'],
  ],
  [
    'defaults with a timeout longer than the interval',
    `${HEAD}defaults: {timeout: 6m}\n`,
    ['2:21: defaults.timeout: must be less than the interval of 5m'],
  ],
  [
    'an allowed host with a scheme',
    `${HEAD}checks: {allowedHosts: ["https://x.example"]}\n`,
    [
      '2:25: checks.allowedHosts[0]: must be a host name alone, in lower case, such as mimecast-proxy.example.com',
    ],
  ],
  [
    'a text for a switch',
    `${HEAD}http: {allowUnauthenticated: yes}\n`,
    ['2:30: http.allowUnauthenticated: must be true or false; did you mean true?'],
  ],
  [
    'an address without a port',
    `${HEAD}http: {listen: localhost}\n`,
    ['2:16: http.listen: must be an address and a port such as 127.0.0.1:9464 or [::1]:9464'],
  ],
  [
    'listening for others without a token',
    `${HEAD}http: {listen: "0.0.0.0:9464"}\n`,
    [
      '2:16: http.listen: 0.0.0.0 can be reached from elsewhere: set http.token, or http.allowUnauthenticated: true if that is meant',
    ],
  ],
  ['half of tls', `${HEAD}http: {tls: {cert: a.pem}}\n`, ['2:13: http.tls.key: is missing; write a text']],
  [
    'a redis URL of another kind',
    `${HEAD}redis: {url: "http://localhost"}\n`,
    [
      '2:14: redis.url: must be a URL such as redis://localhost:6379, rediss://host:6380 or redis+sentinel://host,host/name',
    ],
  ],
];

const INTERVAL = 'must be a duration from 5s to 1d, such as 5m';

/** What was most likely meant. */
const SLIPS: readonly Case[] = [
  ...['5 minutes', '5M', '5mins'].map(
    (text): Case => [
      `a duration of ${text}`,
      `${HEAD}checks: {interval: ${text}}\n`,
      [`2:20: checks.interval: ${INTERVAL}; did you mean 5m?`],
    ],
  ),
  [
    'a duration without a unit, in quotes',
    `${HEAD}checks: {interval: "300"}\n`,
    [`2:20: checks.interval: ${INTERVAL}; add a unit: ms, s, m, h or d`],
  ],
  [
    'a duration in weeks',
    `${HEAD}expiry: {warnBefore: [2w]}\n`,
    ['2:23: expiry.warnBefore[0]: must be a duration from 1h to 3650d, such as 30d; did you mean 14d?'],
  ],
  [
    'a duration of a unit that is none',
    `${HEAD}checks: {interval: 5x}\n`,
    [`2:20: checks.interval: ${INTERVAL}`],
  ],
  [
    'keys of a section at the top',
    `${HEAD}interval: 5m\nroutes: []\nmaxPerSeconds: 5\n`,
    [
      '2:1: interval: is not a known key; did you mean checks.interval or defaults.interval?',
      '3:1: routes: is not a known key; did you mean alerts.routes?',
      '4:1: maxPerSeconds: is not a known key; did you mean checks.maxPerSecond?',
    ],
  ],
  [
    'a region in capitals',
    connection('region: US'),
    ['3:63: connections[0].region: must be one of global, uk, us; did you mean us?'],
  ],
  [
    'a region that is a country',
    connection('region: usa'),
    ['3:63: connections[0].region: must be one of global, uk, us; did you mean us?'],
  ],
  [
    'a gateway with a slip in it',
    connection('baseUrl: "https://uk-api.service.mimecast.com"'),
    [
      '3:64: connections[0].baseUrl: uk-api.service.mimecast.com is not a Mimecast host; did you mean https://uk-api.services.mimecast.com? Otherwise write region: global, uk or us, or list the host in checks.allowedHosts',
    ],
  ],
  [
    'a kind of reference with two letters exchanged',
    `${HEAD}connections:\n  - {id: acme, region: us, clientId: {evn: A}, clientSecret: {exce: [b]}}\n`,
    [
      `3:38: connections[0].clientId: must be ${REF}; did you mean env?`,
      `3:62: connections[0].clientSecret: must be ${REF}; did you mean exec?`,
    ],
  ],
  [
    'a name for an id',
    `${HEAD}connections:\n  - {id: "Acme SIEM (EU)", region: us, ${KEYS}}\n`,
    [
      '3:10: connections[0].id: must be lower-case letters, digits, . _ and -, starting with a letter or digit, at most 63, such as acme-siem; did you mean acme-siem-eu?',
    ],
  ],
  [
    'dates as people write them',
    connection('region: us, secretExpiresAt: 2027-3-1'),
    [
      '3:84: connections[0].secretExpiresAt: must be a date such as 2027-03-01 (00:00 UTC) or a time such as 2027-03-01T09:30:00Z; did you mean 2027-03-01?',
    ],
  ],
  [
    'a date whose day and month could be exchanged',
    connection('region: us, secretExpiresAt: 03/01/2027'),
    [
      '3:84: connections[0].secretExpiresAt: must be a date such as 2027-03-01 (00:00 UTC) or a time such as 2027-03-01T09:30:00Z',
    ],
  ],
  [
    'a channel in capitals',
    `${HEAD}alerts: {channels: {soc: {type: log}}}\ndefaults: {channels: [SOC]}\n`,
    ['3:23: defaults.channels[0]: is not a channel of alerts.channels; did you mean soc?'],
  ],
];

const ALERTS: readonly Case[] = [
  [
    'an unknown type of channel',
    `${HEAD}alerts: {channels: {soc: {type: webhok}}}\n`,
    ['2:33: alerts.channels.soc.type: must be one of log, webhook; did you mean webhook?'],
  ],
  [
    'a channel without a type',
    `${HEAD}alerts: {channels: {soc: {}}}\n`,
    ['2:26: alerts.channels.soc.type: is missing; write one of log, webhook'],
  ],
  [
    'a missing option',
    `${HEAD}alerts: {channels: {soc: {type: webhook}}}\n`,
    [`2:26: alerts.channels.soc.url: is missing; write ${REF}`],
  ],
  [
    'an option of another kind',
    `${HEAD}alerts: {channels: {soc: {type: webhook, url: {env: U}, retries: many, timeout: 3}}}\n`,
    [
      '2:66: alerts.channels.soc.retries: must be a whole number',
      '2:81: alerts.channels.soc.timeout: must be a duration from 1ms to 365d, such as 30s; add a unit: ms, s, m, h or d',
    ],
  ],
  [
    'a URL that is none',
    `${HEAD}alerts: {channels: {soc: {type: webhook, url: soc.example}}}\n`,
    [
      '2:47: alerts.channels.soc.url: must be an absolute https:// URL (plain http:// is for this machine only)',
    ],
  ],
  [
    'a heartbeat to no URL',
    `${HEAD}alerts: {heartbeat: {url: switch.example, interval: 1m}}\n`,
    ['2:27: alerts.heartbeat.url: must be an absolute https:// URL (plain http:// is for this machine only)'],
  ],
  [
    'a heartbeat without URL, and too rare',
    `${HEAD}alerts: {heartbeat: {interval: 2h}}\n`,
    [
      `2:21: alerts.heartbeat.url: is missing; write ${REF}`,
      '2:32: alerts.heartbeat.interval: must be a duration from 1s to 1h, such as 1m',
    ],
  ],
  [
    'a channel name with a colon',
    `${HEAD}alerts: {channels: {"a:b": {type: log}}}\n`,
    [
      '2:21: alerts.channels["a:b"]: must be a name of lower-case letters, digits, _ and -; did you mean a-b?',
    ],
  ],
  [
    'a route to nobody, beside another mistake',
    `${HEAD}alerts:\n  channels: {soc: {type: log}}\n  routes:\n    - {match: {kind: credential_invald}, channels: [sco]}\n`,
    [
      '5:22: alerts.routes[0].match.kind: must be one of credential_invalid, credential_unverifiable, credential_expiring, gateway_outage, mass_rejection, permission_lost, config_rejected, channel_failing; did you mean credential_invalid?',
      '5:53: alerts.routes[0].channels[0]: is not a channel of alerts.channels; did you mean soc?',
    ],
  ],
  [
    'a route without channels',
    `${HEAD}alerts: {channels: {soc: {type: log}}, routes: [{channels: []}]}\n`,
    ['2:60: alerts.routes[0].channels: must not be an empty list; leave the key out'],
  ],
  [
    'a channel where there is none',
    `${HEAD}defaults: {channels: [soc]}\n`,
    ['2:23: defaults.channels[0]: names a channel, but alerts.channels has none; add it there'],
  ],
];

function connection(fields: string): string {
  return `${HEAD}connections:\n  - {id: acme, ${KEYS}, ${fields}}\n`;
}

const CONNECTIONS: readonly Case[] = [
  [
    'an id in capitals',
    `${HEAD}connections:\n  - {id: Acme, region: us, ${KEYS}}\n`,
    [
      '3:10: connections[0].id: must be lower-case letters, digits, . _ and -, starting with a letter or digit, at most 63, such as acme-siem; did you mean acme?',
    ],
  ],
  [
    'no secret',
    `${HEAD}connections:\n  - {id: acme, region: us, clientId: a}\n`,
    [`3:5: connections[0].clientSecret: is missing; write ${REF}`],
  ],
  [
    'a secret that is a number',
    `${HEAD}connections:\n  - {id: acme, region: us, clientId: a, clientSecret: 12345}\n`,
    ['3:55: connections[0].clientSecret: must be a text: put it in quotes'],
  ],
  [
    'two kinds of reference',
    `${HEAD}connections:\n  - {id: acme, region: us, clientId: a, clientSecret: {env: A, file: b}}\n`,
    ['3:55: connections[0].clientSecret: names env and file; keep one of them'],
  ],
  [
    'a misspelt kind of reference',
    `${HEAD}connections:\n  - {id: acme, region: us, clientId: a, clientSecret: {fil: b}}\n`,
    [`3:55: connections[0].clientSecret: must be ${REF}; did you mean file?`],
  ],
  [
    'a reference with a key too many',
    `${HEAD}connections:\n  - {id: acme, region: us, clientId: a, clientSecret: {env: A, default: b}}\n`,
    ['3:64: connections[0].clientSecret.default: is not a known key; known are env'],
  ],
  [
    'an empty command',
    `${HEAD}connections:\n  - {id: acme, region: us, clientId: a, clientSecret: {exec: []}}\n`,
    ['3:62: connections[0].clientSecret.exec: must not be an empty list'],
  ],
  [
    'a secret of two lines',
    `${HEAD}connections:\n  - {id: acme, region: us, clientId: a, clientSecret: "one\\ntwo"}\n`,
    ['3:55: connections[0].clientSecret: holds a line break; write the value on one line, in quotes'],
  ],
  [
    'neither region nor URL',
    `${HEAD}connections:\n  - {id: acme, ${KEYS}}\n`,
    ['3:5: connections[0]: has neither region nor baseUrl; write region: global, uk or us'],
  ],
  [
    'both region and URL',
    connection('region: us, baseUrl: "https://us-api.services.mimecast.com"'),
    ['3:76: connections[0].baseUrl: stands beside region; keep one of them'],
  ],
  [
    'an unknown region',
    connection('region: eu'),
    [
      '3:63: connections[0].region: must be one of global, uk, us; write global, which serves the other instances',
    ],
  ],
  [
    'an API 1.0 host',
    connection('baseUrl: "https://us-api.mimecast.com"'),
    [
      '3:64: connections[0].baseUrl: us-api.mimecast.com is an API 1.0 host; write the API 2.0 one: https://us-api.services.mimecast.com',
    ],
  ],
  [
    'a foreign host',
    connection('baseUrl: "https://us-api.services.mimecast.com.example"'),
    [
      '3:64: connections[0].baseUrl: us-api.services.mimecast.com.example is not a Mimecast host; did you mean https://us-api.services.mimecast.com? Otherwise write region: global, uk or us, or list the host in checks.allowedHosts',
    ],
  ],
  [
    'plain http',
    connection('baseUrl: "http://api.services.mimecast.com"'),
    [
      '3:64: connections[0].baseUrl: plain http is for loopback only; write https://api.services.mimecast.com',
    ],
  ],
  [
    'credentials in the URL',
    connection('baseUrl: "https://me:hunter2@api.services.mimecast.com"'),
    [
      '3:64: connections[0].baseUrl: must not hold a user name or password; the keys are clientId and clientSecret',
    ],
  ],
  [
    'a path in the URL',
    connection('baseUrl: "https://api.services.mimecast.com/oauth/token"'),
    ['3:64: connections[0].baseUrl: must end after the host; write https://api.services.mimecast.com'],
  ],
  [
    'an interval shorter than the default timeout',
    connection('region: us, interval: 5s'),
    [
      '3:77: connections[0].interval: must be longer than the timeout of 10s; add a shorter timeout beside it',
    ],
  ],
  [
    'a timeout as long as the interval',
    connection('region: us, interval: 1m, timeout: 60s'),
    ['3:90: connections[0].timeout: must be less than the interval of 1m; write a shorter one'],
  ],
  [
    'a day that is none',
    connection('region: us, secretExpiresAt: 2027-02-30'),
    ['3:84: connections[0].secretExpiresAt: is not a day of the calendar; write another'],
  ],
  [
    'a time without a zone',
    connection('region: us, secretExpiresAt: "2027-02-03T10:00:00"'),
    [
      '3:84: connections[0].secretExpiresAt: must be a date such as 2027-03-01 (00:00 UTC) or a time such as 2027-03-01T09:30:00Z',
    ],
  ],
  [
    'an issue date without an age',
    connection('region: us, secretIssuedAt: 2026-01-01'),
    ['3:83: connections[0].secretIssuedAt: needs secretMaxAge beside it or in defaults, such as 90d'],
  ],
  [
    'an age without an issue date',
    connection('region: us, secretMaxAge: 90d'),
    ['3:81: connections[0].secretMaxAge: needs secretIssuedAt beside it'],
  ],
  [
    'a label Prometheus does not take',
    connection('region: us, labels: {cost-center: a}'),
    [
      '3:76: connections[0].labels.cost-center: must be a label name Prometheus takes: letters, digits and _; did you mean cost_center?',
    ],
  ],
  [
    'a label every alert has',
    connection('region: us, labels: {tenant: a}'),
    ['3:76: connections[0].labels.tenant: is a label that every alert carries already; choose another name'],
  ],
  [
    'two mistakes of different kinds in one connection',
    connection('region: eu, channels: [soc], enabled: maybe'),
    [
      '3:63: connections[0].region: must be one of global, uk, us; write global, which serves the other instances',
      '3:78: connections[0].channels[0]: names a channel, but alerts.channels has none; add it there',
      '3:93: connections[0].enabled: must be true or false',
    ],
  ],
  [
    'an id given twice',
    `${HEAD}connections:\n  - {id: acme, region: us, ${KEYS}}\n  - {id: globex, region: us, ${KEYS}}\n  - {id: acme, region: uk, ${KEYS}}\n`,
    ['5:10: connections[2].id: is used already at tenants.yaml:3:10; give one of the two another id'],
  ],
  [
    'a mistake in the defaults, said once',
    `${HEAD}defaults: {baseUrl: "https://evil.example"}\nconnections:\n  - {id: acme, ${KEYS}}\n  - {id: globex, ${KEYS}}\n`,
    [
      '2:21: defaults.baseUrl: evil.example is not a Mimecast host; write region: global, uk or us, or list the host in checks.allowedHosts',
    ],
  ],
];

describe('a config with a mistake', () => {
  let folder: ConfigFolder;
  beforeEach(async () => {
    folder = await makeConfigFolder();
  });
  afterEach(() => folder.remove());

  it.each([...STRUCTURE, ...PROBES, ...SETTINGS, ...SLIPS, ...ALERTS, ...CONNECTIONS])(
    'says where and what to write instead for %s',
    async (_name, yaml, lines) => {
      await folder.write('tenants.yaml', yaml);
      expect(await folder.mistakes()).toEqual(lines.map((line) => `tenants.yaml:${line}`));
    },
  );

  it('says that a missing file is missing and what to copy', async () => {
    expect(await folder.mistakes()).toEqual([
      'tenants.yaml:1:1: file: does not exist; copy config/tenants.example.yaml to it, or name another with --config',
    ]);
  });

  it('refuses a directory in place of the file', async () => {
    await folder.write('tenants.yaml/x', '');
    expect(await folder.mistakes()).toEqual([
      'tenants.yaml:1:1: file: is a directory; name a file in it, or a pattern such as folder/*.yaml',
    ]);
  });

  it('refuses bytes that are no UTF-8', async () => {
    await folder.write('tenants.yaml', Buffer.from('version: 1\ndataDir: caf\u00e9\n', 'latin1'));
    expect(await folder.mistakes()).toEqual([
      'tenants.yaml:2:13: file: is not UTF-8 text here, perhaps Latin-1; save it as UTF-8',
    ]);
  });

  it('survives a text that is nested without end', async () => {
    await folder.write('tenants.yaml', `version: ${'['.repeat(100_000)}`);
    expect((await folder.mistakes()).length).toBeGreaterThan(0);
  });

  it('refuses an alias bomb without expanding it', async () => {
    const level = (n: number) =>
      `  a${n}: &a${n} [${Array(9)
        .fill(`*a${n - 1}`)
        .join(', ')}]\n`;
    const bomb = Array.from({ length: 12 }, (_, n) => level(n + 1)).join('');
    await folder.write('tenants.yaml', `version: 1\ndefaults:\n  a0: &a0 [x]\n${bomb}`);
    const lines = await folder.mistakes();
    expect(lines[1]).toMatch(/^tenants\.yaml:4:\d+: defaults\.a1.*/);
    expect(lines.some((line) => line.includes('is a YAML alias'))).toBe(true);
  });

  it('tells the mistakes of all files at once', async () => {
    await folder.write('tenants.yaml', 'version: 1\nchekcs: {}\ninclude: [a.yaml, b.ndjson]\n');
    await folder.write('a.yaml', `connections:\n  - {id: acme, region: eu, ${KEYS}}\nhttp: {}\n`);
    await folder.write(
      'b.ndjson',
      '{"id":"globex","region":"us","clientId":"a","clientSecret":{"env":"S"}}\n\n{"id":"acme"\n{"id":"acme","region":"us","clientId":"a","clientSecret":{"env":"S"}, "tennant": 1}\n',
    );
    expect(await folder.mistakes()).toEqual([
      'tenants.yaml:2:1: chekcs: is not a known key; did you mean checks?',
      'a.yaml:2:24: connections[0].region: must be one of global, uk, us; write global, which serves the other instances',
      'a.yaml:3:1: http: is not a known key; known are connections (an included file holds connections and nothing else)',
      'b.ndjson:3:13: connections[1]: lacks a character here: a closing quote or bracket, a comma, or the space after a colon',
      'b.ndjson:4:7: connections[2].id: is used already at a.yaml:2:10; give one of the two another id',
      'b.ndjson:4:71: connections[2].tennant: is not a known key; did you mean tenant?',
    ]);
  });

  it('never repeats a secret, however wrong the file is', async () => {
    const secret = 'hunter2hunter2';
    const texts = [
      `${HEAD}connections:\n  - {id: acme, region: us, clientId: a, clientSecret: {env: ${secret} x}}\n`,
      `${HEAD}connections:\n  - {id: acme, region: us, clientId: a, clientSecret: {${secret}: x}}\n`,
      `${HEAD}connections:\n  - {id: acme, region: us, clientId: a, clientSecret: "${secret}\\n"}\n`,
      `${HEAD}connections:\n  - id: acme\n    clientSecret: "${secret}\n`,
      `${HEAD}connections:\n  - id: acme\n    clientSecret: ${secret}: x\n`,
      `${HEAD}connections:\n  - id: acme\n    clientSecret: @${secret}\n`,
      `${HEAD}connections:\n  - id: acme\n    clientSecret: "\\q${secret}"\n`,
      `${HEAD}connections:\n  - {id: acme, baseUrl: "https://u:${secret}@x.example/${secret}?${secret}", clientId: a, clientSecret: b}\n`,
      `${HEAD}redis: {url: "htp://:${secret}@x"}\n`,
      `${HEAD}alerts: {channels: {soc: {type: webhook, url: "htp://${secret}"}}}\n`,
    ];
    for (const text of texts) {
      await folder.write('tenants.yaml', text);
      expect((await folder.mistakes()).join('\n')).not.toContain(secret);
    }
  });
});
