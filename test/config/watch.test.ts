import { mkdir, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { marksOf } from '../../src/config/marks.ts';
import { type ConfigWatch, watchConfig } from '../../src/config/watch.ts';
import { type ConfigFolder, makeConfigFolder } from './config-folder.ts';

let folder: ConfigFolder;
let watch: ConfigWatch;
let news: { count: number; heard: () => Promise<void> };

beforeEach(async () => {
  folder = await makeConfigFolder();
});
afterEach(async () => {
  watch.close();
  await folder.remove();
});

async function start(names: readonly string[]): Promise<void> {
  let wake = () => {};
  const state = { count: 0, heard: () => new Promise<void>((resolve) => (wake = resolve)) };
  news = state;
  watch = watchConfig({
    read: await marksOf(names.map((name) => join(folder.path, name))),
    intervalMs: 5,
    settleMs: 5,
    onChange: () => {
      state.count += 1;
      wake();
    },
  });
}

describe('the watch over the config', () => {
  it.each<[string, (file: string) => Promise<void>]>([
    ['written', (file) => writeFile(file, 'longer than before')],
    [
      'replaced by renaming',
      async (file) => writeFile(`${file}.new`, 'same').then(() => rename(`${file}.new`, file)),
    ],
    ['removed', unlink],
  ])('notices a file that is %s', async (_name, change) => {
    const file = await folder.write('tenants.yaml', 'same');
    await start(['tenants.yaml']);
    const heard = news.heard();
    await change(file);
    await heard;
    expect(news.count).toBe(1);
  });

  it('notices a file that appears', async () => {
    await start(['tenants.yaml']);
    const heard = news.heard();
    await folder.write('tenants.yaml', 'new');
    await heard;
  });

  it('notices a new file in a folder', async () => {
    await mkdir(join(folder.path, 'd'));
    await start(['d']);
    const heard = news.heard();
    await folder.write('d/a.yaml', '');
    await heard;
  });

  it('notices a folder that is swapped as Kubernetes does it', async () => {
    await folder.write('v1/tenants.yaml', 'same');
    await folder.write('v2/tenants.yaml', 'same');
    await symlink('v1', join(folder.path, 'now'));
    await start(['now/tenants.yaml']);
    const heard = news.heard();
    await symlink('v2', join(folder.path, 'next'));
    await rename(join(folder.path, 'next'), join(folder.path, 'now'));
    await heard;
  });

  it('goes on after the first change', async () => {
    const file = await folder.write('tenants.yaml', '1');
    await start(['tenants.yaml']);
    for (const text of ['22', '333', '4444']) {
      const heard = news.heard();
      await writeFile(file, text);
      await heard;
    }
    expect(news.count).toBeGreaterThanOrEqual(3);
  });

  it('follows other paths when told, and forgets the old ones', async () => {
    const old = await folder.write('old.yaml', 'a');
    const file = await folder.write('new.yaml', 'a');
    await start(['old.yaml']);
    watch.update(await marksOf([file]));
    const heard = news.heard();
    await rm(old);
    await writeFile(file, 'longer');
    await heard;
    expect(news.count).toBe(1);
  });

  it('looks at further paths beside those it knows', async () => {
    const old = await folder.write('old.yaml', 'a');
    const more = await folder.write('more.yaml', 'a');
    for (const file of [old, more]) {
      await start(['old.yaml']);
      watch.add(await marksOf([more]));
      const heard = news.heard();
      await writeFile(file, 'longer');
      await heard;
      watch.close();
    }
  });

  it('misses no change between the reading of a path and the first look at it', async () => {
    const file = await folder.write('tenants.yaml', 'a');
    await start([]);
    const read = await marksOf([file]);
    await writeFile(file, 'longer');
    const heard = news.heard();
    watch.update(read);
    await heard;
  });

  it('is silent when nothing changes and after it was closed', async () => {
    const file = await folder.write('tenants.yaml', 'a');
    const second = await folder.write('second.yaml', 'a');
    await start(['tenants.yaml']);
    watch.close();
    const closed = news;
    await writeFile(file, 'longer');
    // A second watch that has heard of a later change has looked several times since.
    await start(['second.yaml']);
    const heard = news.heard();
    await writeFile(second, 'longer');
    await heard;
    expect(closed.count).toBe(0);
  });
});
