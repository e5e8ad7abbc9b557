import { mappingOf } from '../config/plain-value.ts';
import { nearest } from '../domain/nearest.ts';
import { mayBeShown } from '../domain/shown-name.ts';

/** How one column and a key of a connection stand for one another. */
interface Column {
  readonly key: string;
  /** What a cell says; its text is never empty. */
  readonly value: (text: string) => unknown;
  /** The cell that says a value; null when another column does. */
  readonly cell: (value: unknown) => string | null;
}

/** The columns of a CSV file by their documented names; `label.NAME` is one more for each label. */
const COLUMNS: Readonly<Record<string, Column>> = {
  id: text('id'),
  tenant: text('tenant'),
  region: text('region'),
  baseUrl: text('baseUrl'),
  clientId: text('clientId'),
  clientIdEnv: reference('clientId', 'env'),
  clientIdFile: reference('clientId', 'file'),
  clientIdExec: reference('clientId', 'exec'),
  clientSecret: text('clientSecret'),
  clientSecretEnv: reference('clientSecret', 'env'),
  clientSecretFile: reference('clientSecret', 'file'),
  clientSecretExec: reference('clientSecret', 'exec'),
  interval: text('interval'),
  timeout: text('timeout'),
  confirmations: { key: 'confirmations', value: wholeNumber, cell: asWritten },
  secretExpiresAt: text('secretExpiresAt'),
  secretIssuedAt: text('secretIssuedAt'),
  secretMaxAge: text('secretMaxAge'),
  channels: {
    key: 'channels',
    value: (cell) => cell.split(/[;\s]+/).filter((name) => name !== ''),
    cell: (value) => (Array.isArray(value) ? value.join(';') : null),
  },
  enabled: { key: 'enabled', value: yesOrNo, cell: asWritten },
  probe: { key: 'probe', value: json, cell: (value) => JSON.stringify(value) },
};

function text(key: string): Column {
  return { key, value: (cell) => cell, cell: (value) => (typeof value === 'string' ? value : null) };
}

/** A command is written as a JSON list, for only that tells where one argument ends. */
function reference(key: string, kind: 'env' | 'file' | 'exec'): Column {
  return {
    key,
    value: (cell) => ({ [kind]: kind === 'exec' ? json(cell) : cell }),
    cell: (value) => {
      const named = mappingOf(value)[kind];
      if (named === undefined) return null;
      return typeof named === 'string' ? named : JSON.stringify(named);
    },
  };
}

export const COLUMN_NAMES: readonly string[] = Object.keys(COLUMNS);

const LABEL = /^label\.(.+)$/i;

/** A column of the file at hand, or what is wrong with its heading. */
export type Heading =
  | { readonly kind: 'column'; readonly name: string; readonly column: Column }
  | { readonly kind: 'label'; readonly name: string; readonly label: string }
  | { readonly kind: 'unknown'; readonly message: string };

/** `Client ID`, `client_id` and `clientId` are the same heading: spreadsheets are written by people. */
export function headingOf(cell: string): Heading {
  const label = LABEL.exec(cell.trim())?.[1];
  if (label !== undefined) return { kind: 'label', name: `label.${label}`, label };
  const wanted = plain(cell);
  const name = COLUMN_NAMES.find((known) => plain(known) === wanted);
  const column = name === undefined ? undefined : COLUMNS[name];
  if (name !== undefined && column !== undefined) return { kind: 'column', name, column };
  if (wanted === '') return { kind: 'unknown', message: 'a column has no heading; give it one or delete it' };
  const meant = nearest(cell.trim(), COLUMN_NAMES);
  const advice =
    meant === null ? `known are ${COLUMN_NAMES.join(', ')}, label.NAME` : `did you mean ${meant}?`;
  return { kind: 'unknown', message: `the column ${quoted(cell)} is not known; ${advice}` };
}

/** Adds what one cell says to a connection; an empty cell says nothing. */
export function fill(item: Record<string, unknown>, heading: Heading, cell: string): string | null {
  if (cell === '' || heading.kind === 'unknown') return null;
  if (heading.kind === 'label') {
    item['labels'] = { ...(item['labels'] as object | undefined), [heading.label]: cell };
    return null;
  }
  const { key, value } = heading.column;
  if (Object.hasOwn(item, key))
    return `${heading.name}: ${key} is given in another column, too; keep one of them`;
  item[key] = value(cell);
  return null;
}

function plain(heading: string): string {
  return heading.toLowerCase().replaceAll(/[\s_-]/g, '');
}

/** A heading is no secret, but where the headings are missing it is a cell of the first row. */
function quoted(heading: string): string {
  const shown = heading.trim();
  return /^[A-Za-z][\w .-]{0,30}$/.test(shown) && mayBeShown(shown) ? `"${shown}"` : '(not shown)';
}

/** What is no number stays a text, which the schema then refuses with the words for it. */
function wholeNumber(cell: string): unknown {
  return /^\d{1,9}$/.test(cell) ? Number(cell) : cell;
}

function yesOrNo(cell: string): unknown {
  const word = cell.toLowerCase();
  if (word === 'true' || word === 'yes') return true;
  return word === 'false' || word === 'no' ? false : cell;
}

/** What is no JSON stays a text, which the schema then refuses with the words for what belongs there. */
function json(cell: string): unknown {
  try {
    return JSON.parse(cell) as unknown;
  } catch {
    return cell;
  }
}

function asWritten(value: unknown): string {
  return String(value);
}

/** The cells of a connection by the names of their columns. */
export function cellsOf(item: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  const cells = new Map<string, string>();
  for (const [name, { key, cell }] of Object.entries(COLUMNS)) {
    const value = item[key];
    const shown = value === undefined ? null : cell(value);
    if (shown !== null) cells.set(name, shown);
  }
  for (const [label, value] of Object.entries(mappingOf(item['labels'])))
    cells.set(`label.${label}`, String(value));
  return cells;
}
