import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Secret } from '../../src/domain/secret.ts';
import { type Change, EditError, editConfig, previewEdit } from '../../src/edit/edit-config.ts';
import { fileTrouble } from '../../src/edit/file-trouble.ts';
import { withLock } from '../../src/edit/lock.ts';
import { ACME, type ConfigFolder, makeConfigFolder, TEST_CHANNELS } from '../config/config-folder.ts';

const GLOBEX = { id: 'globex', region: 'uk', clientId: 'globex-id' };
const SECRET = new Secret('of globex');

let folder: ConfigFolder;
let children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await makeConfigFolder();
  await folder.write('tenants.yaml', ACME);
});
afterEach(async () => {
  for (const child of children) await end(child);
  children = [];
  await folder.remove();
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

function edit(change: Change, path = 'tenants.yaml') {
  return editConfig(path, change, { channelTypes: TEST_CHANNELS, cwd: folder.path });
}

async function refusal(work: Promise<unknown>): Promise<EditError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof EditError) return error;
  throw error ?? new Error('The change was made; it should have been refused.');
}

function text(name = 'tenants.yaml'): Promise<string> {
  return readFile(join(folder.path, name), 'utf8');
}

/** All names, hidden ones included. */
async function names(): Promise<readonly string[]> {
  return (await readdir(folder.path, { recursive: true })).toSorted();
}

