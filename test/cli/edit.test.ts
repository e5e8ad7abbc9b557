import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CHANNEL_TYPES } from '../../src/alerts/drivers.ts';
import { add, registerAdd } from '../../src/cli/add.ts';
import type { AddFlags } from '../../src/cli/add-entry.ts';
import type { CliContext } from '../../src/cli/context.ts';
import type { EditEdge } from '../../src/cli/edit-edge.ts';
import { type EditFlags, refuse } from '../../src/cli/edit-run.ts';
import { disable, enable } from '../../src/cli/enable.ts';
import { remove } from '../../src/cli/remove.ts';
import { EditError } from '../../src/edit/edit-config.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { type ConfigFolder, makeConfigFolder } from '../config/config-folder.ts';
import { freePort } from '../helpers/free-port.ts';
import { memory, unwrapped } from './check-command.ts';
import { runCommand } from './command.ts';

const SECRET = 'globex-s3cr3t';
const ENV = { ACME: 'acme-s3cr3t', WRONG: 'wr0ng' };

let simulator: Simulator;
let folder: ConfigFolder;
let before: string;

beforeEach(async () => {
  const ids = ['acme', 'globex'];
  simulator = await startSimulator({
    keys: ids.map((id) => ({ clientId: id, clientSecret: `${id}-s3cr3t` })),
  });
  folder = await makeConfigFolder();
  before = `# The fleet of ours.
version: 1
http: { listen: '127.0.0.1:${await freePort()}' } # nobody is there
alerts: { channels: { console: { type: log } } }
defaults:
  baseUrl: ${simulator.origin}

connections:
  # Acme: ask Kim.
  - id: acme
    clientId: acme
    clientSecret: { env: ACME }
    enabled: false # until May

  - id: acme-two
    clientId: acme
    clientSecret: { env: ACME }
`;
  await folder.write('tenants.yaml', before);
});
afterEach(async () => {
  await simulator.close();
  await folder.remove();
});

type Command = (context: CliContext, edge: EditEdge, path: string) => Promise<number>;

/** Runs a command where nobody can be asked, with `input` on its standard input. */
async function run(command: Command, input = '') {
  const [out, err] = [memory(false), memory(false)];
  const context: CliContext = {
    stdout: out.stream,
    stderr: err.stream,
    env: ENV,
    version: '0.0.0',
    channelTypes: CHANNEL_TYPES,
    setExitCode: () => undefined,
    onReaderGone: () => undefined,
    defaultConfigPath: () => '/nowhere',
  };
  const edge: EditEdge = {
    stdin: Readable.from([Buffer.from(input)]),
    terminal: null,
    now: Date.now,
    elapsed: () => performance.now(),
    // Two seconds pass at once.
    delay: () => Promise.resolve(),
    onInterrupt: () => () => undefined,
  };
  const code = await command(context, edge, join(folder.path, 'tenants.yaml')).catch((error: unknown) => {
    if (error instanceof EditError) return refuse(error, context);
    throw error;
  });
  for (const secret of [SECRET, ...Object.values(ENV)]) expect(out.text() + err.text()).not.toContain(secret);
  return { code, out: out.text(), err: unwrapped(err.text()) };
}

function adding(id: string | undefined, flags: AddFlags & EditFlags, input = `${SECRET}\n`) {
  return run((context, edge, config) => add(id, { check: true, ...flags, config }, context, edge), input);
}

const text = () => readFile(join(folder.path, 'tenants.yaml'), 'utf8');
const GLOBEX: AddFlags = { clientId: 'globex', secretStdin: true };

