import { relative, resolve, sep } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Reading } from '../config/load.ts';
import { showFile } from '../config/place.ts';
import { listOf, mappingOf } from '../config/plain-value.ts';
import type { Source } from '../config/source.ts';
import { didYouMean } from '../domain/nearest.ts';
import type { Secret } from '../domain/secret.ts';
import type { Addition, Change, Update } from './change.ts';
import { EditError } from './edit-error.ts';
import type { Entry, ListChange, Settings } from './entry.ts';

/** What the change means for each file that it touches. */
export interface Allotted {
  readonly files: ReadonlyMap<Source, ListChange>;
  /** By connection. */
  readonly secrets: ReadonlyMap<string, Secret>;
}

interface Draft {
  readonly removed: Set<number>;
  readonly changed: Map<number, Settings>;
  readonly added: Entry[];
}

interface Standing {
  readonly source: Source;
  readonly index: number;
}

export interface AllotOptions {
  readonly cwd: string;
  /** Absolute. */
  readonly secretsDir: string;
}

/**
 * Finds the place of everything that changes. Every connection that can't be found, or is there already, is told.
 *
 * @throws EditError
 */
export function allot({ main, sources, report }: Reading, change: Change, options: AllotOptions): Allotted {
  const standing = findConnections(sources);
  const drafts = new Map<Source, Draft>();
  const draftOf = (source: Source): Draft => {
    const draft = drafts.get(source) ?? { removed: new Set(), changed: new Map(), added: [] };
    drafts.set(source, draft);
    return draft;
  };
  refuseUnknown(
    [...(change.update ?? []).map(({ id }) => id), ...(change.remove ?? [])],
    standing,
    showFile(main.file, options.cwd),
  );
  refuseKnown(change.add ?? [], standing, ({ source, index }) =>
    report.where(source, ['connections', index]),
  );
  for (const id of change.remove ?? [])
    withPlace(standing, id, ({ source, index }) => draftOf(source).removed.add(index));
  for (const update of change.update ?? []) {
    withPlace(standing, update.id, ({ source, index }) => {
      const settings = settingsOf(update, source, options);
      const changed = settingsThatDiffer(settings, listOf(mappingOf(source.value)['connections'])[index]);
      if (Object.keys(changed).length > 0) draftOf(source).changed.set(index, changed);
    });
  }
  for (const addition of change.add ?? []) {
    const source = fileFor(addition, main, sources, options.cwd);
    draftOf(source).added.push(entryOf(addition, source, options));
  }
  const carriers: readonly { readonly id: string; readonly secret?: Secret }[] = [
    ...(change.add ?? []).map(({ entry: { id }, secret }) => ({ id, ...(secret && { secret }) })),
    ...(change.update ?? []),
  ];
  const secrets = carriers.flatMap(({ id, secret }) => (secret === undefined ? [] : [[id, secret] as const]));
  return { files: drafts, secrets: new Map(secrets) };
}

function findConnections(sources: readonly Source[]): ReadonlyMap<string, Standing> {
  const found = new Map<string, Standing>();
  for (const source of sources) {
    for (const [index, item] of listOf(mappingOf(source.value)['connections']).entries()) {
      const { id } = mappingOf(item);
      if (typeof id === 'string') found.set(id, { source, index });
    }
  }
  return found;
}

function withPlace(
  standing: ReadonlyMap<string, Standing>,
  id: string,
  use: (place: Standing) => void,
): void {
  const place = standing.get(id);
  if (place !== undefined) use(place);
}

function refuseUnknown(ids: readonly string[], standing: ReadonlyMap<string, Standing>, file: string): void {
  const issues = [...new Set(ids)]
    .filter((id) => !standing.has(id))
    .map((id) => `${file} has no connection ${id}${didYouMean(id, standing.keys())}`);
  if (issues.length > 0) throw new EditError('unknown_connection', issues);
}

function refuseKnown(
  additions: readonly Addition[],
  standing: ReadonlyMap<string, Standing>,
  where: (place: Standing) => string,
): void {
  const issues = additions.flatMap(({ entry: { id } }) => {
    const place = standing.get(id);
    return place === undefined
      ? []
      : [`${id} is registered already, at ${where(place)}; choose another id, or change it there`];
  });
  if (issues.length > 0) throw new EditError('exists_already', issues);
}

function fileFor({ file }: Addition, main: Source, sources: readonly Source[], cwd: string): Source {
  if (file === undefined) return main;
  const source = sources.find((one) => one.file === resolve(cwd, file));
  if (source !== undefined) return source;
  const known = sources.map((one) => showFile(one.file, cwd));
  const some = known.length > 5 ? `${known.slice(0, 5).join(', ')}, …` : known.join(', ');
  throw new EditError('would_be_wrong', [
    `${file} is no file of this config, which are ${some}; make it first, empty but for connections: [], where include finds it`,
  ]);
}

/** The secret is written below the client id, as in the example. */
function entryOf({ entry, secret }: Addition, source: Source, options: AllotOptions): Entry {
  if (secret === undefined) return entry;
  const pairs = Object.entries(entry).filter(([key]) => key !== 'clientSecret');
  const before =
    Math.max(
      pairs.findIndex(([key]) => key === 'clientId'),
      0,
    ) + 1;
  const own = ['clientSecret', secretFile(entry.id, source, options)] as const;
  return { id: entry.id, ...Object.fromEntries([...pairs.slice(0, before), own, ...pairs.slice(before)]) };
}

function settingsOf({ id, settings, secret }: Update, source: Source, options: AllotOptions): Settings {
  return secret === undefined ? settings : { ...settings, clientSecret: secretFile(id, source, options) };
}

/** Slashes on every system, for the file may be read on another. */
function secretFile(
  id: string,
  { directory }: Source,
  { secretsDir }: AllotOptions,
): { readonly file: string } {
  return { file: relative(directory, resolve(secretsDir, id)).replaceAll(sep, '/') };
}

/** What is said already is not said again. */
function settingsThatDiffer(settings: Settings, item: unknown): Settings {
  const written = mappingOf(item);
  return Object.fromEntries(
    Object.entries(settings).filter(([key, value]) => !isDeepStrictEqual(written[key], value)),
  );
}
