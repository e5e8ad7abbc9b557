import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { registerValidate } from '../../src/cli/validate.ts';
import { type ConfigFolder, makeConfigFolder } from '../config/config-folder.ts';
import { runCommand } from './command.ts';

const FIXTURES = new URL('../http/fixtures/', import.meta.url);
const CERT = new URL('localhost-test-only.cert.pem', FIXTURES);
const KEY = new URL('localhost-test-only.key.pem', FIXTURES);

const HTTPS = 'must be an absolute https:// URL (plain http:// is for this machine only)';
const SIGNING = 'must be base64 (with or without whsec_); openssl rand -base64 32 makes one';
const NOT_SET = 'is not set; set it where the monitor is started';

let folder: ConfigFolder;
beforeEach(async () => {
  folder = await makeConfigFolder();
});
afterEach(() => folder.remove());

interface Told {
  readonly code: number | null;
  /** Without the folder, so that a fixture can be written down. */
  readonly lines: readonly string[];
}

async function validate(
  yaml: string,
  env: Readonly<Record<string, string>> = {},
  flags: readonly string[] = [],
): Promise<Told> {
  const file = await folder.write('tenants.yaml', `version: 1\n${yaml}`);
  const { code, err } = await runCommand(registerValidate, ['validate', '--config', file, ...flags], env);
  return { code, lines: err.replaceAll(`${folder.path}/`, '').split('\n').slice(0, -1) };
}

const MAIL = 'type: email, url: "smtps://mail.example", from: a@b.example, to: [c@d.example]';

/** What is wrong, the file, the environment, and what must be said: all of it. */
type Case = readonly [name: string, yaml: string, env: Record<string, string>, lines: readonly string[]];

const BEHIND_REFERENCES: readonly Case[] = [
  [
    'a signing secret that is no base64',
    'alerts: {channels: {soc: {type: webhook, url: {env: U}, signingSecret: {env: K}}}}\n',
    { U: 'https://hooks.example/T0KEN', K: 'whsec_T0KEN!' },
    [`tenants.yaml:2:72: alerts.channels.soc.signingSecret: env K: ${SIGNING}`],
  ],
  [
    'a signing secret that is none, in the file itself',
    'alerts: {channels: {soc: {type: webhook, url: {env: U}, signingSecret: "T0KEN!"}}}\n',
    { U: 'https://hooks.example/T0KEN' },
    [`tenants.yaml:2:72: alerts.channels.soc.signingSecret: ${SIGNING}`],
  ],
  [
    'the address of a webhook that is none',
    'alerts: {channels: {soc: {type: webhook, url: {env: U}}, chat: {type: slack, url: {env: V}}}}\n',
    { U: 'http://hooks.example/T0KEN', V: 'T0KEN' },
    [
      `tenants.yaml:2:47: alerts.channels.soc.url: env U: ${HTTPS}`,
      `tenants.yaml:2:83: alerts.channels.chat.url: env V: ${HTTPS}`,
    ],
  ],
  [
    'a mail server that is none',
    'alerts: {channels: {mail: {type: email, url: {env: U}, from: a@b.example, to: [c@d.example]}}}\n',
    { U: 'mail.example:T0KEN' },
    [
      'tenants.yaml:2:46: alerts.channels.mail.url: env U: must be smtps://user:password@host or smtp://user:password@host, with :port if it is not the usual one',
    ],
  ],
  [
    'a heartbeat over plain http to elsewhere',
    'alerts: {heartbeat: {url: {env: H}}}\n',
    { H: 'http://switch.example/T0KEN' },
    [`tenants.yaml:2:27: alerts.heartbeat.url: env H: ${HTTPS}`],
  ],
  ['a heartbeat on this machine', 'alerts: {heartbeat: {url: {env: H}}}\n', { H: 'http://[::1]:80/x' }, []],
  [
    'a heartbeat that can not be had',
    'alerts: {heartbeat: {url: {env: H}}}\n',
    {},
    [`tenants.yaml:2:27: alerts.heartbeat.url: env H ${NOT_SET}`],
  ],
  [
    'a Redis URL that is none',
    'redis: {url: {env: R}}\nhttp: {token: {env: T}}\n',
    { R: 'http://:T0KEN@127.0.0.1' },
    [
      'tenants.yaml:2:14: redis.url: env R: must be a URL such as redis://localhost:6379, rediss://host:6380 or redis+sentinel://host,host/name',
      `tenants.yaml:3:15: http.token: env T ${NOT_SET}`,
    ],
  ],
];