describe('a change', () => {
  it('adds a connection whose secret lies in a file that only its owner may read', async () => {
    const { files, after } = await edit({ add: [{ entry: GLOBEX, secret: SECRET }] });
    expect(files[0]?.diff()).toContain('+    clientSecret: { file: secrets.d/globex }\n');
    expect(files[0]?.diff()).not.toContain('of globex');
    expect(await text('secrets.d/globex')).toBe('of globex');
    expect((await stat(join(folder.path, 'secrets.d'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder.path, 'secrets.d/globex'))).mode & 0o777).toBe(0o600);
    expect((await folder.load()).connections).toEqual(after.connections);
    expect(await names()).toEqual(['secrets.d', 'secrets.d/globex', 'tenants.yaml']);
  });

  it('goes into the file that is named, and refers to secrets from there', async () => {
    await folder.write('tenants.yaml', `include: [more/*.ndjson]\nsecretsDir: ./keys\n${ACME}`);
    await folder.write('more/a.ndjson', '');
    await edit({ add: [{ entry: GLOBEX, secret: SECRET, file: 'more/a.ndjson' }] });
    expect(JSON.parse(await text('more/a.ndjson'))).toEqual({
      ...GLOBEX,
      clientSecret: { file: '../keys/globex' },
    });
    const { issues } = await refusal(
      edit({ add: [{ entry: { ...GLOBEX, id: 'initech' }, file: 'other.yaml' }] }),
    );
    expect(issues[0]).toMatch(
      /^other\.yaml is no file of this config, which are tenants\.yaml, more\/a\.ndjson/,
    );
  });

  it('changes many connections of many files at once', async () => {
    await folder.write('tenants.yaml', `include: [more.json]\n${ACME}`);
    await folder.write(
      'more.json',
      JSON.stringify({ connections: [{ ...GLOBEX, clientSecret: { env: 'G' } }] }),
    );
    const { files } = await edit({
      update: [{ id: 'acme-siem', settings: { enabled: false } }],
      remove: ['globex'],
      add: Array.from({ length: 50 }, (_, index) => ({
        entry: { ...GLOBEX, id: `hooli-${index}` },
        secret: SECRET,
      })),
    });
    expect(files).toHaveLength(2);
    const { connections } = await folder.load();
    expect(connections).toHaveLength(51);
    expect(connections[0]).toMatchObject({ id: 'acme-siem', enabled: false });
    expect(await readdir(join(folder.path, 'secrets.d'))).toHaveLength(50);
  });

  it('of nothing writes nothing', async () => {
    const before = await stat(join(folder.path, 'tenants.yaml'), { bigint: true });
    const { files } = await edit({ update: [{ id: 'acme-siem', settings: { region: 'us' } }] });
    expect(files).toEqual([]);
    expect((await stat(join(folder.path, 'tenants.yaml'), { bigint: true })).ino).toBe(before.ino);
  });

  it('keeps the mode, the byte order mark and the line ends of the file', async () => {
    await folder.write('tenants.yaml', `\u{feff}${ACME.replaceAll('\n', '\r\n')}`, 0o640);
    await edit({ add: [{ entry: GLOBEX, secret: SECRET }] });
    const now = await text();
    expect(now.startsWith(`\u{feff}${ACME.replaceAll('\n', '\r\n')}`)).toBe(true);
    expect(now).not.toMatch(/[^\r]\n/);
    expect((await stat(join(folder.path, 'tenants.yaml'))).mode & 0o777).toBe(0o640);
  });

  it('is made where a symbolic link leads to', async () => {
    await mkdir(join(folder.path, 'real'));
    await folder.write('real/fleet.yaml', ACME);
    await symlink('real/fleet.yaml', join(folder.path, 'link.yaml'));
    await edit({ add: [{ entry: GLOBEX, secret: SECRET }] }, 'link.yaml');
    expect(await readlink(join(folder.path, 'link.yaml'))).toBe('real/fleet.yaml');
    expect(await text('real/fleet.yaml')).toContain('- id: globex');
    expect((await folder.load('link.yaml')).connections).toHaveLength(2);
    expect(await readdir(join(folder.path, 'real'))).toEqual(['fleet.yaml']);
  });

  it('is refused with its place when it would be a mistake, and nothing is written', async () => {
    const error = await refusal(
      edit({
        add: [
          { entry: { ...GLOBEX, region: 'fr' }, secret: SECRET },
          { entry: { ...GLOBEX, id: 'Initech' }, secret: SECRET },
        ],
      }),
    );
    expect(error.code).toBe('would_be_wrong');
    expect(error.issues).toEqual([
      expect.stringMatching(/^tenants\.yaml:8:13: connections\[1\]\.region: must be one of/),
      expect.stringMatching(/^tenants\.yaml:11:9: connections\[2\]\.id: must be lower-case letters/),
    ]);
    expect([...error.byId.keys()]).toEqual(['globex', 'Initech']);
    expect(await text()).toBe(ACME);
    expect(await names()).toEqual(['tenants.yaml']);
  });

  it('is refused for a config that has mistakes already, which are told', async () => {
    await folder.write('tenants.yaml', `${ACME}speed: 1\n`);
    expect(await refusal(edit({ remove: ['acme-siem'] }))).toMatchObject({
      code: 'config_has_mistakes',
      issues: [expect.stringMatching(/^tenants\.yaml:7:1: speed: is not a known key/)],
    });
  });

  it('is refused without a word about mistakes where there is no config at all', async () => {
    await rm(join(folder.path, 'tenants.yaml'));
    expect(await refusal(edit({ remove: ['acme-siem'] }))).toMatchObject({
      code: 'config_missing',
      issues: [expect.stringMatching(/^tenants\.yaml:1:1: file: does not exist/)],
    });
  });

  it('tells every connection that is not there, or is there already', async () => {
    expect(await refusal(edit({ remove: ['acme-sien', 'hooli'] }))).toMatchObject({
      code: 'unknown_connection',
      issues: [
        'tenants.yaml has no connection acme-sien; did you mean acme-siem?',
        'tenants.yaml has no connection hooli',
      ],
    });
    expect(
      await refusal(edit({ add: [{ entry: { ...GLOBEX, id: 'acme-siem' }, secret: SECRET }] })),
    ).toMatchObject({
      code: 'exists_already',
      issues: ['acme-siem is registered already, at tenants.yaml:3:5; choose another id, or change it there'],
    });
  });

  it('is left to people where the file is written in an unusual way', async () => {
    await folder.write('tenants.yaml', ACME.replace('connections:\n', '? connections\n:\n'));
    expect((await folder.load()).connections).toHaveLength(1);
    for (const change of [{ add: [{ entry: GLOBEX, secret: SECRET }] }, { remove: ['acme-siem'] }]) {
      expect(await refusal(edit(change))).toMatchObject({
        code: 'not_editable',
        issues: [expect.stringMatching(/^tenants\.yaml: .* change the file by hand$/)],
      });
    }
  });

  it('replaces no secret to which another connection refers', async () => {
    await folder.write('tenants.yaml', ACME.replace('{ env: ACME_SECRET }', '{ file: secrets.d/globex }'));
    expect(await refusal(edit({ add: [{ entry: GLOBEX, secret: SECRET }] }))).toMatchObject({
      issues: [
        expect.stringMatching(
          /^globex: its secret would replace .*secrets\.d\/globex, to which acme-siem refers/,
        ),
      ],
    });
  });

  it('replaces no secret of a channel', async () => {
    await folder.write(
      'tenants.yaml',
      `${ACME}alerts: { channels: { soc: { type: webhook, url: { env: U }, signingSecret: { file: secrets.d/globex } } } }\n`,
    );
    expect(await refusal(edit({ add: [{ entry: GLOBEX, secret: SECRET }] }))).toMatchObject({
      code: 'would_be_wrong',
      issues: [expect.stringMatching(/to which alerts\.channels\.soc\.signingSecret refers/)],
    });
  });

  it('keeps the lock until what follows it is done', async () => {
    const seen: (readonly string[])[] = [];
    await editConfig(
      'tenants.yaml',
      { remove: ['acme-siem'] },
      { channelTypes: TEST_CHANNELS, cwd: folder.path },
      async ({ after }) => {
        expect(after.connections).toEqual([]);
        expect(await text()).not.toContain('acme-siem');
        seen.push(await names());
      },
    );
    expect(seen).toEqual([[expect.stringMatching(/^\.tenants\.yaml\.lock\./), 'tenants.yaml']]);
    expect(await names()).toEqual(['tenants.yaml']);
  });

  it('shows no secret that is written out, neither one that goes nor one that stays', async () => {
    const written = (id: string) =>
      `  - id: ${id}\n    region: us\n    clientId: abc\n    clientSecret: '${id} secret'\n`;
    await folder.write('tenants.yaml', `version: 1\nconnections:\n${written('acme')}${written('globex')}`);
    const remove = await previewEdit(
      'tenants.yaml',
      { remove: ['acme'] },
      { channelTypes: TEST_CHANNELS, cwd: folder.path },
    );
    const replaced = { id: 'acme', settings: { clientSecret: { env: 'ACME' } } };
    const update = await previewEdit(
      'tenants.yaml',
      { update: [replaced] },
      { channelTypes: TEST_CHANNELS, cwd: folder.path },
    );
    for (const { files } of [remove, update]) {
      expect(files[0]?.diff()).toMatch(/^-.*clientSecret: \[redacted\]$/m);
      expect(files[0]?.diff()).not.toContain(' secret');
    }
  });
});

