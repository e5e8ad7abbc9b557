import type { Config } from '../config/config.ts';
import { readConfig } from '../config/load.ts';
import { listOf, mappingOf } from '../config/plain-value.ts';
import { createLookUp } from '../config/secrets/resolve.ts';
import type { Source } from '../config/source.ts';
import type { Connection } from '../domain/connection.ts';
import type { Secret } from '../domain/secret.ts';
import { certaintyOf } from '../domain/verdict.ts';
import {
  type Change,
  EditError,
  type EditOptions,
  type Entry,
  editConfig,
  type Preview,
  previewEdit,
  type Settings,
} from '../edit/edit-config.ts';
import { wholeConfig } from '../edit/whole-config.ts';
import type { NamedRow } from '../import/rows.ts';
import { type Sorted, sortRows } from '../import/sort.ts';
import type { FleetRun } from './check-fleet.ts';
import { answerInShort } from './remedy.ts';

/** What became of a row, or would become of it. */
export const FATES = ['added', 'changed', 'unchanged', 'differs', 'wrong', 'refused', 'unanswered'] as const;
export type Fate = (typeof FATES)[number];

export interface RowFate {
  readonly line: number;
  readonly id: string;
  readonly fate: Fate;
  /** What is to be said about it, if anything. Never holds a secret. */
  readonly notes: readonly string[];
}

export interface ImportOrder {
  readonly path: string;
  readonly rows: readonly NamedRow[];
  /** Connections that are registered and differ are changed, too. */
  readonly update: boolean;
  readonly dryRun: boolean;
  /** The file of the config that gets new connections; the main one when undefined. */
  readonly into: string | undefined;
}

export interface ImportPorts {
  readonly edit: EditOptions;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Asks the gateways about keys; null when nobody is to be asked. */
  readonly tryKeys: ((connections: readonly Connection[], config: Config) => Promise<FleetRun>) | null;
}

/**
 * Brings the rows into the config, in one write: the good ones are not held up by the others. Null when it was
 * interrupted before that: nothing is written then.
 *
 * @throws EditError when the config itself is wrong or can't be written
 */
export async function runImport(order: ImportOrder, ports: ImportPorts): Promise<readonly RowFate[] | null> {
  const sorted = await sortAgainst(order, ports);
  const fates = new Map<string, RowFate>();
  const settle = ({ line, id }: NamedRow, fate: Fate, notes: readonly string[] = []) =>
    fates.set(id, { line, id, fate, notes });
  const wanted: Sorted[] = [];
  for (const one of sorted) {
    if (one.kind === 'same') settle(one.row, 'unchanged');
    else if (one.kind === 'other' && !order.update)
      settle(one.row, 'differs', [`registered otherwise: ${one.keys.join(', ')}`]);
    else wanted.push(one);
  }
  const { preview, good } = await withoutWrong(wanted, order, ports, ({ row }, notes) =>
    settle(row, 'wrong', notes),
  );
  const proved = await prove(good, preview, ports, ({ row }, fate, note) => settle(row, fate, [note]));
  if (proved === null) return null;
  if (proved.length > 0 && !order.dryRun) await editConfig(order.path, changeOf(proved, order), ports.edit);
  for (const { row, kind } of proved) settle(row, kind === 'new' ? 'added' : 'changed');
  return order.rows.flatMap(({ id }) => fates.get(id) ?? []);
}

async function sortAgainst({ path, rows }: ImportOrder, ports: ImportPorts): Promise<readonly Sorted[]> {
  const reading = await readConfig(path, ports.edit);
  const items = itemsById(reading.sources);
  const connections = new Map(
    wholeConfig(reading).connections.map((connection) => [connection.id, connection]),
  );
  const lookUp = createLookUp(ports.env);
  return sortRows(rows, {
    registered: (id) => items.get(id),
    secretOf: async (id) => {
      const reference = connections.get(id)?.clientSecret;
      // A source that fails is no reason to stop: the row then says otherwise than what is known.
      return reference === undefined
        ? null
        : lookUp(reference).then(
            ({ secret }) => secret,
            () => null,
          );
    },
  });
}

