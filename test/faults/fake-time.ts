import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cleanup } from '../e2e/world.ts';
import { makeConfigFolder } from '../helpers/config-file.ts';
import { findTool } from '../helpers/tool.ts';

export interface FakeTime {
  /** For whoever is to live by it. */
  readonly env: Readonly<Record<string, string>>;
  /** By how much its clock is ahead of the true one from now on. */
  ahead(seconds: number): Promise<void>;
}

const LIBRARY = 'libfaketimeMT.so.1';
/** Below them Debian has a folder for each architecture. */
const ROOTS = ['/usr/lib', '/usr/lib64', '/usr/local/lib'];

/** A wall clock that can be set for some processes only; the clock that only counts goes on. */
export async function startFakeTime(cleanup: Cleanup, aheadBy: number): Promise<FakeTime> {
  const { folder, remove } = await makeConfigFolder({});
  cleanup.add(remove, (it) => it());
  const file = join(folder, 'time');
  const ahead = (seconds: number) => writeFile(file, `+${seconds}\n`);
  await ahead(aheadBy);
  const env = {
    LD_PRELOAD: findLibrary(),
    FAKETIME_TIMESTAMP_FILE: file,
    // Else it looks at the file every ten seconds.
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    DONT_FAKE_MONOTONIC: '1',
  };
  return { env, ahead };
}

function findLibrary(): string {
  // Says what to type where the package is missing.
  findTool('faketime');
  for (const root of ROOTS) {
    for (const folder of [root, ...foldersIn(root)]) {
      const found = foldersIn(folder).includes(join(folder, 'faketime')) && join(folder, 'faketime');
      if (found && readdirSync(found).includes(LIBRARY)) return join(found, LIBRARY);
    }
  }
  throw new Error(`faketime is there, but ${LIBRARY} is not below ${ROOTS.join(', ')}.`);
}

function foldersIn(root: string): readonly string[] {
  try {
    return readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(root, name));
  } catch {
    // Not every system has every root.
    return [];
  }
}
