import type { Connection } from '../domain/connection.ts';
import { buildConnection, type Rules } from './build-connection.ts';
import type { Path } from './place.ts';
import { objectOf } from './read-sections.ts';
import { salvage } from './salvage.ts';
import { connectionSchema } from './schema.ts';
import type { Source } from './source.ts';
import type { Place } from './warn-routing.ts';
import { errorMap, mistakesOf, unknownKey } from './wording.ts';

/** Reads the connections of all files in order; the first source is the main file, the others hold nothing else. */
export function readConnections(
  sources: readonly Source[],
  rules: Rules,
): { readonly connections: readonly Connection[]; readonly places: ReadonlyMap<string, Place> } {
  const seen = new Map<string, Place>();
  const connections: Connection[] = [];
  for (const [index, source] of sources.entries()) {
    for (const [position, item] of listOf(source, index > 0, rules).entries()) {
      const path: Path = ['connections', position];
      noteId(item, source, path, seen, rules);
      const result = connectionSchema.safeParse(item, { error: errorMap });
      if (result.success) {
        const connection = buildConnection({ raw: result.data, source, path }, rules);
        if (connection !== null) connections.push(connection);
        continue;
      }
      const mistakes = mistakesOf(result.error.issues, item);
      for (const mistake of mistakes) {
        rules.report.mistake(source, [...path, ...mistake.path], mistake.message, mistake.target);
      }
      // What is left may hold other mistakes, of the kind the schema can't see.
      const rest = salvage(item, mistakes);
      if (rest !== null) buildConnection({ raw: rest, source, path }, rules);
    }
  }
  return { connections, places: seen };
}

function listOf(source: Source, included: boolean, rules: Rules): readonly unknown[] {
  // The top of the main file was looked at with its sections.
  const file = included ? objectOf(source, rules.report) : fileOf(source);
  if (file === null) return [];
  if (included) {
    for (const key of Object.keys(file)) {
      if (key === 'connections') continue;
      const meant = unknownKey(key, ['connections']);
      rules.report.mistake(
        source,
        [key],
        `${meant} (an included file holds connections and nothing else)`,
        'key',
      );
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

function fileOf(source: Source): Readonly<Record<string, unknown>> | null {
  const { value } = source;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return value as Record<string, unknown>;
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
