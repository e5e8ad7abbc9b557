import { dirname, resolve } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';

export interface Included {
  /** Absolute paths in alphabetical order. */
  readonly files: readonly string[];
  /** Absolute paths of the folders in which a new file would match. */
  readonly folders: readonly string[];
}

/** Finds the files of one `include` pattern, relative to the folder of the main file. */
export async function findIncluded(pattern: string, directory: string): Promise<Included> {
  const options = { cwd: directory, absolute: true, expandDirectories: false };
  const files = isDynamicPattern(pattern)
    ? (await glob(pattern, { ...options, onlyFiles: true })).map((file) => resolve(file)).toSorted()
    : [resolve(directory, pattern)];
  return { files, folders: await foldersOf(pattern, directory) };
}

/** A new folder can hold a new match as well, so that every level of the pattern is listed. */
async function foldersOf(pattern: string, directory: string): Promise<readonly string[]> {
  const options = { cwd: directory, absolute: true, expandDirectories: false, onlyDirectories: true };
  const folders = new Set<string>();
  for (let prefix = dirname(pattern); ; prefix = dirname(prefix)) {
    if (!isDynamicPattern(prefix)) {
      folders.add(resolve(directory, prefix));
      return [...folders];
    }
    for (const folder of await glob(prefix, options)) folders.add(resolve(folder));
  }
}
