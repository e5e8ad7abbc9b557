import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConfigError } from '../../src/config/config-error.ts';
import { loadConfig } from '../../src/config/load.ts';
import { ACME, type ConfigFolder, makeConfigFolder, TEST_CHANNELS } from './config-folder.ts';

let folder: ConfigFolder;
beforeEach(async () => {
  folder = await makeConfigFolder();
});
afterEach(() => folder.remove());

describe('a config that is right', () => {
  it('reads a heartbeat, which is sent every minute', async () => {
    await folder.write('tenants.yaml', `${ACME}alerts: { heartbeat: { url: { env: HEARTBEAT_URL } } }\n`);
    const { alerts } = await folder.load();
    expect(alerts.heartbeat).toEqual({ url: { kind: 'env', name: 'HEARTBEAT_URL' }, intervalMs: 60_000 });
  });

  it('gets every default of the contract', async () => {
    await folder.write('tenants.yaml', ACME);
    const { path, dataDir, secretsDir, connections, hash, watched, ...rest } = await folder.load();
    expect(path).toBe(join(folder.path, 'tenants.yaml'));
    expect([...watched.keys()]).toEqual([path]);
    expect(dataDir).toBe(join(folder.path, 'data'));
    expect(secretsDir).toBe(join(folder.path, 'secrets.d'));
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    const day = 86_400_000;
    expect(rest).toEqual({
      checks: {
        confirmDelayMs: 15_000,
        unverifiableAfterMs: 1_800_000,
        concurrency: 50,
        maxPerSecond: 100,
        allowedHosts: [],
        codes: { rejected: [], forbidden: [], expired: [] },
      },
      expiry: { warnBeforeMs: [30 * day, 14 * day, 7 * day, 3 * day, day] },
      alerts: {
        reminderEveryMs: day,
        massRejection: { atLeast: 10, share: 0.05 },
        channels: [],
        routes: [],
        defaultChannels: [],
        heartbeat: null,
      },
      redisUrl: null,
      http: { host: '127.0.0.1', port: 9464, token: null, allowUnauthenticated: false, tls: null },
      warnings: [],
    });
    expect(connections).toEqual([
      {
        id: 'acme-siem',
        tenant: 'acme-siem',
        gateway: 'https://us-api.services.mimecast.com',
        clientId: { kind: 'literal', value: expect.anything() },
        clientSecret: { kind: 'env', name: 'ACME_SECRET' },
        intervalMs: 300_000,
        timeoutMs: 10_000,
        confirmations: 3,
        secretExpiresAt: null,
        labels: {},
        channels: null,
        enabled: true,
      },
    ]);
  });

  it.each([
    ['{}', { method: 'GET', path: '/identity/whoami', body: null, intervalMs: 3_600_000 }],
    [
      '{ method: POST, interval: 30m }',
      { method: 'POST', path: '/api/account/get-account', body: '{"data":[]}', intervalMs: 1_800_000 },
    ],
    [
      '{ method: POST, path: /api/audit/get-audit-events, body: { meta: { pageSize: 1 }, data: [] } }',
      {
        method: 'POST',
        path: '/api/audit/get-audit-events',
        body: '{"meta":{"pageSize":1},"data":[]}',
        intervalMs: 3_600_000,
      },
    ],
    ['{ enabled: false }', undefined],
  ])('fills in what a probe of %s leaves out', async (probe, built) => {
    await folder.write('tenants.yaml', `${ACME}    probe: ${probe}\n`);
    expect((await folder.load()).connections[0]?.probe).toEqual(built);
  });

  it('takes the probe of the defaults, or that of the connection as a whole', async () => {
    await folder.write(
      'tenants.yaml',
      `version: 1
defaults: { region: us, probe: { method: POST, interval: 2h } }
connections:
  - { id: acme, clientId: a, clientSecret: { env: A } }
  - { id: globex, clientId: a, clientSecret: { env: A }, probe: { path: /identity/other } }
  - { id: initech, clientId: a, clientSecret: { env: A }, probe: { enabled: false } }
`,
    );
    const probes = (await folder.load()).connections.map(({ probe }) => probe && [probe.method, probe.path]);
    expect(probes).toEqual([['POST', '/api/account/get-account'], ['GET', '/identity/other'], undefined]);
  });

  it('hands the defaults down, and lets a connection overrule them', async () => {
    await folder.write(
      'tenants.yaml',
      `version: 1
alerts: { channels: { soc: { type: log }, noc: { type: log } } }
defaults: { region: us, interval: 1m, secretMaxAge: 90d, labels: { tier: silver, desk: a }, channels: [soc] }
connections:
  - { id: acme, clientId: a, clientSecret: { env: A }, secretIssuedAt: 2026-01-01 }
  - id: globex
    baseUrl: https://api.services.mimecast.com:443/
    clientId: { exec: [./id.sh, x] }
    clientSecret: { file: secrets/globex }
    interval: 10m
    timeout: 2s
    confirmations: 5
    secretExpiresAt: "2027-03-01T12:00:00+02:00"
    labels: { tier: gold }
    channels: [noc]
    enabled: false
`,
    );
    const [acme, globex] = (await folder.load()).connections;
    expect(acme).toMatchObject({
      gateway: 'https://us-api.services.mimecast.com',
      intervalMs: 60_000,
      secretExpiresAt: Date.parse('2026-04-01T00:00:00Z'),
      labels: { tier: 'silver', desk: 'a' },
      channels: ['soc'],
    });
    expect(globex).toMatchObject({
      gateway: 'https://api.services.mimecast.com',
      clientId: { kind: 'exec', command: ['./id.sh', 'x'], directory: folder.path },
      clientSecret: { kind: 'file', path: join(folder.path, 'secrets/globex') },
      intervalMs: 600_000,
      timeoutMs: 2_000,
      confirmations: 5,
      secretExpiresAt: Date.parse('2027-03-01T10:00:00Z'),
      labels: { tier: 'gold', desk: 'a' },
      channels: ['noc'],
      enabled: false,
    });
  });

  it('reads channels of every kind of option, and routes', async () => {
    await folder.write(
      'tenants.yaml',
      `version: 1
alerts:
  channels:
    soc:
      type: webhook
      url: { env: SOC_URL }
      signingSecret: { file: hmac }
      method: PUT
      recipients: [a, b]
      retries: 3
      verbose: true
      timeout: 5s
    console: { type: log }
  routes:
    - { channels: [console], continue: true }
    - match: { kind: credential_invalid, cause: revoked, gateway: "https://US-api.services.mimecast.com:443", labels: { tier: gold } }
      channels: [soc]
`,
    );
    const { alerts } = await folder.load();
    expect(alerts.channels).toEqual([
      {
        name: 'soc',
        type: 'webhook',
        options: {
          url: { kind: 'env', name: 'SOC_URL' },
          signingSecret: { kind: 'file', path: join(folder.path, 'hmac') },
          method: 'PUT',
          recipients: ['a', 'b'],
          retries: 3,
          verbose: true,
          timeout: 5_000,
        },
      },
      { name: 'console', type: 'log', options: {} },
    ]);
    expect(alerts.routes).toEqual([
      { match: {}, channels: ['console'], continue: true },
      {
        match: {
          kind: 'credential_invalid',
          cause: 'revoked',
          gateway: 'https://us-api.services.mimecast.com',
          labels: { tier: 'gold' },
        },
        channels: ['soc'],
        continue: false,
      },
    ]);
  });

  it('reads JSON, with a byte order mark and the line ends of Windows', async () => {
    const json = { $schema: './schema.json', version: 1, connections: [] };
    await folder.write('tenants.json', `\uFEFF${JSON.stringify(json, null, 2).replaceAll('\n', '\r\n')}`);
    await folder.write('tenants.yaml', `\uFEFF${ACME.replaceAll('\n', '\r\n')}`);
    expect((await folder.load('tenants.json')).connections).toEqual([]);
    expect((await folder.load('tenants.yaml')).connections).toHaveLength(1);
  });

  it('finds positions in JSON, and keys that are given twice', async () => {
    await folder.write(
      'tenants.json',
      '{\n  "version": 1,\n  "dataDir": "a",\n  "dataDir": "b",\n  "http": 3\n}\n',
    );
    expect(await folder.mistakes('tenants.json')).toEqual([
      'tenants.json:4:3: dataDir: is given twice in the same place; keep one of them',
      'tenants.json:5:11: http: must be a mapping of keys to values',
    ]);
  });

  it('has the hash of its content, wherever it lies', async () => {
    await folder.write('a/tenants.yaml', `${ACME}include: [more.yaml]\n`);
    await folder.write('b/tenants.yaml', `${ACME}include: [more.yaml]\n`);
    await folder.write('a/more.yaml', 'connections: []\n');
    await folder.write('b/more.yaml', 'connections: []\n');
    const first = await folder.load('a/tenants.yaml');
    expect((await folder.load('b/tenants.yaml')).hash).toBe(first.hash);
    await folder.write('b/more.yaml', 'connections: [] \n');
    expect((await folder.load('b/tenants.yaml')).hash).not.toBe(first.hash);
  });

  it('is what the shipped example is', async () => {
    const cwd = new URL('../../', import.meta.url).pathname;
    const { connections, warnings } = await loadConfig('config/tenants.example.yaml', {
      channelTypes: TEST_CHANNELS,
      cwd,
    });
    expect(connections.map(({ id }) => id)).toEqual(['acme-siem', 'globex-archive', 'initech-proxy']);
    expect(warnings).toEqual([]);
    const text = await readFile(join(cwd, 'config/tenants.example.yaml'), 'utf8');
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=./schema.json');
  });
});

