import { relative, resolve, sep } from 'node:path';
import { isMapping, listOf, mappingOf } from '../config/plain-value.ts';
import type { Source } from '../config/source.ts';

type Item = Readonly<Record<string, unknown>>;

/**
 * The connections of a config as they stand in its files, without secrets. What names a file does so from the folder of
 * the main file, whichever file it stood in, so that all of them may be brought into the main file of another config.
 */
export function exportItems(sources: readonly Source[]): readonly Item[] {
  const root = sources[0]?.directory ?? '';
  return sources.flatMap(({ value, directory }) =>
    listOf(mappingOf(value)['connections'])
      .map(mappingOf)
      .map((item) => withoutSecret(moved(item, directory, root))),
  );
}

function withoutSecret({ clientSecret, ...item }: Item): Item {
  return typeof clientSecret === 'string' || clientSecret === undefined ? item : { ...item, clientSecret };
}

function moved(item: Item, from: string, to: string): Item {
  if (from === to) return item;
  const changed = ['clientId', 'clientSecret'].flatMap((key) => {
    const value = item[key];
    if (!isMapping(value) || typeof value['file'] !== 'string') return [];
    return [[key, { file: movedPath(value['file'], from, to) }]];
  });
  return { ...item, ...Object.fromEntries(changed) };
}

/** A slash at the end means a directory, and is kept. */
function movedPath(path: string, from: string, to: string): string {
  if (path.startsWith('/')) return path;
  const there = relative(to, resolve(from, path)).replaceAll(sep, '/');
  return path.endsWith('/') ? `${there}/` : there;
}
