import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConfigError } from '../../src/config/config-error.ts';
import { watchConfig } from '../../src/config/watch.ts';
import { type ConfigFolder, makeConfigFolder } from './config-folder.ts';

let folder: ConfigFolder;
let outside: ConfigFolder;
beforeEach(async () => {
  folder = await makeConfigFolder();
  outside = await makeConfigFolder();
  await outside.write('acme.yaml', listOf('acme'));
  await outside.write('deep/acme.yaml', listOf('acme'));
});
afterEach(async () => {
  await folder.remove();
  await outside.remove();
});

function listOf(...ids: readonly string[]): string {
  const items = ids.map((id) => `  - { id: ${id}, region: us, clientId: a, clientSecret: { env: S } }\n`);
  return `connections:\n${items.join('')}`;
}

async function link(target: string, name: string): Promise<void> {
  await mkdir(join(folder.path, name, '..'), { recursive: true });
  await symlink(target, join(folder.path, name));
}

async function idsOf(main: string): Promise<readonly string[]> {
  await folder.write('tenants.yaml', `version: 1\n${main}\n`);
  return (await folder.load()).connections.map(({ id }) => id);
}

describe('a symbolic link that leads out of the tree', () => {
  const refusal = (name: string, target: string, roots = folder.path) =>
    `${name}:1:1: file: leads by a symbolic link to ${join(outside.path, target)}, outside of ${roots}; ` +
    'name that path in include, or set followSymlinks: true';

  it.each<[string, string, string, string]>([
    ['a file among those of a pattern', 'd/*.yaml', 'd/a.yaml', 'acme.yaml'],
    ['a file that is named', 'd/a.yaml', 'd/a.yaml', 'acme.yaml'],
    ['the folder of a pattern', 'd/*.yaml', 'd', ''],
    ['a folder on the way', '*/deep/*.yaml', 'd', ''],
    ['a folder below', 'd/**/*.yaml', 'd/e', ''],
    ['a file behind a folder that is named', 'd/acme.yaml', 'd', ''],
  ])('is refused, and followed when the config says so: %s', async (_, pattern, name, target) => {
    await link(join(outside.path, target), name);
    await folder.write('tenants.yaml', `version: 1\ninclude: ["${pattern}"]\n`);
    const isPath = pattern === 'd/acme.yaml';
    expect(await folder.mistakes()).toEqual([
      isPath ? refusal('d/acme.yaml', 'acme.yaml') : refusal(name, target).replace('/,', ','),
    ]);
    await rm(join(outside.path, pattern.includes('deep') ? 'acme.yaml' : 'deep'), { recursive: true });
    expect(await idsOf(`include: ["${pattern}"]\nfollowSymlinks: true`)).toEqual(['acme']);
  });

  it('is none when the pattern itself leads there', async () => {
    expect(await idsOf(`include: ["${outside.path}/*.yaml"]`)).toEqual(['acme']);
    await link(outside.path, 'd');
    const linked = await makeConfigFolder();
    try {
      await symlink(outside.path, join(linked.path, 'fleet'));
      expect(await idsOf(`include: ["${linked.path}/fleet/*.yaml"]`)).toEqual(['acme']);
    } finally {
      await linked.remove();
    }
  });

  it('is told without follow-ups when followSymlinks itself is wrong', async () => {
    await link(join(outside.path, 'acme.yaml'), 'd/a.yaml');
    await folder.write('tenants.yaml', 'version: 1\ninclude: [d/*.yaml]\nfollowSymlinks: yes\n');
    expect(await folder.mistakes()).toEqual(['tenants.yaml:3:17: followSymlinks: must be true or false']);
  });
});

describe('symbolic links inside the tree', () => {
  it('are followed, and what two of them lead to is read once', async () => {
    await folder.write('real/a.yaml', listOf('acme'));
    await link('../real/a.yaml', 'd/b.yaml');
    await link('../real', 'd/e');
    expect(await idsOf('include: ["d/**/*.yaml", "real/*.yaml", d/b.yaml]')).toEqual(['acme']);
  });

  it('may lead in circles: every folder is gone through once', async () => {
    await folder.write('d/a.yaml', listOf('acme'));
    await folder.write('d/e/b.yaml', listOf('globex'));
    await link('.', 'd/self');
    await link('..', 'd/e/up');
    for (const number of Array(20).keys()) await link('../d', `d/again-${number}`);
    expect(await idsOf('include: ["d/**/*.yaml"]')).toEqual(['acme', 'globex']);
    expect(await idsOf('include: ["d/*/*.yaml"]')).toEqual(['globex']);
  });
});

