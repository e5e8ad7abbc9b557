import { stat } from 'node:fs/promises';
import { errorCode } from './error-code.ts';

/** Path → what tells one content of it from another without reading it: for files, folders and what isn't there. */
export type Marks = ReadonlyMap<string, string>;

const ABSENT = 'absent';

/** Symbolic links are followed, so that one that is made to lead elsewhere has another mark. */
export async function markOf(path: string): Promise<string> {
  try {
    const { mtimeMs, ctimeMs, size, ino, dev, mode } = await stat(path);
    return `${mtimeMs} ${ctimeMs} ${size} ${ino} ${dev} ${mode}`;
  } catch (error) {
    // Becoming unreadable is a change as well; the load that follows says what is wrong.
    const code = errorCode(error);
    return code === 'ENOENT' ? ABSENT : code;
  }
}

export async function marksOf(paths: Iterable<string>): Promise<Marks> {
  return new Map(await Promise.all([...paths].map(async (path) => [path, await markOf(path)] as const)));
}

/** The paths whose mark is another one in `now`. */
export function changedPaths(before: Marks, now: Marks): readonly string[] {
  return [...before.keys()].filter((path) => before.get(path) !== now.get(path));
}

/** When the content of one of them was changed last, in epoch milliseconds; 0 where there is none. */
export function latestChange(marks: Marks): number {
  const times = [...marks.values()].map((mark) => Number.parseFloat(mark)).filter(Number.isFinite);
  return times.reduce((latest, time) => Math.max(latest, time), 0);
}
