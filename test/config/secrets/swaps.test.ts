import { mkdir, mkdtemp, rename, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { resolveFile } from '../../../src/config/secrets/file.ts';
import { SecretError } from '../../../src/config/secrets/secret-error.ts';

/** Long enough that a torn one would show: it takes more than one page, and each is of one letter. */
const whole = (letter: string) => letter.repeat(60_000);
const LETTERS = ['a', 'b', 'c'];
const VALUES = new Set(LETTERS.map(whole));
const ROUNDS = 100;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcm-swaps-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const at = (...names: string[]) => join(folder, ...names);

/** Reads again and again, four at a time, for as long as the writer writes. */
async function readWhile(writing: Promise<void>, path: string) {
  let done = false;
  const seen = new Set<string>();
  const codes = new Set<string>();
  const read = async () => {
    while (!done) {
      try {
        seen.add((await resolveFile(path)).secret.reveal());
      } catch (error) {
        if (!(error instanceof SecretError)) throw error;
        codes.add(error.code);
      }
    }
  };
  const ended = writing.finally(() => {
    done = true;
  });
  await Promise.all([ended, read(), read(), read(), read()]);
  return { torn: [...seen].filter((value) => !VALUES.has(value)), codes: [...codes] };
}

async function rounds(swap: (letter: string, round: number) => Promise<void>): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) await swap(LETTERS[round % 3] ?? '', round);
}

/** As kubelet does it: a new folder, a new link `..data` to it renamed over the old one, the old folder removed. */
async function project(letter: string, round: number): Promise<void> {
  await mkdir(at(`..${round}`));
  await writeFile(at(`..${round}`, 'acme'), whole(letter));
  await symlink(`..${round}`, at('..data_tmp'));
  await rename(at('..data_tmp'), at('..data'));
  await rm(at(`..${round - 1}`), { recursive: true, force: true });
}

describe('a secret file that changes while it is read', () => {
  it('is never torn nor missing when it is renamed over', async () => {
    await writeFile(at('acme'), whole('c'));
    const writing = rounds(async (letter) => {
      await writeFile(at('.acme'), whole(letter));
      await rename(at('.acme'), at('acme'));
    });
    expect(await readWhile(writing, at('acme'))).toEqual({ torn: [], codes: [] });
  });

  it('is never torn nor missing when Kubernetes swaps its directory', async () => {
    await project('c', -1);
    await symlink('..data/acme', at('acme'));
    expect(await readWhile(rounds(project), at('acme'))).toEqual({ torn: [], codes: [] });
  });

  it('is never torn when it is emptied and written in place, but may be refused until that ends', async () => {
    await writeFile(at('acme'), whole('c'));
    const { torn, codes } = await readWhile(
      rounds((letter) => writeFile(at('acme'), whole(letter))),
      at('acme'),
    );
    expect(torn).toEqual([]);
    for (const code of codes) expect(['file_changing', 'empty']).toContain(code);
    expect(VALUES).toContain((await resolveFile(at('acme'))).secret.reveal());
  });

  it('is waited for while it is empty', async () => {
    await writeFile(at('acme'), 'old');
    await truncate(at('acme'));
    const read = resolveFile(at('acme'));
    await writeFile(at('acme'), 'new');
    expect((await read).secret.reveal()).toBe('new');
  });

  it('is refused when it never comes to rest', async () => {
    await writeFile(at('acme'), 'old');
    let ending = false;
    const touching = (async () => {
      for (let second = 1; !ending; second += 1) await utimes(at('acme'), second, second);
    })();
    let code = '';
    // Whether a touch falls into each of five reads is luck, so that it is tried until it does.
    while (code === '') {
      await resolveFile(at('acme')).catch((error: SecretError) => {
        code = error.code;
        expect(error.message).toBe(
          `file ${at('acme')} changes while it is read; write it aside and rename it, so that it changes at once`,
        );
      });
    }
    ending = true;
    await touching;
    expect(code).toBe('file_changing');
  });
});