describe('includes', () => {
  const entry = (id: string, more = '') =>
    `  - { id: ${id}, region: us, clientId: a, clientSecret: { env: S }${more} }\n`;

  it('are read in the order of the patterns and of their names, each file once', async () => {
    await folder.write(
      'tenants.yaml',
      `version: 1\ninclude: [d/*.yaml, "d/**/*.{yaml,ndjson}", "*.yaml"]\nconnections:\n${entry('first')}`,
    );
    await folder.write('d/b.yaml', `connections:\n${entry('b')}`);
    await folder.write('d/a.yaml', `connections:\n${entry('a')}`);
    await folder.write(
      'd/e/c.ndjson',
      '{"id":"c","region":"uk","clientId":"x","clientSecret":{"file":"s"}}\n',
    );
    const { connections, watched } = await folder.load();
    expect(connections.map(({ id }) => id)).toEqual(['first', 'a', 'b', 'c']);
    expect(connections[3]?.clientSecret).toEqual({ kind: 'file', path: join(folder.path, 'd/e/s') });
    const inside = ['', 'd', 'd/e', 'tenants.yaml', 'd/a.yaml', 'd/b.yaml', 'd/e/c.ndjson'];
    expect([...watched.keys()].toSorted()).toEqual(inside.map((name) => join(folder.path, name)).toSorted());
  });

  it('take the defaults of the main file', async () => {
    await folder.write(
      'tenants.yaml',
      'version: 1\ndefaults: { labels: { tier: gold } }\ninclude: [a.yaml]\n',
    );
    await folder.write('a.yaml', `connections:\n${entry('acme')}`);
    expect((await folder.load()).connections[0]?.labels).toEqual({ tier: 'gold' });
  });

  it('that match nothing are warned about and still watched', async () => {
    await mkdir(join(folder.path, 'empty.d'));
    await folder.write('tenants.yaml', 'version: 1\ninclude: [empty.d/*.yaml, gone.yaml]\n');
    const { warnings, watched } = await folder.load();
    expect(warnings).toEqual([
      'tenants.yaml:2:11: include[0]: matches no file; is a folder not mounted?',
      'tenants.yaml:2:27: include[1]: matches no file; is a folder not mounted?',
    ]);
    expect([...watched.keys()]).toEqual(
      ['tenants.yaml', 'empty.d', '', 'gone.yaml'].map((name) => join(folder.path, name)),
    );
  });

  it('that are wrong are watched all the same, so that the correction is noticed', async () => {
    await folder.write('tenants.yaml', 'version: 1\ninclude: [d/*.yaml]\n');
    const bad = await folder.write('d/a.yaml', 'connections: 3\n');
    const error: unknown = await folder.load().catch((reason: unknown) => reason);
    expect(error instanceof ConfigError && error.code).toBe('config_invalid');
    expect(error instanceof ConfigError && [...error.watched.keys()]).toEqual([
      join(folder.path, 'tenants.yaml'),
      join(folder.path, 'd'),
      bad,
    ]);
  });
});