describe('add', () => {
  it('tries the keys, writes the entry below the others and the secret aside, and shows what it did', async () => {
    const { code, out, err } = await adding('globex', {
      ...GLOBEX,
      tenant: 'Globex, Inc',
      label: { tier: 'gold' },
      channel: ['console'],
      issued: '2026-11-01',
      maxAge: '90d',
      interval: '1m',
    });
    expect(code).toBe(0);
    const entry = [
      '  - id: globex',
      '    tenant: "Globex, Inc"',
      '    clientId: globex',
      '    clientSecret: { file: secrets.d/globex }',
      '    interval: 1m',
      '    secretIssuedAt: 2026-11-01',
      '    secretMaxAge: 90d',
      '    labels: { tier: gold }',
      '    channels: [console]',
    ];
    expect(await text()).toBe(`${before}\n${entry.join('\n')}\n`);
    for (const line of entry) expect(out).toContain(`+${line}\n`);
    expect(err).toContain(`globex: the keys work: ${simulator.origin} issued a token.`);
    expect(out).toContain('globex is registered; its secret is in ');
    expect(out).toMatch(
      /No monitor answers at http:\/\/127\.0\.0\.1:\d+\/; one that runs with this config reads it by/,
    );
    expect(simulator.exchanges('globex')).toBe(1);
    expect(await readFile(join(folder.path, 'secrets.d/globex'), 'utf8')).toBe(SECRET);
  });

  it('writes nothing for rejected keys, asks once more, and says what may be wrong', async () => {
    simulator.setBehaviour('globex', { kind: 'revoked' });
    const { code, out, err } = await adding('globex', GLOBEX);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain('globex: rejected: ');
    expect(err).toContain('may be mistyped');
    expect(err).toContain("A new application's keys start to work about 30 minutes after it is made.");
    expect(err).toContain("the customer's instance may be another than");
    expect(err).toContain('nothing was written; --no-check registers keys all the same');
    expect(simulator.exchanges('globex')).toBe(2);
    expect(await text()).toBe(before);
    expect(await readdir(folder.path)).toEqual(['tenants.yaml']);
  });

  it('registers rejected keys all the same with --no-check, without asking the gateway', async () => {
    const { code } = await adding('globex', { ...GLOBEX, check: false });
    expect([code, simulator.exchanges('globex')]).toEqual([0, 0]);
    expect((await folder.load()).connections.map(({ id }) => id)).toEqual(['acme', 'acme-two', 'globex']);
  });

  it('writes nothing when the gateway is out, for then nothing is known', async () => {
    simulator.setBehaviour('*', { kind: 'status', status: 503 });
    const { code, err } = await adding('globex', GLOBEX);
    expect(code).toBe(2);
    expect(err).toContain('globex: gateway_error: ');
    expect(err).toContain('it is not known whether the keys work; --no-check goes on without knowing');
    expect(await text()).toBe(before);
  });

  it('writes a reference as it was given, and tries what it leads to', async () => {
    await folder.write('of-globex', `${SECRET}\n`);
    const { code } = await adding('globex', {
      clientId: 'globex',
      secretFile: join(folder.path, 'of-globex'),
    });
    expect(code).toBe(0);
    expect(await text()).toContain(`    clientSecret: { file: ${join(folder.path, 'of-globex')} }\n`);
    expect((await adding('hooli', { clientIdEnv: 'ACME', secretEnv: 'WRONG' })).code).toBe(1);
    const exec = ['cat', join(folder.path, 'of-globex')];
    expect((await adding('initech', { clientId: 'globex', secretExec: JSON.stringify(exec) })).code).toBe(0);
    expect((await folder.load()).connections.at(-1)?.clientSecret).toMatchObject({
      kind: 'exec',
      command: exec,
    });
  });

  it('names all that is missing where nobody can be asked', async () => {
    await folder.write('tenants.yaml', 'version: 1\nconnections: []\n');
    await expect(adding(undefined, {})).rejects.toThrow(
      'nobody can be asked here: give an id; --region (global, uk, us) or --base-url; --client-id, --client-id-env or ' +
        '--client-id-file; --secret-stdin, --secret-env, --secret-file or --secret-exec',
    );
    await expect(adding('globex', { ...GLOBEX, secretEnv: 'ACME' })).rejects.toThrow(
      'give only one of --secret-stdin and --secret-env',
    );
    await expect(
      adding('globex', { ...GLOBEX, secretStdin: undefined, secretExec: 'a "b c"' } as never),
    ).rejects.toThrow('runs without a shell');
  });

  it('takes no secret as the value of an option', async () => {
    await expect(runCommand(registerAdd, ['add', 'globex', '--secret', SECRET])).rejects.toThrow();
  });

  it('tells of a mistake with the place where it would stand, and of those that stand there already', async () => {
    expect((await adding('globex', { ...GLOBEX, channel: ['consle'] })).err).toMatch(
      /nothing was written, for it would be a mistake: .*tenants\.yaml:22:16: connections\[2\]\.channels\[0\]: .*console/,
    );
    expect((await adding('acme', GLOBEX)).err).toContain('acme is registered already, at ');
    await folder.write('tenants.yaml', before.replace('version: 1', 'version: 2'));
    expect(await adding('globex', GLOBEX)).toMatchObject({
      code: 2,
      err: expect.stringMatching(
        /the config has mistakes; correct them first.*tenants\.yaml:2:10: version: must be 1/,
      ),
    });
    expect(simulator.exchanges('globex')).toBe(0);
  });

  it('prints one document with --json', async () => {
    const { out } = await adding('globex', { ...GLOBEX, json: true });
    expect(JSON.parse(out)).toMatchObject({
      written: true,
      diff: expect.stringContaining('+  - id: globex\n'),
      checked: [{ id: 'globex', verdict: 'valid' }],
    });
  });
});

