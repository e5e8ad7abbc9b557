import { mkdtemp, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { stampOf } from '../../../src/config/secrets/file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcm-stamp-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);

describe('the stamp of a file', () => {
  it('is a whole number from 0 on, the same as long as nothing happens to the file, and another for each file', async () => {
    const names = Array.from({ length: 500 }, (_, index) => at(`acme-${index}`));
    for (const name of names) await writeFile(name, 'alike');
    const stamps = await Promise.all(names.map(stampOf));
    expect(stamps.every((stamp) => stamp !== null && Number.isSafeInteger(stamp) && stamp >= 0)).toBe(true);
    expect(await Promise.all(names.map(stampOf))).toEqual(stamps);
    expect(new Set(stamps).size).toBe(names.length);
  });

  it('is another after the file was touched, made longer, replaced, or a link to it turned', async () => {
    await writeFile(at('acme'), 'value');
    await writeFile(at('other'), 'value');
    await symlink('acme', at('link'));
    const stamps = [await stampOf(at('link'))];
    const stampAfter = async (change: Promise<unknown>) => {
      await change;
      stamps.push(await stampOf(at('link')));
    };
    await stampAfter(utimes(at('acme'), 1, 1));
    // By a microsecond more, which is what file systems tell apart at least.
    await stampAfter(utimes(at('acme'), 1, 1.000001));
    await stampAfter(writeFile(at('acme'), 'value and more'));
    await stampAfter(rename(at('other'), at('acme')));
    await writeFile(at('third'), 'value');
    await symlink('third', at('aside'));
    await stampAfter(rename(at('aside'), at('link')));
    expect(new Set(stamps).size).toBe(6);
  });

  it('is none where there is no file', async () => {
    expect(await stampOf(at('nobody'))).toBeNull();
  });
});
