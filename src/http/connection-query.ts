import type { Connection } from '../domain/connection.ts';
import { STATES, type State } from '../domain/state.ts';
import type { SeenConnection } from '../metrics/snapshot.ts';
import { SORT_KEYS, type SortKey } from '../page/filters.ts';
import { alike, type Named } from './alike.ts';
import { ProblemError } from './problem.ts';
import { oneOf, type Query, valuesOf } from './query.ts';
import { compareWorstFirst, rankOf } from './worst-first.ts';

export interface ConnectionFilter {
  /** No state lets all through. */
  readonly states: readonly State[];
  /** Each set is a wish of its own: a connection fits that has one of its names. */
  readonly tenants: readonly ReadonlySet<string>[];
  /** Likewise, by `name=value`. */
  readonly labels: readonly ReadonlySet<string>[];
  /** Words, each of which must occur in id, tenant, gateway or a label's value. */
  readonly words: readonly string[];
}

export interface PageQuery {
  readonly sort: SortKey;
  readonly descending: boolean;
  readonly offset: number;
  readonly limit: number;
}

const USUAL_LIMIT = 100;
const MOST = 1_000;

export const NO_FILTER: ConnectionFilter = { states: [], tenants: [], labels: [], words: [] };

/** `connections` are those whose names may be meant by a part of them. */
export function readFilter(query: Query, connections: readonly Connection[]): ConnectionFilter {
  const likeOf = (parameter: string, named: Named) =>
    valuesOf(query, parameter).map((text) => new Set(alike(connections, named, text)));
  const tenants = valuesOf(query, 'tenant');
  return {
    states: valuesOf(query, 'state').map((text) => oneOf('state', text, STATES)),
    tenants: [...(tenants.length === 0 ? [] : [new Set(tenants)]), ...likeOf('tenantLike', 'tenants')],
    labels: [
      ...valuesOf(query, 'label').map((text) => new Set([label(text)])),
      ...likeOf('labelLike', 'labels'),
    ],
    words: valuesOf(query, 'q').flatMap((text) => text.toLowerCase().split(/\s+/).filter(Boolean)),
  };
}

/** Null where nobody asked for a page: then all are meant. */
export function readPageQuery(query: Query): PageQuery | null {
  const [sort, offset, limit] = ['sort', 'offset', 'limit'].map((name) => valuesOf(query, name)[0]);
  if (sort === undefined && offset === undefined && limit === undefined) return null;
  const descending = sort?.startsWith('-') ?? false;
  return {
    sort: sort === undefined ? 'state' : oneOf('sort', descending ? sort.slice(1) : sort, SORT_KEYS),
    descending,
    offset: offset === undefined ? 0 : wholeNumber('offset', offset, 0, 999_999_999),
    limit: readLimit(query) ?? USUAL_LIMIT,
  };
}

/** Null where none is given. */
export function readLimit(query: Query): number | null {
  const [text] = valuesOf(query, 'limit');
  return text === undefined ? null : wholeNumber('limit', text, 1, MOST);
}

export function fitsFilter(
  filter: ConnectionFilter,
): (row: Pick<SeenConnection, 'connection' | 'state'>) => boolean {
  const { states, tenants, labels, words } = filter;
  return ({ connection, state }) =>
    (states.length === 0 || states.includes(state)) &&
    tenants.every((names) => names.has(connection.tenant)) &&
    labels.every((pairs) => hasLabel(connection, pairs)) &&
    words.every((word) => searched(connection).includes(word));
}

/** What a row is sorted by: the wanted value, then worst first. */
export interface SortedBy {
  readonly value: string | number | null;
  readonly state: State;
  readonly tenant: string;
  readonly id: string;
}

export function sortedBy({ sort }: PageQuery): (row: SeenConnection) => SortedBy {
  const read = VALUES[sort];
  return (row) => {
    const { id, tenant } = row.connection;
    return { value: read(row), state: row.state, tenant, id };
  };
}

/** Those without a value come last in either direction. */
export function comparing({ descending }: PageQuery): (a: SortedBy, b: SortedBy) => number {
  const sign = descending ? -1 : 1;
  return (a, b) => {
    const [left, right] = [a.value, b.value];
    if (left === right) return compareWorstFirst(a, b);
    if (left === null) return 1;
    if (right === null) return -1;
    return sign * (left < right ? -1 : 1);
  };
}

const VALUES: Readonly<Record<SortKey, (row: SeenConnection) => string | number | null>> = {
  state: ({ state }) => rankOf(state),
  tenant: ({ connection }) => connection.tenant.toLowerCase(),
  id: ({ connection }) => connection.id,
  gateway: ({ connection }) => connection.gateway,
  since: ({ summary }) => summary?.since ?? null,
  lastCheckAt: ({ summary }) => summary?.lastCheckAt ?? null,
  lastSuccessAt: ({ summary }) => summary?.lastSuccessAt ?? null,
  secretExpiresAt: ({ connection }) => connection.secretExpiresAt,
};

function label(text: string): string {
  if (text.includes('=')) return text;
  throw new ProblemError(400, 'The parameter label takes name=value, such as tier=gold.');
}

function hasLabel({ labels }: Connection, pairs: ReadonlySet<string>): boolean {
  return Object.entries(labels).some(([name, value]) => pairs.has(`${name}=${value}`));
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new ProblemError(400, `The parameter ${name} takes a whole number from ${least} to ${most}.`);
}

const texts = new WeakMap<Connection, string>();

/** Made once for each connection of a config: somebody who types asks again with each letter. */
function searched(connection: Connection): string {
  const known = texts.get(connection);
  if (known !== undefined) return known;
  const { id, tenant, gateway, labels } = connection;
  const text = [id, tenant, gateway, ...Object.values(labels)].join('\n').toLowerCase();
  texts.set(connection, text);
  return text;
}
