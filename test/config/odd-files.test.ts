import { execFile } from 'node:child_process';
import { chmod, mkdir, symlink, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ConfigFolder, makeConfigFolder } from './config-folder.ts';

const run = promisify(execFile);

let folder: ConfigFolder;
beforeEach(async () => {
  folder = await makeConfigFolder();
  await folder.write('tenants.yaml', 'version: 1\ninclude: ["d/*.{yaml,ndjson}"]\n');
  await mkdir(join(folder.path, 'd'));
});
afterEach(() => folder.remove());

const item = (id: string, more = '') =>
  `  - { id: ${id}, region: us, clientId: a, clientSecret: { env: S }${more} }\n`;

describe('an included file', () => {
  const text = `connections:\n${item('acme')}${item('globex', ', tenant: Café')}`;

  it.each<[string, Uint8Array, string]>([
    [
      'Latin-1',
      Buffer.from(text, 'latin1'),
      '3:81: file: is not UTF-8 text here, perhaps Latin-1; save it as UTF-8',
    ],
    ['UTF-16', Buffer.from(`\uFEFF${text}`, 'utf16le'), '1:1: file: is UTF-16 text; save it as UTF-8'],
    [
      'UTF-16 of the other order',
      Buffer.from(`\uFEFF${text}`, 'utf16le').swap16(),
      '1:1: file: is UTF-16 text; save it as UTF-8',
    ],
    [
      'UTF-16 without a mark',
      Buffer.from(text.replace('é', 'e'), 'utf16le'),
      '1:2: file: holds a NUL character here; is it UTF-16, or no text at all? Save it as UTF-8 text',
    ],
    [
      'a text with a NUL',
      Buffer.from(text.replace('globex', 'glo\0bex')),
      '3:14: file: holds a NUL character here; is it UTF-16, or no text at all? Save it as UTF-8 text',
    ],
  ])('that is %s is refused with the place', async (_, bytes, line) => {
    await folder.write('d/a.yaml', bytes);
    await folder.write('d/b.yaml', `connections:\n${item('initech', ', tennant: x')}`);
    expect(await folder.mistakes()).toEqual([
      `d/a.yaml:${line}`,
      'd/b.yaml:2:71: connections[0].tennant: is not a known key; did you mean tenant?',
    ]);
  });

  it('that is a folder is refused, which Docker makes for a file that is not there', async () => {
    await folder.write('d/a.yaml/inside.txt', '');
    expect(await folder.mistakes()).toEqual([
      'd/a.yaml:1:1: file: is a directory; name a file in it, or a pattern such as folder/*.yaml',
    ]);
  });

  it('that is a named pipe is refused without waiting for a writer', async () => {
    await run('mkfifo', [join(folder.path, 'd/a.yaml')]);
    expect(await folder.mistakes()).toEqual(['d/a.yaml:1:1: file: is not a regular file']);
  });

  it('that is enormous is refused unread', async () => {
    await truncate(await folder.write('d/a.yaml', text), 256 * 2 ** 20 + 1);
    expect(await folder.mistakes()).toEqual([
      'd/a.yaml:1:1: file: is larger than 256 MiB; split it into several included files',
    ]);
  });

  it('that is a link in a circle is refused, and one to nothing is warned about', async () => {
    await symlink('b.yaml', join(folder.path, 'd/a.yaml'));
    await symlink('a.yaml', join(folder.path, 'd/b.yaml'));
    expect(await folder.mistakes()).toEqual(
      ['a', 'b'].map(
        (name) =>
          `d/${name}.yaml:1:1: file: is a symbolic link that leads in a circle; let it lead to a file`,
      ),
    );
    await folder.write('tenants.yaml', 'version: 1\ninclude: ["d/c*.yaml", d/d.yaml]\n');
    for (const name of ['c1', 'd']) await symlink('../gone.yaml', join(folder.path, `d/${name}.yaml`));
    await folder.write('d/c2.yaml', text);
    const { connections, warnings } = await folder.load();
    expect(connections).toHaveLength(2);
    expect(warnings).toEqual([
      'tenants.yaml:2:24: include[1]: matches no file; is a folder not mounted?',
      'd/c1.yaml:1:1: file: is a symbolic link to nothing and left out; is a folder not mounted?',
      'd/d.yaml:1:1: file: is a symbolic link to nothing and left out; is a folder not mounted?',
    ]);
  });

  it('that includes others is refused, since includes do not nest', async () => {
    await folder.write('d/a.yaml', `include: [b.yaml]\n${text}`);
    await folder.write('d/b.yaml', 'include: [a.yaml]\nconnections: []\n');
    const message =
      "include: stands in an included file; includes don't nest: name the files in the main file";
    expect(await folder.mistakes()).toEqual([`d/a.yaml:1:1: ${message}`, `d/b.yaml:1:1: ${message}`]);
  });
});

