import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ACME, type ConfigFolder, makeConfigFolder, TEST_CHANNELS } from './config-folder.ts';

const run = promisify(execFile);
const ROOT = new URL('../../', import.meta.url).pathname;

/** A thread is started from what is on disk, so that only the compiled program can be tested. */
let build: string;
let folder: ConfigFolder;

beforeAll(async () => {
  build = await mkdtemp(join(tmpdir(), 'mcm-build-'));
  const entries = ['load-in-thread.ts', 'load-thread.ts'].map((name) => join(ROOT, 'src/config', name));
  const project = {
    extends: join(ROOT, 'tsconfig.build.json'),
    compilerOptions: {
      outDir: build,
      rootDir: join(ROOT, 'src'),
      sourceMap: false,
      typeRoots: [join(ROOT, 'node_modules/@types')],
    },
    include: [],
    files: entries,
  };
  await writeFile(join(build, 'tsconfig.json'), JSON.stringify(project));
  await writeFile(join(build, 'package.json'), '{"type":"module"}');
  await symlink(join(ROOT, 'node_modules'), join(build, 'node_modules'));
  await run(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', build]);
});
afterAll(() => rm(build, { recursive: true, force: true }));

beforeEach(async () => {
  folder = await makeConfigFolder();
});
afterEach(() => folder.remove());

/** Loads in a process of its own and returns what its script prints as JSON. */
async function load(script: string): Promise<unknown> {
  const program = `
    import { createThreadLoader } from ${JSON.stringify(pathToFileURL(join(build, 'config/load-in-thread.js')))};
    const channelTypes = ${JSON.stringify(TEST_CHANNELS)};
    const load = createThreadLoader('tenants.yaml', { channelTypes });
    ${script}`;
  await folder.write('program.mjs', program);
  const { stdout } = await run(process.execPath, ['program.mjs'], { cwd: folder.path });
  return JSON.parse(stdout);
}

describe('loading in a thread', () => {
  it('gives what loading here gives, literals too', async () => {
    await folder.write(
      'tenants.yaml',
      `version: 1
http: { token: hunter1 }
redis: { url: "redis://:hunter2@localhost" }
alerts:
  channels: { soc: { type: webhook, url: { env: U }, signingSecret: hunter3, recipients: [a] } }
  heartbeat: { url: "https://switch.example.com/hunter7" }
connections:
  - { id: acme, region: us, clientId: hunter4, clientSecret: hunter5 }
  - { id: globex, region: uk, clientId: { env: G }, clientSecret: hunter6 }
`,
    );
    const there = await load(`
      const config = await load();
      const reveal = (reference) => (reference.kind === 'literal' ? reference.value.reveal() : reference.kind);
      console.log(JSON.stringify({
        config,
        secrets: [config.http.token, config.redisUrl, config.alerts.channels[0].options.signingSecret,
          config.alerts.heartbeat.url,
          ...config.connections.flatMap((one) => [one.clientId, one.clientSecret])].map(reveal),
      }));`);
    expect(there).toEqual({
      config: JSON.parse(JSON.stringify(await folder.load())),
      secrets: [
        'hunter1',
        'redis://:hunter2@localhost',
        'hunter3',
        'https://switch.example.com/hunter7',
        'hunter4',
        'hunter5',
        'env',
        'hunter6',
      ],
    });
  });

  it('gives the same errors', async () => {
    await folder.write('tenants.yaml', `${ACME}chekcs: {}\nhttp: 3\n`);
    const there = await load(`
      const error = await load().catch((reason) => reason);
      console.log(JSON.stringify({ name: error.name, code: error.code, issues: error.issues, watched: [...error.watched.keys()] }));`);
    expect(there).toEqual({
      name: 'ConfigError',
      code: 'config_invalid',
      issues: await folder.mistakes(),
      watched: [join(folder.path, 'tenants.yaml')],
    });
  });

  it('keeps thousands of connections in order, and the event loop free meanwhile', async () => {
    const item = (index: number) =>
      `  - id: acme-${index}\n    tenant: Acme ${index}\n    clientId: a${index}\n    clientSecret: { file: /run/secrets/acme${index} }\n`;
    const items = Array.from({ length: 10_000 }, (_, index) => item(index)).join('');
    await folder.write('tenants.yaml', `version: 1\ndefaults: { region: us }\nconnections:\n${items}`);
    const there = await load(`
      let turns = 0;
      let loading = true;
      const count = () => { turns += 1; if (loading) setTimeout(count, 1); };
      count();
      const { connections } = await load();
      loading = false;
      const ordered = connections.every(({ id }, index) => id === 'acme-' + index);
      console.log(JSON.stringify({ length: connections.length, ordered, free: turns > 20 }));`);
    expect(there).toEqual({ length: 10_000, ordered: true, free: true });
  });

  it('gives the very objects of an earlier load for all that did not change, also after one that failed', async () => {
    const line = (id: string, more = {}) =>
      JSON.stringify({ id, clientId: id, clientSecret: 'hunter2', ...more });
    const main = (more: string) => `version: 1\ndefaults: { region: us }\ninclude: ["*.ndjson"]\n${more}`;
    await folder.write('tenants.yaml', main(''));
    await folder.write('fleet.ndjson', ['acme', 'globex', 'initech'].map((id) => line(id)).join('\n'));
    const there = await load(`
      const { writeFile } = await import('node:fs/promises');
      const write = async (name, text) => writeFile(name, text, { mode: 0o600 });
      const first = (await load()).connections;
      const told = async () => {
        const { connections, warnings } = await load();
        const shown = (one) => [one.id, one.intervalMs, one.clientSecret.value.reveal(), first.indexOf(one)];
        return { connections: connections.map(shown), warnings };
      };
      await write('fleet.ndjson', '{');
      const refused = await load().catch((error) => error.name);
      const lines = ${JSON.stringify([line('initech'), line('acme'), line('globex', { interval: '7m' }), line('hooli')])};
      await write('fleet.ndjson', lines.join('\\n'));
      const edited = await told();
      await write('tenants.yaml', ${JSON.stringify(main('expiry: { warnBefore: [9d] }'))});
      console.log(JSON.stringify({ refused, edited, again: await told() }));`);
    const connections = [
      ['initech', 300_000, 'hunter2', 2],
      ['acme', 300_000, 'hunter2', 0],
      ['globex', 420_000, 'hunter2', -1],
      ['hooli', 300_000, 'hunter2', -1],
    ];
    const { warnings } = await folder.load();
    expect(there).toEqual({
      refused: 'ConfigError',
      edited: { connections, warnings },
      again: { connections, warnings },
    });
    expect(warnings).toHaveLength(1);
  });
});