describe('enable and disable', () => {
  const enabling = (...ids: string[]) =>
    run((context, edge, config) => enable(ids, { check: true, config }, context, edge));
  const disabling = (...ids: string[]) =>
    run((context, edge, config) => disable(ids, { config }, context, edge));

  it('change one word, after the keys were tried', async () => {
    expect((await enabling('acme')).code).toBe(0);
    expect(await text()).toBe(before.replace('enabled: false # until May', 'enabled: true # until May'));
    expect(simulator.exchanges('acme')).toBe(1);
    expect((await disabling('acme', 'acme-two')).code).toBe(0);
    expect(await text()).toBe(`${before}    enabled: false\n`);
    expect(simulator.exchanges('acme')).toBe(1);
  });

  it('leave a connection disabled whose keys are rejected', async () => {
    simulator.setBehaviour('acme', { kind: 'revoked' });
    expect((await enabling('acme')).code).toBe(1);
    expect(await text()).toBe(before);
  });

  it('have nothing to do where it is so already', async () => {
    expect(await enabling('acme-two')).toMatchObject({
      code: 0,
      out: 'nothing to do: enabled already: acme-two\n',
    });
    expect(await disabling('acme')).toMatchObject({
      code: 0,
      out: 'nothing to do: disabled already: acme\n',
    });
    expect([await text(), simulator.exchanges('acme')]).toEqual([before, 0]);
  });

  it('know which connection was probably meant', async () => {
    expect(await enabling('acme-tow')).toMatchObject({
      code: 2,
      err: expect.stringContaining('did you mean acme-two?'),
    });
  });
});

describe('remove', () => {
  const removing = (ids: readonly string[], flags: { keepSecret?: boolean } = {}) =>
    run((context, edge, config) => remove(ids, { ...flags, config }, context, edge));
  const secrets = () => readdir(join(folder.path, 'secrets.d'));

  it('takes the entry with its comments, and its secret file that nothing else refers to', async () => {
    await adding('globex', GLOBEX);
    const { code, out } = await removing(['globex', 'acme']);
    expect(code).toBe(0);
    expect(out).toContain('-  # Acme: ask Kim.\n');
    expect(out).toContain(
      `Deleted the secrets that nothing else refers to: ${join(folder.path, 'secrets.d/globex')}.`,
    );
    expect(await text()).toBe(before.replace(/ {2}# Acme[\s\S]*until May\n\n/, ''));
    expect(await secrets()).toEqual([]);
  });

  it('keeps a secret that another refers to, one that lies elsewhere, and any with --keep-secret', async () => {
    await adding('globex', GLOBEX);
    await folder.write('of-globex', SECRET);
    const file = (name: string) => ({
      clientId: 'globex',
      secretFile: join(folder.path, name),
      check: false,
    });
    await adding('globex-two', file('secrets.d/globex'));
    await adding('globex-three', file('of-globex'));
    await removing(['globex', 'globex-three']);
    expect([await secrets(), (await readdir(folder.path)).includes('of-globex')]).toEqual([['globex'], true]);
    expect((await removing(['globex-two'], { keepSecret: true })).out).toContain('Their secrets stay: ');
    expect(await secrets()).toEqual(['globex']);
  });

  it('says which secret it could not delete', async () => {
    await adding('globex', {
      clientId: 'globex',
      secretFile: join(folder.path, 'secrets.d/globex'),
      check: false,
    });
    await mkdir(join(folder.path, 'secrets.d/globex'), { recursive: true });
    const { code, out } = await removing(['globex']);
    expect(code).toBe(0);
    expect(out).toMatch(
      /These secrets could not be deleted; delete them by hand: .*secrets\.d\/globex \(E[A-Z]+\)/,
    );
  });

  it('says how to tell a monitor that so many are meant to go', async () => {
    const ids = Array.from({ length: 6 }, (_, index) => `globex-${index}`);
    for (const id of ids) await adding(id, { ...GLOBEX, check: false });
    const { out } = await removing(ids);
    expect(out).toContain('mimecast-monitor reload --allow-removals');
    // Until it is told, the monitor goes on with their secrets.
    expect(out).toContain('Their secrets stay until then; delete them afterwards: ');
    expect(await secrets()).toEqual(ids);
  });
});