function itemsById(sources: readonly Source[]): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
  const items = sources.flatMap(({ value }) => listOf(mappingOf(value)['connections']).map(mappingOf));
  return new Map(items.map((item) => [String(item['id']), item]));
}

/** Leaves out the rows that would make the config wrong, until what remains would not. */
async function withoutWrong(
  wanted: readonly Sorted[],
  order: ImportOrder,
  ports: ImportPorts,
  wrong: (one: Sorted, notes: readonly string[]) => void,
): Promise<{ readonly preview: Preview; readonly good: readonly Sorted[] }> {
  let good = wanted;
  for (;;) {
    try {
      return { preview: await previewEdit(order.path, changeOf(good, order), ports.edit), good };
    } catch (error) {
      if (!(error instanceof EditError)) throw error;
      const found = good.filter(({ row }) => error.byId.has(row.id));
      if (found.length === 0) throw error;
      for (const one of found) wrong(one, (error.byId.get(one.row.id) ?? []).map(withoutPlace));
      good = good.filter((one) => !found.includes(one));
    }
  }
}

/** The place in a text that was never written helps nobody: `connections[7].interval: …` of it remains as `interval: …`. */
function withoutPlace(issue: string): string {
  return issue.replace(/^.*?: connections\[\d+\](?:\.|: )/, '');
}

/** Asks about the keys that are new here. What is not proved good is left out; null when it was interrupted. */
async function prove(
  good: readonly Sorted[],
  { after }: Preview,
  { tryKeys }: ImportPorts,
  leaveOut: (one: Sorted, fate: Fate, note: string) => void,
): Promise<readonly Sorted[] | null> {
  if (tryKeys === null) return good;
  const asked = new Map(good.filter(hasNewKeys).map((one) => [one.row.id, one]));
  const connections = after.connections.flatMap((connection) => {
    const one = asked.get(connection.id);
    return one === undefined || !connection.enabled ? [] : [withSecret(connection, one.row.secret)];
  });
  const run = await tryKeys(connections, after);
  if (run.checked.size < run.total) return null;
  const failed = new Set<Sorted>();
  for (const { connection, result } of run.checked.values()) {
    const one = asked.get(connection.id);
    const certainty = certaintyOf(result.verdict);
    if (one === undefined || certainty === 'valid') continue;
    failed.add(one);
    const note = `${result.verdict} (${answerInShort(result)})`;
    leaveOut(one, certainty === 'invalid' ? 'refused' : 'unanswered', note);
  }
  return good.filter((one) => !failed.has(one));
}

const KEYS = ['clientId', 'clientSecret', 'region', 'baseUrl', 'enabled'];

function hasNewKeys(one: Sorted): boolean {
  return one.kind === 'new' || (one.kind === 'other' && one.keys.some((key) => KEYS.includes(key)));
}

/** Its file is not there yet. */
function withSecret(connection: Connection, secret: Secret | null): Connection {
  return secret === null ? connection : { ...connection, clientSecret: { kind: 'literal', value: secret } };
}

function changeOf(rows: readonly Sorted[], { into }: ImportOrder): Change {
  const secretOf = ({ secret }: NamedRow) => (secret === null ? {} : { secret });
  const file = into === undefined ? {} : { file: into };
  return {
    add: rows.flatMap(({ kind, row }) =>
      kind === 'new' ? [{ entry: row.item as Entry, ...secretOf(row), ...file }] : [],
    ),
    update: rows.flatMap((one) =>
      one.kind === 'other'
        ? [{ id: one.row.id, settings: settingsOf(one.row, one.keys), ...secretOf(one.row) }]
        : [],
    ),
  };
}

function settingsOf({ item }: NamedRow, keys: readonly string[]): Settings {
  return Object.fromEntries(
    keys.filter((key) => Object.hasOwn(item, key)).map((key) => [key, item[key]]),
  ) as Settings;
}
