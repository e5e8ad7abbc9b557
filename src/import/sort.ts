import type { Secret } from '../domain/secret.ts';
import { differingKeys, type NamedRow, withKnownLabels } from './rows.ts';

/** What is to be done with a row, before anybody was asked about its keys. */
export type Sorted =
  | { readonly kind: 'new'; readonly row: NamedRow }
  /** Registered, and nothing about it is said otherwise. */
  | { readonly kind: 'same'; readonly row: NamedRow }
  | { readonly kind: 'other'; readonly row: NamedRow; readonly keys: readonly string[] };

export interface SortPorts {
  /** A connection as it stands in the config; undefined when it is not registered. */
  readonly registered: (id: string) => Readonly<Record<string, unknown>> | undefined;
  /** The secret that a registered connection uses; null when it can't be read. */
  readonly secretOf: (id: string) => Promise<Secret | null>;
}

/** Compares each row with what is registered under its id, so that the same file may be imported again and again. */
export function sortRows(rows: readonly NamedRow[], ports: SortPorts): Promise<readonly Sorted[]> {
  return Promise.all(rows.map((row) => sortRow(row, ports)));
}

async function sortRow(given: NamedRow, { registered, secretOf }: SortPorts): Promise<Sorted> {
  const item = registered(given.id);
  if (item === undefined) return { kind: 'new', row: given };
  const row = withKnownLabels(given, item);
  const keys = [...differingKeys(row, item)];
  if (row.secret !== null && (await secretOf(row.id))?.reveal() !== row.secret.reveal())
    keys.push('clientSecret');
  return keys.length === 0 ? { kind: 'same', row } : { kind: 'other', row, keys };
}
