import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { withLock } from '../../src/edit/lock.ts';
import { writeAside } from '../../src/edit/write-aside.ts';
import { processNamespace } from '../../src/process/process-identity.ts';
import { type ConfigFolder, makeConfigFolder } from '../config/config-folder.ts';

let folder: ConfigFolder;
let file: string;

beforeEach(async () => {
  folder = await makeConfigFolder();
  file = await folder.write('tenants.yaml', 'old\n');
});
afterEach(() => folder.remove());

const names = () => readdir(folder.path);

describe('a content written aside', () => {
  it('takes the place of the old one in one step', async () => {
    const aside = await writeAside(file, Buffer.from('new\n'), Buffer.from('old\n'));
    expect(await readFile(file, 'utf8')).toBe('old\n');
    expect(await aside.replace()).toBe(true);
    expect([await readFile(file, 'utf8'), await names()]).toEqual(['new\n', ['tenants.yaml']]);
  });

  it('does not take the place of what somebody saved meanwhile', async () => {
    const aside = await writeAside(file, Buffer.from('new\n'), Buffer.from('old\n'));
    await writeFile(file, 'theirs\n');
    expect(await aside.replace()).toBe(false);
    await aside.discard();
    expect([await readFile(file, 'utf8'), await names()]).toEqual(['theirs\n', ['tenants.yaml']]);
  });

  it('is not hindered by what a killed process has left', async () => {
    await writeFile(join(folder.path, '.tenants.yaml.new'), 'half');
    const aside = await writeAside(file, Buffer.from('new\n'), Buffer.from('old\n'));
    expect(await aside.replace()).toBe(true);
    expect([await readFile(file, 'utf8'), await names()]).toEqual(['new\n', ['tenants.yaml']]);
  });
});

describe('the lock of a file', () => {
  it('lets one after the other work, also within one process', async () => {
    const order: string[] = [];
    const work = (name: string) =>
      withLock(file, async () => {
        order.push(`${name} begins`);
        await readFile(file);
        order.push(`${name} ends`);
      });
    await Promise.all([work('a'), work('b'), work('c')]);
    expect(order).toHaveLength(6);
    for (let index = 0; index < 6; index += 2) {
      expect(order[index + 1]).toBe(order[index]?.replace('begins', 'ends'));
    }
    expect(await names()).toEqual(['tenants.yaml']);
  });

  it('is given back when the work fails', async () => {
    await expect(withLock(file, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await names()).toEqual(['tenants.yaml']);
  });

  it('of a dead process is no lock', async () => {
    // Empty, as of one that was killed the moment after it made it.
    const here = createHash('sha256').update(processNamespace()).digest('hex').slice(0, 12);
    await folder.write(`.tenants.yaml.lock.${process.pid}-000000000000-${here}`, '');
    expect(await withLock(file, () => names())).toHaveLength(2);
    expect(await names()).toEqual(['tenants.yaml']);
  });
});