const FILES: readonly Case[] = [
  [
    'an authority that does not exist',
    `alerts: {channels: {mail: {${MAIL}, ca: ./ca.pem}}}\n`,
    {},
    ['tenants.yaml:2:112: alerts.channels.mail.ca: ca.pem does not exist; create it or correct the path'],
  ],
  [
    'an authority that is a folder',
    `alerts: {channels: {mail: {${MAIL}, ca: .}}}\n`,
    {},
    [`tenants.yaml:2:112: alerts.channels.mail.ca: FOLDER is a directory; name the file in it`],
  ],
  [
    'an authority without a certificate',
    `alerts: {channels: {mail: {${MAIL}, ca: key.pem}}}\n`,
    {},
    [
      'tenants.yaml:2:112: alerts.channels.mail.ca: key.pem holds no PEM certificate; name a file with -----BEGIN CERTIFICATE----- in it',
    ],
  ],
  [
    'an authority that is damaged',
    `alerts: {channels: {mail: {${MAIL}, ca: damaged.pem}}}\n`,
    {},
    [
      "tenants.yaml:2:112: alerts.channels.mail.ca: damaged.pem holds a certificate that can't be read (number 2); copy it again",
    ],
  ],
  ['an authority that is one', `alerts: {channels: {mail: {${MAIL}, ca: cert.pem}}}\n`, {}, []],
  [
    'a certificate and a key that do not exist',
    'http: {tls: {cert: none.pem, key: gone.pem}}\n',
    {},
    [
      "tenants.yaml:2:20: http.tls.cert: none.pem can't be read (ENOENT)",
      "tenants.yaml:2:35: http.tls.key: gone.pem can't be read (ENOENT)",
    ],
  ],
  [
    'a key that is none',
    'http: {tls: {cert: cert.pem, key: cert.pem}}\n',
    {},
    [
      'tenants.yaml:2:13: http.tls: cert.pem and cert.pem must be a PEM certificate and its PEM key without a passphrase',
    ],
  ],
  ['a certificate and its key', 'http: {tls: {cert: cert.pem, key: key.pem}}\n', {}, []],
];

describe('validate looks at what the config names outside itself', () => {
  beforeEach(async () => {
    const cert = await readFile(CERT, 'utf8');
    await folder.write('cert.pem', cert);
    await folder.write('key.pem', await readFile(KEY, 'utf8'));
    await folder.write('damaged.pem', `${cert}${cert.replace(/[A-Za-z0-9]{20}\n/, '\n')}`);
  });

  it.each([...BEHIND_REFERENCES, ...FILES])('%s', async (_, yaml, env, lines) => {
    const { code, lines: told } = await validate(yaml, env);
    expect(told).toEqual(lines.map((line) => line.replace('FOLDER', folder.path)));
    expect(code).toBe(lines.length === 0 ? 0 : 2);
    expect(told.join('\n')).not.toContain('T0KEN');
  });

  it('but not with --no-secrets', async () => {
    const yaml = `alerts: {heartbeat: {url: {env: H}}, channels: {mail: {${MAIL}, ca: none.pem}}}\nhttp: {tls: {cert: a, key: b}}\n`;
    expect(await validate(yaml, {}, ['--no-secrets'])).toEqual({ code: 0, lines: [] });
  });
});