describe('the main file', () => {
  it('is not included once more by a pattern or a link that leads to it', async () => {
    await folder.write(
      'tenants.yaml',
      `version: 1\ninclude: ["*.yaml", d/self.yaml]\nconnections:\n${item('acme')}`,
    );
    await folder.write('more.yaml', `connections:\n${item('globex')}`);
    await symlink('../tenants.yaml', join(folder.path, 'd/self.yaml'));
    const { connections } = await folder.load();
    expect(connections.map(({ id }) => id)).toEqual(['acme', 'globex']);
  });
});

/** What a user who is not almighty is told; root gives up the right to read everything for it. */
async function mistakesOfOrdinaryUser(): Promise<readonly string[]> {
  const rights = '-dac_override,-dac_read_search';
  const user =
    process.getuid?.() === 0 ? ['setpriv', `--inh-caps=${rights}`, `--bounding-set=${rights}`] : [];
  const script = `
    import { loadConfig } from './src/config/load.ts';
    const options = { channelTypes: { log: {} }, cwd: ${JSON.stringify(folder.path)} };
    const error = await loadConfig('tenants.yaml', options).catch((reason) => reason);
    console.log(JSON.stringify(error.issues));`;
  const command = [...user, process.execPath, '--import', 'tsx', '--input-type=module', '-e', script];
  const [program = '', ...args] = command;
  const { stdout } = await run(program, args, { cwd: new URL('../../', import.meta.url).pathname });
  return JSON.parse(stdout) as string[];
}

describe('what this user may not read', () => {
  it('is told: a file, and a folder that could hold some', async () => {
    await folder.write('tenants.yaml', 'version: 1\ninclude: ["d/**/*.yaml"]\n');
    await folder.write('d/a.yaml', `connections:\n${item('acme')}`, 0o000);
    const shut = join(folder.path, 'd/shut');
    await mkdir(shut, { mode: 0o000 });
    const lines = await mistakesOfOrdinaryUser();
    await chmod(shut, 0o700);
    expect(lines).toEqual([
      'd/a.yaml:1:1: file: may not be read by this user; change its owner or mode',
      'd/shut:1:1: file: may not be read by this user; change its owner or mode',
    ]);
  });
});

describe('a file that is nested as nobody nests', () => {
  const stairs = (key: string) =>
    Array.from({ length: 400 }, (_, level) => `${' '.repeat(level)}${key}`).join('\n');

  // The parser would use up the stack: an exception for some depths, the end of the whole process for others.
  it.each([
    ['d/a.yaml', '['.repeat(4_000)],
    ['d/a.yaml', '{a: '.repeat(30_000)],
    ['d/a.yaml', stairs('- ')],
    ['d/a.yaml', stairs('a:')],
    ['d/a.yaml', `connections:\n  - { id: a, labels: ${'['.repeat(100)}${']'.repeat(100)} }\n`],
    ['d/a.ndjson', '['.repeat(4_000)],
    ['d/a.ndjson', `{"id":"a","labels":${'['.repeat(3_000)}${']'.repeat(3_000)}}`],
  ])('is refused: %s', async (name, text) => {
    await folder.write(name, text);
    const [line] = await folder.mistakes();
    expect(line).toContain('is nested too deeply to be read; a config needs no more than six levels');
  });

  it('is refused as the main file, too', async () => {
    await folder.write('main.json', '['.repeat(4_000));
    expect(await folder.mistakes('main.json')).toEqual([
      'main.json:1:1: file: is nested too deeply to be read; a config needs no more than six levels',
    ]);
  });
});

describe('a message', () => {
  it('is no longer than a person reads, whatever it repeats', async () => {
    const baseUrl = `${'a'.repeat(5_000)}://acme.example`;
    const text = `version: 1\nconnections:\n  - { id: acme, clientId: a, clientSecret: { env: S }, baseUrl: "${baseUrl}" }\n`;
    await folder.write('main.yaml', text);
    const [line = ''] = await folder.mistakes('main.yaml');
    expect(line).toContain('must start with https://');
    expect(line.length).toBeLessThan(1_200);
  });
});

describe('a message about a key', () => {
  it('does not repeat one that may be a secret at the wrong place, and none that a terminal would obey', async () => {
    const channels =
      '{ soc: { type: log, "https://u:hunter2@hooks.example/": , Zt9qMarkerOfASecret4vX: 1, "a\\e[2J": 1 } }';
    await folder.write('main.yaml', `version: 1\nalerts: { channels: ${channels} }\n`);
    const text = (await folder.mistakes('main.yaml')).join('\n');
    expect(text).not.toMatch(/hunter2|Zt9q|\p{Cc}(?<!\n)/u);
    expect(text).toContain('alerts.channels.soc[a key that is not shown]: is not a known key');
    expect(text).toContain('\\u001b[2J');
  });
});
