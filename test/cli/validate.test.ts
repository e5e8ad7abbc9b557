import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Command } from 'commander';
import { type CliContext, defaultConfigPathOf } from '../../src/cli/context.ts';
import { registerSchema } from '../../src/cli/schema.ts';
import { registerValidate } from '../../src/cli/validate.ts';
import { type ConfigFolder, makeConfigFolder, TEST_CHANNELS } from '../config/config-folder.ts';

const NOW = Date.parse('2026-11-30T00:00:00Z');

interface Outcome {
  readonly code: number | null;
  readonly out: readonly string[];
  readonly err: readonly string[];
}

let folder: ConfigFolder;
beforeEach(async () => {
  folder = await makeConfigFolder();
});
afterEach(() => folder.remove());

function collector(chunks: string[]): Writable {
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk.toString());
      done();
    },
  });
}

async function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const out: string[] = [];
  const err: string[] = [];
  let code: number | null = null;
  const context: CliContext = {
    stdout: collector(out),
    stderr: collector(err),
    env: { PATH: process.env['PATH'], ...env },
    version: '0.0.0',
    channelTypes: TEST_CHANNELS,
    setExitCode: (value) => {
      code = value;
    },
    onReaderGone: () => undefined,
    defaultConfigPath: () => defaultConfigPathOf(env),
  };
  const program = new Command();
  registerValidate(program, context, () => NOW);
  registerSchema(program, context);
  await program.parseAsync(['node', 'mimecast-monitor', ...args]);
  const lines = (chunks: readonly string[]) => chunks.join('').split('\n').slice(0, -1);
  return { code, out: lines(out), err: lines(err) };
}

const FLEET = `version: 1
checks: { maxPerSecond: 1 }
alerts: { channels: { soc: { type: log } } }
defaults: { region: us, interval: 5s, timeout: 1s }
connections:
  - { id: acme-1, tenant: Acme, clientId: a, clientSecret: { env: ACME } }
  - { id: acme-2, tenant: Acme, clientId: { env: ACME }, clientSecret: { exec: [printf, "hunter2\\n"] } }
  - { id: globex, region: uk, clientId: a, clientSecret: { file: globex }, interval: 1m }
  - { id: initech, region: uk, clientId: a, clientSecret: { file: globex }, enabled: false }
`;

const MIXED = `version: 1
alerts:
  channels: { soc: { type: log }, mail: { type: log }, own: { type: log } }
  routes:
    - { match: { kind: credential_expiring }, channels: [mail] }
    - { match: { severity: critical, labels: { tier: gold } }, channels: [soc] }
defaults: { region: us }
connections:
  - { id: acme, clientId: a, clientSecret: { exec: [vault, get, acme] }, labels: { tier: gold }, secretExpiresAt: 2026-12-10 }
  - { id: globex, clientId: a, clientSecret: { exec: [vault, get, globex] }, interval: 1m, secretExpiresAt: 2026-11-28 }
  - { id: initech, clientId: a, clientSecret: { exec: [vault, get, initech] }, channels: [own] }
  - { id: umbrella, region: uk, clientId: a, clientSecret: { exec: [vault, get, u] }, interval: 24h, secretExpiresAt: 2027-06-01 }
`;

