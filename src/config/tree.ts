import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import picomatch from 'picomatch';
import { PATTERN_OPTIONS } from './include.ts';

/** Where the files of a pattern may lie. */
export interface Tree {
  /** Real paths: of the main file's folder and, for a pattern that leads out of it by its own words, of where it starts. */
  readonly roots: readonly string[];
  /** Whether a real path lies inside, or symbolic links may lead anywhere. */
  holds(real: string): boolean;
}

/**
 * A symbolic link out of the tree is followed only when the config says so: whoever may put files into a folder must
 * not thereby choose any file of the machine. Links inside are free, since Kubernetes mounts consist of them.
 */
export async function treeOf(pattern: string, directory: string, followSymlinks: boolean): Promise<Tree> {
  const { isGlob, base } = picomatch.scan(pattern, PATTERN_OPTIONS);
  const start = resolve(directory, isGlob ? base : dirname(base));
  const folders = isInside(start, directory) ? [directory] : [directory, start];
  const roots = await Promise.all(folders.map((folder) => realpath(folder).catch(() => folder)));
  return { roots, holds: (real) => followSymlinks || roots.some((root) => isInside(real, root)) };
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith('../') && !isAbsolute(way);
}