describe('a diff', () => {
  it('shows no secret that is noted in a comment, be it beside a value or on a line of its own', async () => {
    await folder.write(
      'tenants.yaml',
      `version: 1
connections:
  - id: acme
    tenant: 'Acme #1' # clientSecret: of yore
    region: us
    # clientSecret : 'of old'
    clientId: abc
    clientSecret: 'of acme # clientSecret: of acme'
`,
    );
    const { files } = await previewEdit(
      'tenants.yaml',
      { update: [{ id: 'acme', settings: { enabled: false } }], remove: [] },
      { channelTypes: TEST_CHANNELS, cwd: folder.path },
    );
    const removal = await previewEdit(
      'tenants.yaml',
      { remove: ['acme'] },
      { channelTypes: TEST_CHANNELS, cwd: folder.path },
    );
    for (const diff of [files[0]?.diff(), removal.files[0]?.diff()]) {
      expect(diff).toContain('abc');
      expect(diff).not.toMatch(/of (?:yore|old|acme)/);
    }
  });
});

describe('what is in the way', () => {
  it('of the config takes the new secrets back, also from a folder that was made for them', async () => {
    // Its folder can't be written, while that of the secrets can.
    await folder.write('tenants.yaml', `secretsDir: ../keys\n${ACME}`);
    await mkdir(join(folder.path, 'etc'));
    await folder.write('etc/tenants.yaml', `secretsDir: ../keys\n${ACME}`);
    await mkdir(join(folder.path, 'etc/.tenants.yaml.new'));
    await expect(edit({ add: [{ entry: GLOBEX, secret: SECRET }] }, 'etc/tenants.yaml')).rejects.toThrow();
    expect((await names()).filter((name) => name.includes('keys') || name.includes('lock'))).toEqual([]);
  });

  it('of one file leaves the others as they were', async () => {
    await folder.write('tenants.yaml', `include: [more.json]\n${ACME}`);
    await folder.write(
      'more.json',
      JSON.stringify({ connections: [{ ...GLOBEX, clientSecret: { env: 'G' } }] }),
    );
    const before = [await text(), await text('more.json')];
    await mkdir(join(folder.path, '.more.json.new'));
    const off = (id: string) => ({ id, settings: { enabled: false }, secret: SECRET });
    await expect(edit({ update: [off('acme-siem'), off('globex')] })).rejects.toThrow();
    expect([await text(), await text('more.json')]).toEqual(before);
    expect(await readdir(folder.path)).toEqual(['.more.json.new', 'more.json', 'tenants.yaml']);
  });

  it('puts an old secret back that the change would have replaced', async () => {
    await folder.write('tenants.yaml', ACME);
    await folder.write('secrets.d/acme-siem', 'old\n');
    await mkdir(join(folder.path, '.tenants.yaml.new'));
    await expect(edit({ update: [{ id: 'acme-siem', settings: {}, secret: SECRET }] })).rejects.toThrow();
    expect(await text('secrets.d/acme-siem')).toBe('old\n');
    expect(await readdir(join(folder.path, 'secrets.d'))).toEqual(['acme-siem']);
  });

  it('of a user who may not write the folder is one line that says what to do', async () => {
    const before = await text();
    await chmod(join(folder.path, 'tenants.yaml'), 0o644);
    const isRoot = process.geteuid?.() === 0;
    await chmod(folder.path, isRoot ? 0o755 : 0o555);
    // The superuser may write anywhere, and is nobody for a moment.
    if (isRoot) process.seteuid?.(65_534);
    try {
      const { code, issues } = await refusal(edit({ add: [{ entry: GLOBEX, secret: SECRET }] }));
      expect(code).toBe('not_writable');
      expect(issues).toEqual([
        expect.stringMatching(/can't be replaced by this user; run this as whoever owns/),
      ]);
    } finally {
      if (isRoot) process.seteuid?.(0);
      await chmod(folder.path, 0o700);
    }
    expect(await text()).toBe(before);
    expect(await names()).toEqual(['tenants.yaml']);
  });

  const byRoot = process.geteuid?.() === 0 ? it : it.skip;
  byRoot(
    'of a user who may not give the new folder of secrets to the owner of the config leaves none',
    async () => {
      await chmod(join(folder.path, 'tenants.yaml'), 0o644);
      await chown(folder.path, 65_534, 65_534);
      process.seteuid?.(65_534);
      try {
        const { code } = await refusal(edit({ add: [{ entry: GLOBEX, secret: SECRET }] }));
        expect(code).toBe('not_writable');
      } finally {
        process.seteuid?.(0);
      }
      expect(await names()).toEqual(['tenants.yaml']);
    },
  );

  it.each([
    ['EROFS', /read-only file system; change it where that is mounted from/],
    ['ENOSPC', /the disk is full; make room in \/etc and try again/],
    ['EBUSY', /mounted by itself.*mount its folder instead, or change it on the host/],
  ])('is told for %s in words', (code, words) => {
    const told = fileTrouble('/etc/tenants.yaml', Object.assign(new Error('x'), { code }));
    expect(String(told)).toMatch(words);
    expect(told).toBeInstanceOf(EditError);
  });
});

describe('somebody else', () => {
  function start(
    name: string,
    count: number,
  ): ChildProcess & { stdout: NonNullable<ChildProcess['stdout']> } {
    const program = join(import.meta.dirname, 'programs', 'adder.mjs');
    const child = spawn(process.execPath, [program, join(folder.path, 'tenants.yaml'), name, `${count}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    return child;
  }

  it('who adds at the same time loses nothing and takes nothing', async () => {
    const both = [start('globex', 20), start('initech', 20)];
    const codes = await Promise.all(both.map((child) => once(child, 'exit')));
    expect(codes).toEqual([
      [0, null],
      [0, null],
    ]);
    const { connections } = await folder.load();
    const ids = (name: string) => Array.from({ length: 20 }, (_, index) => `${name}-${index}`);
    expect(connections.map(({ id }) => id).toSorted()).toEqual(
      ['acme-siem', ...ids('globex'), ...ids('initech')].toSorted(),
    );
    expect(await readdir(join(folder.path, 'secrets.d'))).toHaveLength(40);
    expect(await readdir(folder.path)).toEqual(['secrets.d', 'tenants.yaml']);
  });

  it('who changes the file while the lock is waited for is not overwritten', async () => {
    const file = join(folder.path, 'tenants.yaml');
    const waiting = await withLock(file, async () => {
      const made = edit({ add: [{ entry: GLOBEX, secret: SECRET }] });
      // It may have read the file by now, and reads it again once it has the lock.
      await delay(100);
      await writeFile(file, `# Theirs.\n${ACME}`);
      return { made };
    });
    await waiting.made;
    expect(await text()).toMatch(/^# Theirs\.\n[\s\S]*- id: globex\n/);
  });

  it('who was killed in the middle leaves a good config and no lock that lasts', async () => {
    for (let round = 0; round < 5; round += 1) {
      const child = start(`globex-${round}`, 1_000);
      await once(createInterface({ input: child.stdout }), 'line');
      await delay((round * 13) % 40);
      await end(child);
      const { connections } = await folder.load();
      for (const { id, clientSecret } of connections.slice(1)) {
        expect(clientSecret).toMatchObject({ path: join(folder.path, 'secrets.d', id) });
        expect(await text(`secrets.d/${id}`)).toBe(`${id}-secret`);
      }
    }
    await edit({ add: [{ entry: GLOBEX, secret: SECRET }] });
    expect(await readdir(folder.path)).toEqual(['secrets.d', 'tenants.yaml']);
    // Each round is a process that writes and syncs hundreds of files.
  }, 150_000);

  it('who was killed while secrets were replaced leaves no old one that lasts', async () => {
    await folder.write('secrets.d/.acme-siem.old', 'of yore');
    await folder.write('secrets.d/.acme-siem.new', 'of n');
    await folder.write('secrets.d/.hooli.old', 'of another config');
    await edit({ add: [{ entry: GLOBEX, secret: SECRET }] });
    expect((await readdir(join(folder.path, 'secrets.d'))).toSorted()).toEqual(['.hooli.old', 'globex']);
  });

  it('of another host, who can not be seen, is waited for until the lock is old', async () => {
    const lock = join(folder.path, '.tenants.yaml.lock.1-000000000000-000000000000');
    await writeFile(lock, '');
    await utimes(lock, new Date(0), new Date(0));
    await edit({ add: [{ entry: GLOBEX, secret: SECRET }] });
    expect(await readdir(folder.path)).toEqual(['secrets.d', 'tenants.yaml']);
  });
});

it('changes one of 10,000 connections, and adds a thousand to them', async () => {
  const entry = (index: number) =>
    `  # Of ${index}.\n  - id: acme-${index}\n    tenant: Acme ${index}\n    region: us\n    clientId: abc${index}\n    clientSecret: { file: secrets.d/acme-${index} }\n    labels: { tier: gold, owner: soc-a }\n`;
  const before = `version: 1\nconnections:\n${Array.from({ length: 10_000 }, (_, index) => entry(index)).join('')}`;
  await folder.write('tenants.yaml', before);
  await edit({
    update: [{ id: 'acme-5000', settings: { enabled: false } }],
    add: Array.from({ length: 1_000 }, (_, index) => ({
      entry: { ...GLOBEX, id: `globex-${index}` },
      secret: SECRET,
    })),
  });
  const now = await text();
  expect(now.startsWith(before.slice(0, before.indexOf('acme-5000')))).toBe(true);
  expect((await folder.load()).connections).toHaveLength(11_000);
});
