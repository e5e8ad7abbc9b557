import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import picomatch from 'picomatch';
import { errorCode } from './error-code.ts';
import { type Marks, markOf } from './marks.ts';

export interface Included {
  /**
   * Absolute paths in alphabetical order: what the pattern names, be it readable or not, so that whoever reads it says
   * what is wrong with it. That holds for folders as well that look like files or that may not be entered.
   */
  readonly files: readonly string[];
  /** The folders in which a new file would match, with the marks they had before they were listed. */
  readonly folders: Marks;
}

/** A leading `!` belongs to the name, there is nothing that a single pattern could leave out; `[!a]` is as in a shell. */
export const PATTERN_OPTIONS = { nonegate: true, unescape: true, posix: true };

/** Containers make a folder where the file to be mounted doesn't exist: by its name it is no mere folder. */
const FILE_NAME = /\.(?:ya?ml|json|ndjson)$/;

/**
 * Finds the files of one `include` pattern, relative to the folder of the main file. Folders are gone through level by
 * level, each real one once: symbolic links that lead in circles come to an end. One that `mayEnter` refuses is given as
 * a file.
 */
export async function findIncluded(
  pattern: string,
  directory: string,
  mayEnter: (real: string) => boolean,
): Promise<Included> {
  const { isGlob, base, glob } = picomatch.scan(pattern, PATTERN_OPTIONS);
  const root = resolve(directory, base);
  if (!isGlob) return { files: [root], folders: new Map([[dirname(root), await markOf(dirname(root))]]) };

  const matches = picomatch(glob, PATTERN_OPTIONS);
  const mayHold = folderTest(glob);
  const files: string[] = [];
  const folders = new Map<string, string>();
  const entered = new Set<string>();
  // Grows while it is gone through.
  const waiting = [root];
  for (const folder of waiting) {
    folders.set(folder, await markOf(folder));
    const listing = await list(folder, entered, mayEnter);
    if (listing === 'shut') files.push(folder);
    else
      for (const entry of listing) {
        const path = join(folder, entry.name);
        const name = relative(root, path);
        const isFolder = await leadsToFolder(entry, path);
        if (isFolder && mayHold(name)) waiting.push(path);
        if (matches(name) && (!isFolder || FILE_NAME.test(name))) files.push(path);
      }
  }
  return { files: files.toSorted(), folders };
}

/** `shut` when it can't or may not be entered; one that isn't there, or was gone through already, holds nothing. */
async function list(
  folder: string,
  entered: Set<string>,
  mayEnter: (real: string) => boolean,
): Promise<readonly Dirent[] | 'shut'> {
  try {
    const real = await realpath(folder);
    if (entered.has(real)) return [];
    entered.add(real);
    return mayEnter(real) ? await readdir(real, { withFileTypes: true }) : 'shut';
  } catch (error) {
    return ['ENOENT', 'ENOTDIR'].includes(errorCode(error)) ? [] : 'shut';
  }
}

async function leadsToFolder(entry: Dirent, path: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  // A link to nothing or in a circle is no folder; whoever reads it says so.
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

/** Whether a folder, named from the root of the pattern, can hold a match or lead to one. */
function folderTest(glob: string): (name: string) => boolean {
  const segments = glob.split('/');
  // A slash in braces belongs to no level; such patterns are gone through as deep as they can reach.
  if (/[{(][^})]*\//.test(glob)) {
    const depth = glob.includes('**') ? Number.POSITIVE_INFINITY : segments.length - 1;
    return (name) => !/(?:^|\/)\./.test(name) && name.split('/').length <= depth;
  }
  const deep = segments.findIndex((segment) => segment.includes('**'));
  const levels = (deep < 0 ? segments.slice(0, -1) : segments.slice(0, deep + 1)).map((_, index) =>
    picomatch(segments.slice(0, index + 1).join('/'), PATTERN_OPTIONS),
  );
  return (name) => {
    const depth = name.split('/').length;
    const level = deep < 0 ? depth : Math.min(depth, deep + 1);
    return levels[level - 1]?.(name) ?? false;
  };
}