describe('validate of a config with mistakes', () => {
  it('resolves what is well-formed in the same run', async () => {
    await folder.write('more.yaml', 'connections: [{id: initech, clientId: {env: I}, region: us}]\n');
    const yaml = `chekcs: {}
http: {token: {env: T}, listen: 5}
alerts:
  channels: {soc: {type: webhook, url: {env: U}, retries: 1}, mail: {${MAIL}, ca: none.pem, zip: 1}}
include: [more.yaml]
connections:
  - {id: acme, region: eu, clientId: {env: A}, clientSecret: {file: absent}}
  - {id: globex, region: us, clientId: {enf: A}, clientSecret: {env: S}}
`;
    const { code, lines } = await validate(yaml, { U: 'nowhere' });
    expect(code).toBe(2);
    const absent = 'absent does not exist; create it or correct the path';
    expect(lines.map((line) => line.replace(/:\d+(?=: )/, ''))).toEqual([
      'tenants.yaml:2: chekcs: is not a known key; did you mean checks?',
      `tenants.yaml:3: http.token: env T ${NOT_SET}`,
      'tenants.yaml:3: http.listen: must be an address and a port such as 127.0.0.1:9464; put it in quotes if it is meant as text',
      `tenants.yaml:5: alerts.channels.soc.url: env U: ${HTTPS}`,
      'tenants.yaml:5: alerts.channels.soc.retries: is not a known key; known are type, url, signingSecret',
      'tenants.yaml:5: alerts.channels.mail.ca: none.pem does not exist; create it or correct the path',
      'tenants.yaml:5: alerts.channels.mail.zip: is not a known key; known are type, url, from, to, ca',
      'tenants.yaml:8: connections[0].region: must be one of global, uk, us; write global, which serves the other instances',
      `tenants.yaml:8: connections[0].clientId: env A ${NOT_SET}`,
      `tenants.yaml:8: connections[0].clientSecret: file ${absent}`,
      'tenants.yaml:9: connections[1].clientId: must be a text, {env: NAME}, {file: PATH} or {exec: [command, argument]}; did you mean env?',
      `tenants.yaml:9: connections[1].clientSecret: env S ${NOT_SET}`,
      'more.yaml:1: connections[0].clientSecret: is missing; write a text, {env: NAME}, {file: PATH} or {exec: [command, argument]}',
      `more.yaml:1: connections[0].clientId: env I ${NOT_SET}`,
    ]);
  });

  it('warns in the same run of what does not depend on the rest', async () => {
    const file = await folder.write('tenants.yaml', 'version: 2\ninclude: [gone.yaml]\n');
    const { code, out } = await runCommand(registerValidate, ['validate', '--config', file, '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toEqual({
      valid: false,
      errors: [`${file}:1:10: version: must be 1, as in version: 1`],
      warnings: [
        `${join(folder.path, 'tenants.yaml')}:2:11: include[0]: matches no file; is a folder not mounted?`,
      ],
      summary: null,
    });
  });

  it('warns of a misspelt route without calling the config wrong, in words and in JSON', async () => {
    const yaml = `version: 1
alerts: {channels: {log: {type: log}}, routes: [{match: {tenant: Acme Crop}, channels: [log]}, {channels: [log]}]}
connections: [{id: acme, tenant: Acme Corp, region: us, clientId: {env: A}, clientSecret: {env: A}}]
`;
    const file = await folder.write('tenants.yaml', yaml);
    const warning = `${file}:2:66: alerts.routes[0].match.tenant: is the tenant of no connection; did you mean 'Acme Corp'?`;
    const args = ['validate', '--config', file];
    const plain = await runCommand(registerValidate, args, { A: 'x' });
    expect(plain).toMatchObject({ code: 0, err: '', out: expect.stringContaining(`warning: ${warning}\n`) });
    const json = await runCommand(registerValidate, [...args, '--json'], { A: 'x' });
    expect(JSON.parse(json.out)).toMatchObject({ valid: true, errors: [], warnings: [warning] });
  });
});