describe('validate', () => {
  it('counts what there is, says where secrets come from and what was trimmed, and is content', async () => {
    const file = await folder.write('tenants.yaml', FLEET);
    await folder.write('globex', 'hunter2\n');
    const path = join(folder.path, 'globex');
    expect(await run(['validate', '--config', file], { ACME: 'hunter2' })).toEqual({
      code: 0,
      err: [],
      out: [
        `${file}: 4 connections of 3 tenants, 1 disabled`,
        '',
        'CHECKED AT                            CONNECTIONS  EVERY  RATE    AT MOST',
        'https://us-api.services.mimecast.com            2  5s     24/min  1/s',
        'https://uk-api.services.mimecast.com            1  1m     1/min   1/s',
        '',
        `${'VALUES FROM'.padEnd(Math.max(26, path.length + 5))}  FOR`,
        ...[
          ['literal in the config file', 'acme-1: clientId and 2 more'],
          ['env ACME', 'acme-1: clientSecret and 1 more'],
          [`file ${path}`, 'globex: clientSecret and 1 more'],
          ['exec printf', 'acme-2: clientSecret'],
        ].map(([source = '', why]) => `${source.padEnd(Math.max(26, path.length + 5))}  ${why}`),
        '',
        'ABOUT               CRITICAL IS TOLD TO  WARNINGS TO',
        'all 3               soc                  soc',
        'the monitor itself  -                    soc',
        '',
        'No connection declares when its secret expires, so that nothing warns before (secretExpiresAt).',
        '',
        'warning: acme-2: clientSecret: exec printf: a trailing newline was trimmed',
        `warning: globex: clientSecret: file ${path}: a trailing newline was trimmed`,
        'good',
      ],
    });
  });

  it('names everything that cannot be resolved, at each place that needs it', async () => {
    const file = await folder.write('tenants.yaml', FLEET);
    await folder.write('globex', 'two\nlines\n');
    const path = join(folder.path, 'globex');
    const { code, err } = await run(['validate', '--config', file]);
    expect(code).toBe(2);
    expect(err).toEqual([
      `${file}:6:60: connections[0].clientSecret: env ACME is not set; set it where the monitor is started`,
      `${file}:7:43: connections[1].clientId: env ACME is not set; set it where the monitor is started`,
      `${file}:8:58: connections[2].clientSecret: file ${path} holds more than one line; keep only the value, on one line`,
      `${file}:9:59: connections[3].clientSecret: file ${path} holds more than one line; keep only the value, on one line`,
    ]);
  });

  it('says what is checked, told and expires for each kind of connection, by name where they are few', async () => {
    const file = await folder.write('tenants.yaml', MIXED);
    const { out } = await run(['validate', '--config', file, '--no-secrets']);
    expect(out.slice(2)).toEqual([
      'CHECKED AT                            CONNECTIONS  EVERY           RATE     AT MOST',
      'https://us-api.services.mimecast.com            3  5m (2), 1m (1)  1.4/min  100/s',
      'https://uk-api.services.mimecast.com            1  1d              1/d      100/s',
      '',
      'VALUES FROM                 FOR',
      'literal in the config file  acme: clientId and 3 more',
      'exec vault                  acme: clientSecret and 3 more',
      '',
      'ABOUT               CRITICAL IS TOLD TO                  WARNINGS TO',
      'globex, umbrella    mail                                 mail',
      'acme                soc (but credential_expiring: mail)  mail',
      'initech             own                                  own',
      'the monitor itself  -                                    mail',
      '',
      'SECRET EXPIRES  AT          CONNECTION  TENANT',
      '2d ago          2026-11-28  globex      globex',
      'in 10d          2026-12-10  acme        acme',
      '1 connection does not declare when its secret expires, so that nothing warns before (secretExpiresAt).',
      '',
      'good, secrets not looked at',
    ]);
  });

  it('leaves the secrets alone when told', async () => {
    const file = await folder.write('tenants.yaml', FLEET);
    const { code, out, err } = await run(['validate', '--config', file, '--no-secrets']);
    expect([code, err, out.at(-1)]).toEqual([0, [], 'good, secrets not looked at']);
  });

  it('warns when the fleet needs more than it may have', async () => {
    const items = ['acme', 'globex', 'initech', 'hooli', 'umbrella', 'stark'].map(
      (id) => `  - { id: ${id}, clientId: a, clientSecret: { env: ACME } }\n`,
    );
    const head = FLEET.slice(0, FLEET.indexOf('  - {'));
    const file = await folder.write('tenants.yaml', head + items.join(''));
    const { code, out } = await run(['validate', '--config', file, '--no-secrets']);
    expect(code).toBe(0);
    expect(out).toContain(
      'warning: https://us-api.services.mimecast.com needs 1.2 checks/s, but checks.maxPerSecond is 1: checks will be late; lengthen the intervals or raise it',
    );
  });

  it('warns when there is nobody to watch and nobody to tell', async () => {
    const file = await folder.write('tenants.yaml', 'version: 1\n');
    expect((await run(['validate', '--config', file])).out).toEqual([
      `${file}: 0 connections of 0 tenants`,
      '',
      'warning: there is no connection to watch; add one under connections',
      'warning: nobody is told: add a channel under alerts.channels',
      'good',
    ]);
  });

  it('prints every mistake on a line of its own and nothing else', async () => {
    const file = await folder.write('tenants.yaml', 'version: 2\nchekcs: {}\n');
    expect(await run(['validate', '--config', file])).toEqual({
      code: 2,
      out: [],
      err: [
        `${file}:1:10: version: must be 1, as in version: 1`,
        `${file}:2:1: chekcs: is not a known key; did you mean checks?`,
      ],
    });
  });

  it('says what to copy when there is no config, wherever its name comes from', async () => {
    const advice =
      ':1:1: file: does not exist; copy config/tenants.example.yaml to it, or name another with --config';
    const file = join(folder.path, 'gone.yaml');
    expect(await run(['validate'], { MIMECAST_MONITOR_CONFIG: file })).toEqual({
      code: 2,
      out: [],
      err: [`${file}${advice}`],
    });
    expect(defaultConfigPathOf({})).toBe('config/tenants.yaml');
    expect(defaultConfigPathOf({ MIMECAST_MONITOR_CONFIG: '' })).toBe('config/tenants.yaml');
  });

  it('prints one JSON document when asked, also when all is wrong', async () => {
    const file = await folder.write('tenants.yaml', 'version: 2\n');
    const bad = await run(['validate', '--config', file, '--json']);
    expect(bad).toMatchObject({ code: 2, err: [] });
    expect(JSON.parse(bad.out.join('\n'))).toEqual({
      valid: false,
      errors: [`${file}:1:10: version: must be 1, as in version: 1`],
      warnings: [],
      summary: null,
    });
    await folder.write('tenants.yaml', FLEET);
    const good = await run(['validate', '--config', file, '--json', '--no-secrets']);
    expect(good).toMatchObject({ code: 0, err: [] });
    expect(JSON.parse(good.out.join('\n'))).toMatchObject({
      valid: true,
      errors: [],
      summary: {
        connections: 4,
        disabled: 1,
        tenants: 3,
        channels: ['soc'],
        secrets: { literal: 3, exec: 1 },
      },
    });
  });

  it('never prints a secret', async () => {
    const file = await folder.write('tenants.yaml', FLEET.replace('{ file: globex }', 'hunter2'));
    for (const flags of [[], ['--json']]) {
      const { out, err } = await run(['validate', '--config', file, ...flags], { ACME: 'hunter2 ' });
      expect([...out, ...err].join('\n')).not.toContain('hunter2');
    }
  });
});

describe('schema', () => {
  it('prints the JSON Schema', async () => {
    const { out, err } = await run(['schema']);
    expect(err).toEqual([]);
    expect(JSON.parse(out.join('\n'))).toMatchObject({ title: expect.any(String), required: ['version'] });
  });
});
