import { isAbsolute, relative } from 'node:path';
import { mayBeShown } from '../domain/shown-name.ts';

/** Where a value stands in a file, from the top: keys and indices. */
export type Path = readonly (string | number)[];

/** Both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Whether a message is about a key itself (`is not a known key`) or about what stands there. */
export type Target = 'key' | 'value';

/** Spells a path the way people write it: `connections[3].labels.tier`. */
export function formatPath(path: Path): string {
  let text = '';
  for (const segment of path) {
    if (typeof segment === 'number') text += `[${segment}]`;
    else if (!mayBeShown(segment)) text += '[a key that is not shown]';
    else if (/^[\w$-]{1,100}$/.test(segment)) text += text === '' ? segment : `.${segment}`;
    else text += `[${JSON.stringify(segment.slice(0, 100))}]`;
  }
  return text === '' ? 'file' : text;
}

/** Shows a file relative to the current folder when it lies inside, as compilers do, so that editors can jump to it. */
export function showFile(file: string, cwd: string): string {
  const short = relative(cwd, file);
  return short === '' || short.startsWith('..') || isAbsolute(short) ? file : short;
}
