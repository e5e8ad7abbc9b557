import { basename, dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/config.ts';
import { type LoadOptions, type Reading, readConfig } from '../config/load.ts';
import { showFile } from '../config/place.ts';
import { listOf, mappingOf } from '../config/plain-value.ts';
import { referencesOf } from '../config/references.ts';
import type { Placed } from '../config/report.ts';
import type { Source } from '../config/source.ts';
import type { Secret } from '../domain/secret.ts';
import { type Allotted, allot } from './allot.ts';
import type { Change } from './change.ts';
import { unifiedDiff } from './diff.ts';
import { EditError } from './edit-error.ts';
import { editText } from './edit-text.ts';
import type { ListChange } from './entry.ts';
import { NotEditable } from './not-editable.ts';
import { applySplices } from './splice.ts';
import type { TextEdit } from './text-edit.ts';
import { wholeConfig } from './whole-config.ts';
import { writtenSecrets } from './written-secrets.ts';

/** What a change would make of the config. Nothing is written yet. */
export interface Preview {
  readonly before: Config;
  readonly after: Config;
  /** Those that change. */
  readonly files: readonly FileEdit[];
  /** To be put into `secretsDir`, by connection. */
  readonly secrets: ReadonlyMap<string, Secret>;
}

export interface FileEdit {
  /** Absolute. */
  readonly file: string;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  /** For people; null when it is too large to be read. */
  diff(): string | null;
}

export type EditOptions = Pick<LoadOptions, 'channelTypes' | 'cwd'>;

/**
 * Works out what a change would make of the config, and sees that it would be a good one.
 *
 * @throws EditError
 */
export async function previewEdit(path: string, change: Change, options: EditOptions): Promise<Preview> {
  const cwd = options.cwd ?? process.cwd();
  const reading = await readConfig(path, options);
  const config = wholeConfig(reading);
  const allotted = allot(reading, change, { cwd, secretsDir: config.secretsDir });
  refuseForeignSecrets(config, allotted.secrets);
  const files = [...allotted.files].flatMap(([source, own]) => editFile(source, own, cwd));
  const contents = new Map(files.map(({ file, after }) => [file, after]));
  const then = contents.size === 0 ? reading : await readConfig(path, { ...options, contents });
  if (then.config === null) {
    throw new EditError('would_be_wrong', then.report.mistakes(), byConnection(then));
  }
  seeThatItIsAsMeant(reading, then, allotted);
  return { before: config, after: then.config, files, secrets: allotted.secrets };
}

/** A secret of the same name that serves somebody else must not be replaced. */
function refuseForeignSecrets(config: Config, secrets: ReadonlyMap<string, Secret>): void {
  const issues = referencesOf(config).flatMap(({ reference, connection, name: user }) => {
    if (reference.kind !== 'file' || dirname(reference.path) !== config.secretsDir) return [];
    const name = basename(reference.path);
    if (name === connection?.id || !secrets.has(name)) return [];
    return [
      `${name}: its secret would replace ${reference.path}, to which ${connection?.id ?? user} refers; choose another id`,
    ];
  });
  if (issues.length > 0) throw new EditError('would_be_wrong', issues);
}

function editFile(source: Source, change: ListChange, cwd: string): readonly FileEdit[] {
  // A byte order mark is kept, and is not part of the text.
  const whole = new TextDecoder('utf-8', { ignoreBOM: true }).decode(source.bytes);
  const mark = whole.startsWith('\u{feff}') ? '\u{feff}' : '';
  const text = whole.slice(mark.length);
  const name = showFile(source.file, cwd);
  const { splices, region, entries } = textEdit(source.file, text, change, name);
  const values = listOf(mappingOf(source.value)['connections']);
  // Somebody writes in a way that is not known here.
  if (entries.length !== values.length) throw notEditable(name);
  if (splices.length === 0) return [];
  const after = new TextEncoder().encode(mark + applySplices(text, splices));
  const diff = () =>
    unifiedDiff({ name, text, splices, region, hidden: writtenSecrets(text, entries, values) });
  return [{ file: source.file, before: source.bytes, after, diff }];
}

function textEdit(file: string, text: string, change: ListChange, name: string): TextEdit {
  try {
    return editText(file, text, change);
  } catch (error) {
    throw error instanceof NotEditable ? notEditable(name) : error;
  }
}

function notEditable(where: string): EditError {
  return new EditError('not_editable', [
    `${where}: its connections are written in a way that can't be changed piece by piece; change the file by hand`,
  ]);
}

function byConnection({ report, sources }: Reading): ReadonlyMap<string, readonly string[]> {
  const values = new Map(sources.map(({ file, value }) => [file, listOf(mappingOf(value)['connections'])]));
  const byId = new Map<string, string[]>();
  for (const placed of report.placedMistakes()) {
    const id = idOf(placed, values);
    if (id !== null) byId.set(id, [...(byId.get(id) ?? []), placed.text]);
  }
  return byId;
}

function idOf({ file, path }: Placed, values: ReadonlyMap<string, readonly unknown[]>): string | null {
  const [section, index] = path;
  if (section !== 'connections' || typeof index !== 'number') return null;
  const { id } = mappingOf(values.get(file)?.[index]);
  return typeof id === 'string' ? id : null;
}

/** The text was changed by places and not by meaning: here its meaning has the last word. */
function seeThatItIsAsMeant(before: Reading, after: Reading, { files }: Allotted): void {
  for (const [source, change] of files) {
    const result = after.sources.find(({ file }) => file === source.file);
    if (result !== undefined && isDeepStrictEqual(withConnections(result.value), expected(source, change)))
      continue;
    throw notEditable(before.report.where(source, ['connections']));
  }
}

function expected({ value }: Source, { removed, changed, added }: ListChange): unknown {
  const kept = listOf(mappingOf(value)['connections']).flatMap((item, index) =>
    removed.has(index) ? [] : [withSettings(item, changed.get(index) ?? {})],
  );
  return { ...mappingOf(value), connections: [...kept, ...added] };
}

function withSettings(item: unknown, settings: Readonly<Record<string, unknown>>): unknown {
  const merged = { ...mappingOf(item), ...settings };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
}

/** Without the key there are no connections either. */
function withConnections(value: unknown): unknown {
  return { connections: [], ...mappingOf(value) };
}
