import { buildConnection } from './build-connection.ts';
import { ownReference } from './build-keys.ts';
import type { Entry, Rules } from './connection-entry.ts';
import { type Holes, holesAt } from './follow-ups.ts';
import { type FoundConnection, KnownConnection, type RoutedConnection } from './known-connection.ts';
import { formatPath, type Path } from './place.ts';
import { mappingOf } from './plain-value.ts';
import { objectOf } from './read-sections.ts';
import type { NamedReference } from './references.ts';
import type { Report } from './report.ts';
import { salvage } from './salvage.ts';
import { connectionSchema } from './schema-connection.ts';
import type { Source } from './source.ts';
import type { Place } from './warn-routing.ts';
import { doubtfulKeys, errorMap, mistakesOf, unknownKey } from './wording.ts';
import type { TextProblem } from './yaml.ts';

export interface ReadConnections {
  readonly connections: readonly FoundConnection[];
  /** Where one of them stands. */
  placeOf(connection: RoutedConnection): Place | undefined;
  /** What is well-formed in connections with mistakes, so that it can be looked up all the same. */
  readonly loose: readonly LooseReference[];
  /** Another line gives the id of a known one: which of them is to be told can't be seen without reading both. */
  readonly clash: boolean;
}

/** A reference of a connection that can't be used as it is. */
export interface LooseReference extends NamedReference, Place {}

/** Reads the connections of all files in order; the first source is the main file, the others hold nothing else. */
export function readConnections(sources: readonly Source[], rules: Rules): ReadConnections {
  const seen = new Map<string, Place>();
  const connections: FoundConnection[] = [];
  const origins: Source[] = [];
  const positions: number[] = [];
  const loose: LooseReference[] = [];
  const known: KnownConnection[] = [];

  function keep(connection: FoundConnection, source: Source, position: number): void {
    connections.push(connection);
    origins.push(source);
    positions.push(position);
  }

  for (const [index, source] of sources.entries()) {
    const problems = problemsByItem(source);
    for (const [position, item] of connectionsOf(source, index > 0, rules).entries()) {
      if (item instanceof KnownConnection) {
        if (item.isLiteral) rules.literals.add(source, ['connections', position, 'clientSecret']);
        known.push(item);
        keep(item, source, position);
        continue;
      }
      const path: Path = ['connections', position];
      noteId(item, source, path, seen, rules);
      const holes = holesAt({ problems: problems.get(position) ?? [] }, path);
      const entry = readEntry({ written: item, source, path }, holes, rules.report);
      if (entry === null) continue;
      const connection = buildConnection(entry, rules);
      if (connection === null) loose.push(...looseReferences(entry, rules));
      else keep(connection, source, position);
    }
  }
  // Few ever ask, and a large fleet has many places.
  let indices: ReadonlyMap<RoutedConnection, number> | null = null;
  return {
    connections,
    placeOf: (connection) => {
      indices ??= new Map(connections.map((one, index) => [one, index] as const));
      const index = indices.get(connection) ?? -1;
      const [source, position] = [origins[index], positions[index]];
      return source && position !== undefined ? { source, path: ['connections', position] } : undefined;
    },
    loose,
    clash: known.some(({ id }) => seen.has(id)),
  };
}

/** A file may have thousands of them. */
function problemsByItem({ problems }: Source): ReadonlyMap<number, readonly TextProblem[]> {
  const byItem = new Map<number, TextProblem[]>();
  for (const problem of problems) {
    const [section, position] = problem.path;
    if (section !== 'connections' || typeof position !== 'number') continue;
    const known = byItem.get(position);
    if (known === undefined) byItem.set(position, [problem]);
    else known.push(problem);
  }
  return byItem;
}

const NOTHING: ReadonlySet<string> = new Set();

/** Null when nothing remains of it. What is left of one with mistakes may hold others, which a schema can't see. */
function readEntry(
  item: Pick<Entry, 'written' | 'source' | 'path'>,
  holes: Holes,
  report: Report,
): Entry | null {
  const { written, source, path } = item;
  const result = connectionSchema.safeParse(written, { error: errorMap });
  if (result.success && !holes.some) return { raw: result.data, doubtful: NOTHING, ...item };
  const mistakes = result.success ? [] : mistakesOf(result.error.issues, written);
  for (const mistake of mistakes) {
    if (holes.isFollowUp(mistake)) continue;
    report.mistake(source, [...path, ...mistake.path], mistake.message, mistake.target);
  }
  const left = Object.keys(connectionSchema.shape).filter((key) => holes.has(key) && !hasKey(written, key));
  const doubtful = new Set([...doubtfulKeys(mistakes), ...left]);
  const raw = salvage(written, doubtful);
  return raw && { raw, doubtful, ...item };
}

function hasKey(item: unknown, key: string): boolean {
  return mappingOf(item)[key] !== undefined;
}

function looseReferences(entry: Entry, rules: Rules): readonly LooseReference[] {
  const { raw, doubtful, source, path } = entry;
  const owner = doubtful.has('id') ? formatPath(path) : raw.id;
  return (['clientId', 'clientSecret'] as const).flatMap((key) => {
    const reference = doubtful.has(key) ? null : ownReference(entry, key, rules);
    return reference === null ? [] : [{ name: `${owner}: ${key}`, reference, source, path: [...path, key] }];
  });
}

function connectionsOf(source: Source, included: boolean, rules: Rules): readonly unknown[] {
  // The top of the main file was looked at with its sections.
  const file = included ? objectOf(source, rules.report) : mappingOf(source.value);
  if (file === null) return [];
  if (included) {
    for (const key of Object.keys(file)) {
      if (key === 'connections') continue;
      const message =
        key === 'include'
          ? "stands in an included file; includes don't nest: name the files in the main file"
          : `${unknownKey(key, ['connections'])} (an included file holds connections and nothing else)`;
      rules.report.mistake(source, [key], message, 'key');
    }
  }
  const list = file['connections'];
  if (list === undefined) return [];
  if (Array.isArray(list)) return list;
  rules.report.mistake(
    source,
    ['connections'],
    'must be a list of connections; write connections: [] for none',
  );
  return [];
}

/** Looks for ids given twice before anything else, so that a second mistake in the entry does not hide it. */
function noteId(item: unknown, source: Source, path: Path, seen: Map<string, Place>, rules: Rules): void {
  if (typeof item !== 'object' || item === null || !('id' in item) || typeof item.id !== 'string') return;
  const first = seen.get(item.id);
  if (first === undefined) {
    seen.set(item.id, { source, path });
    return;
  }
  const other = rules.report.where(first.source, [...first.path, 'id']);
  rules.report.mistake(
    source,
    [...path, 'id'],
    `is used already at ${other}; give one of the two another id`,
  );
}