describe('secrets that stand in the files themselves', () => {
  const LITERAL = ACME.replace('{ env: ACME_SECRET }', 'hunter2');

  it('are warned about when only the owner may read the file', async () => {
    await folder.write('tenants.yaml', LITERAL, 0o600);
    const { warnings, connections } = await folder.load();
    expect(warnings).toEqual([
      'tenants.yaml:6:19: connections[0].clientSecret: is a secret written in the file itself; better use {env: NAME}, {file: PATH} or {exec: [command]}',
    ]);
    const secret = connections[0]?.clientSecret;
    expect(secret?.kind === 'literal' && secret.value.reveal()).toBe('hunter2');
    expect(JSON.stringify(connections)).not.toContain('hunter2');
  });

  it.each([0o640, 0o604, 0o644, 0o620])(
    'are refused with the line to type when the mode is %o',
    async (mode) => {
      await folder.write('tenants.yaml', LITERAL, mode);
      expect(await folder.mistakes()).toEqual([
        'tenants.yaml:6:19: connections[0].clientSecret: is a secret in a file that others may read; type chmod 600 tenants.yaml, or better use {env: NAME}, {file: PATH} or {exec: [command]}',
      ]);
    },
  );

  it('are told once per file, with a file name as a shell takes it', async () => {
    await folder.write('tenants.yaml', 'version: 1\ninclude: ["it\'s/*.ndjson"]\n', 0o644);
    const item = (id: string) => `{"id":"${id}","region":"us","clientId":"a","clientSecret":"hunter2"}\n`;
    await folder.write("it's/a.ndjson", item('acme') + item('globex'), 0o644);
    expect(await folder.mistakes()).toEqual([
      "it's/a.ndjson:1:58: connections[0].clientSecret: is a secret in a file that others may read (and 1 more in this file); type chmod 600 'it'\\''s/a.ndjson', or better use {env: NAME}, {file: PATH} or {exec: [command]}",
    ]);
  });

  it('include tokens, signing secrets and a password in a URL, but not a webhook URL, which is warned about', async () => {
    await folder.write(
      'tenants.yaml',
      `version: 1
http: { token: hunter2 }
redis: { url: "redis://:hunter2@localhost:6379" }
alerts: { channels: { soc: { type: webhook, url: "https://soc.example/hunter2", signingSecret: hunter2 } } }
`,
      0o644,
    );
    expect(await folder.mistakes()).toEqual([
      expect.stringMatching(
        /^tenants\.yaml:4:96: alerts\.channels\.soc\.signingSecret: is a secret .* \(and 2 more in this file\)/,
      ),
    ]);
    await folder.write(
      'tenants.yaml',
      `version: 1
redis: { url: "redis://localhost:6379" }
alerts: { channels: { soc: { type: webhook, url: "https://soc.example/hunter2" } } }
`,
      0o644,
    );
    expect((await folder.load()).warnings).toEqual([
      'tenants.yaml:3:50: alerts.channels.soc.url: is a URL written in the file itself; if it is a credential, use {env: NAME} or {file: PATH}',
    ]);
  });
});