describe('a pattern', () => {
  it.each<[string, readonly string[]]>([
    ['*/fleet.yaml', ['acme', 'globex']],
    ['{acme,x/initech}/*.yaml', ['acme', 'initech']],
    ['+(acme|globex)/*.yaml', ['acme', 'globex']],
    ['**/fleet.yaml', ['acme', 'globex', 'initech']],
    ['**', ['acme', 'globex', 'initech']],
    ['x/**/*.yaml', ['initech']],
    ['*/*/*.yaml', ['initech']],
    ['[!a]lobex/*.yaml', ['globex']],
    ['./g*/*.yaml', ['globex']],
    ['.*/*.yaml', ['hidden']],
    ['.hidden/*.yaml', ['hidden']],
  ])('%s finds %j', async (pattern, ids) => {
    for (const [path, id] of [
      ['acme', 'acme'],
      ['globex', 'globex'],
      ['x/initech', 'initech'],
      ['.hidden', 'hidden'],
    ]) {
      await folder.write(`${path}/fleet.yaml`, listOf(id ?? ''));
    }
    expect(await idsOf(`include: ["${pattern}"]`)).toEqual(ids);
  });

  it('does not watch folders in which nothing could match', async () => {
    for (const path of ['acme-prod', 'data/x', 'acme-prod/.git']) {
      await mkdir(join(folder.path, path), { recursive: true });
    }
    await folder.write('tenants.yaml', 'version: 1\ninclude: ["*-prod/**/*.yaml"]\n');
    const { watched } = await folder.load();
    const paths = ['tenants.yaml', '', 'acme-prod'].map((name) => join(folder.path, name));
    expect([...watched.keys()]).toEqual(paths);
  });
});

describe('a folder that Kubernetes mounts', () => {
  const NAMES = ['tenants.yaml', ...['a', 'b', 'c', 'd', 'e'].map((name) => `fleet-${name}.yaml`)];

  function content(name: string, version: number): string {
    if (name === 'tenants.yaml') {
      return `version: 1\ndataDir: ./data-${version}\ninclude: ["fleet-*.yaml"]\n`;
    }
    const items = Array.from(
      { length: 20 },
      (_, n) =>
        `  - { id: ${name.slice(0, 7)}-${n}, tenant: v${version}, region: us, clientId: a, clientSecret: { env: S } }\n`,
    );
    return `connections:\n${items.join('')}`;
  }

  /** As the kubelet does it: a new folder, and one renaming that exchanges all files at once. */
  async function mount(version: number): Promise<void> {
    const data = `..2026_01_01_00_00_${version}`;
    for (const name of NAMES) await folder.write(join(data, name), content(name, version));
    await symlink(data, join(folder.path, '..data_tmp'));
    await rename(join(folder.path, '..data_tmp'), join(folder.path, '..data'));
    if (version > 0) await rm(join(folder.path, `..2026_01_01_00_00_${version - 1}`), { recursive: true });
  }

  it('is read without followSymlinks and never half old and half new while it is exchanged', async () => {
    await mount(0);
    for (const name of NAMES) await link(join('..data', name), name);
    for (let version = 1; version <= 50; version += 1) {
      const loading = folder.load();
      await mount(version);
      const { dataDir, connections } = await loading;
      const read = new Set(connections.map(({ tenant }) => tenant));
      expect(connections).toHaveLength(100);
      expect([...read]).toEqual([`v${dataDir.split('-').at(-1)}`]);
    }
    expect((await folder.load()).dataDir).toBe(join(folder.path, 'data-50'));
  });

  it('is taken up by itself whenever it is exchanged, also between two looks and while it is read', async () => {
    await mount(0);
    for (const name of NAMES) await link(join('..data', name), name);
    const versions: string[] = [];
    let newest = () => {};
    const first = await folder.load();
    const watch = watchConfig({
      read: first.watched,
      intervalMs: 20,
      settleMs: 1,
      onChange: () => void take(),
    });
    const take = async () => {
      try {
        const { dataDir, watched } = await folder.load();
        watch.update(watched);
        versions.push(dataDir);
        if (dataDir.endsWith('-20')) newest();
      } catch (error) {
        // Exchanged without a pause, it may never have stood still; the next change is noticed all the same.
        watch.add(error instanceof ConfigError ? error.watched : new Map());
      }
    };
    const done = new Promise<void>((resolve) => {
      newest = resolve;
    });
    for (let version = 1; version <= 20; version += 1) await mount(version);
    await done;
    watch.close();
    expect(versions.at(-1)).toBe(join(folder.path, 'data-20'));
  });
});

describe('files that get lost', () => {
  it('between the listing and the reading are as if they had not been there, or all is as before', async () => {
    await folder.write('tenants.yaml', 'version: 1\ninclude: [d/*.yaml]\n');
    const ids = Array.from({ length: 30 }, (_, index) => `acme-${String(index).padStart(2, '0')}`);
    for (let round = 0; round < 50; round += 1) {
      for (const id of ids) await folder.write(`d/${id}.yaml`, listOf(id));
      const loading = folder.load();
      // Each time a little later in the course of the load.
      for (let turn = 0; turn < round * 4; turn += 1) await setImmediate();
      const moved = rename(join(folder.path, 'd'), join(folder.path, `gone-${round}`));
      const { connections } = await loading;
      await moved;
      expect([0, ids.length]).toContain(connections.length);
    }
  });

  it('with their folder leave a warning at the pattern', async () => {
    await folder.write('d/a.yaml', listOf('acme'));
    expect(await idsOf('include: [d/*.yaml]')).toEqual(['acme']);
    await rm(join(folder.path, 'd/a.yaml'));
    const { connections, warnings } = await folder.load();
    expect(connections).toEqual([]);
    expect(warnings).toEqual(['tenants.yaml:2:11: include[0]: matches no file; is a folder not mounted?']);
  });
});
