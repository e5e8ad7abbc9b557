import { isDeepStrictEqual } from 'node:util';
import { literalMistake } from '../config/build-reference.ts';
import { isMapping, mappingOf } from '../config/plain-value.ts';
import { CONNECTION_ID } from '../config/schema-connection.ts';
import { Secret } from '../domain/secret.ts';
import { mayBeShown } from '../domain/shown-name.ts';
import type { ImportProblem, ImportRow, ImportTable } from './table.ts';

/** A row with a name of its own in the file. */
export interface NamedRow {
  readonly line: number;
  readonly id: string;
  /** The connection without a secret that stands in the row itself. */
  readonly item: Readonly<Record<string, unknown>>;
  /** That secret. */
  readonly secret: Secret | null;
}

export interface NamedRows {
  readonly rows: readonly NamedRow[];
  readonly problems: readonly ImportProblem[];
}

/** Takes the secrets out of the rows, and leaves out those rows that can't be told from others. */
export function nameRows({ rows, problems: found }: ImportTable): NamedRows {
  const problems = [...found];
  const lines = new Map<string, number>();
  const named: NamedRow[] = [];
  for (const row of rows) {
    const { line } = row;
    const result = nameRow(row);
    if (typeof result === 'string') {
      problems.push({ line, message: result });
      continue;
    }
    const first = lines.get(result.id);
    if (first === undefined) {
      lines.set(result.id, line);
      named.push(result);
    } else
      problems.push({
        line,
        message: `id: ${shownId(result.id)} stands in line ${first} already; keep one of the two`,
      });
  }
  return { rows: named, problems: problems.toSorted((a, b) => a.line - b.line) };
}

/** In a row that lacks a cell another value stands in the place of the id. */
function shownId(id: string): string {
  return CONNECTION_ID.test(id) && mayBeShown(id) ? id : 'this one';
}

function nameRow({ line, item }: ImportRow): NamedRow | string {
  const { clientSecret, ...rest } = item;
  const { id } = item;
  if (id === undefined) return 'id: is missing; write a short name for the connection';
  if (typeof id !== 'string') return 'id: must be a text; put it in quotes';
  if (typeof clientSecret !== 'string') return { line, id, item, secret: null };
  const mistake = literalMistake(clientSecret);
  return mistake === null
    ? { line, id, item: rest, secret: new Secret(clientSecret) }
    : `clientSecret: ${mistake}`;
}

/**
 * The row with the labels that are registered and of which it says nothing: a table without a column for a label means
 * to take it away as little as one with an empty cell.
 */
export function withKnownLabels(row: NamedRow, registered: Readonly<Record<string, unknown>>): NamedRow {
  const { labels } = row.item;
  if (!isMapping(labels)) return row;
  return { ...row, item: { ...row.item, labels: { ...mappingOf(registered['labels']), ...labels } } };
}

/** The keys of a connection as it is registered that a row says otherwise, its secret aside. */
export function differingKeys(
  { item }: NamedRow,
  registered: Readonly<Record<string, unknown>>,
): readonly string[] {
  return Object.keys(item).filter((key) => !isDeepStrictEqual(item[key], registered[key]));
}
