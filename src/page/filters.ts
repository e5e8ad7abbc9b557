import { STATES, type State } from '../domain/state.ts';

/** The columns of the table, by the names that the API sorts by; `state` is worst first. */
export const SORT_KEYS = [
  'state',
  'tenant',
  'id',
  'gateway',
  'since',
  'lastCheckAt',
  'lastSuccessAt',
  'secretExpiresAt',
] as const;
export type SortKey = (typeof SORT_KEYS)[number];

/** What the reader wants to see; the part of the address after `#`, so that it can be sent to somebody. */
export interface Filters {
  readonly q: string;
  readonly states: readonly State[];
  /** The name of a tenant, or a part of one, in whatever case. */
  readonly tenant: string;
  /** `name=value`, or a part of that, likewise. */
  readonly label: string;
  readonly sort: SortKey;
  readonly descending: boolean;
  /** From 0. */
  readonly page: number;
  /** Whose details are open. */
  readonly connection: string | null;
}

export const NO_FILTERS: Filters = {
  q: '',
  states: [],
  tenant: '',
  label: '',
  sort: 'state',
  descending: false,
  page: 0,
  connection: null,
};

export const PAGE_SIZE = 50;

/** Whatever is not understood is left out: an address may come from anywhere. */
export function readHash(hash: string): Filters {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const sort = given.get('sort') ?? '';
  const key = SORT_KEYS.find((one) => one === sort.replace(/^-/, ''));
  const page = Number(given.get('page') ?? '1');
  return {
    q: given.get('q') ?? '',
    states: STATES.filter((state) => given.getAll('state').includes(state)),
    tenant: given.get('tenant') ?? '',
    label: given.get('label') ?? '',
    sort: key ?? NO_FILTERS.sort,
    descending: key !== undefined && sort.startsWith('-'),
    page: Number.isSafeInteger(page) && page > 0 ? page - 1 : 0,
    connection: given.get('connection'),
  };
}

export function writeHash(filters: Filters): string {
  const { q, states, tenant, label, page, connection } = filters;
  const written = new URLSearchParams(states.map((state): [string, string] => ['state', state]));
  if (q !== '') written.set('q', q);
  if (tenant !== '') written.set('tenant', tenant);
  if (label !== '') written.set('label', label);
  if (sortText(filters) !== NO_FILTERS.sort) written.set('sort', sortText(filters));
  if (page > 0) written.set('page', String(page + 1));
  if (connection !== null) written.set('connection', connection);
  const text = written.toString();
  return text === '' ? '' : `#${text}`;
}

/** The query of the API that answers with the wanted rows. */
export function apiQuery(filters: Filters): string {
  const { q, states, tenant, label, page } = filters;
  const query = new URLSearchParams(states.map((state): [string, string] => ['state', state]));
  const like = { q, tenantLike: tenant, labelLike: label };
  for (const [name, text] of Object.entries(like)) if (text.trim() !== '') query.set(name, text.trim());
  query.set('sort', sortText(filters));
  query.set('offset', String(page * PAGE_SIZE));
  query.set('limit', String(PAGE_SIZE));
  return query.toString();
}

/** The same, on the last page where there are no rows so far on: a link may be older than the fleet. */
export function withinPages(filters: Filters, total: number): Filters {
  const last = lastPage(total);
  return filters.page > last ? { ...filters, page: last } : filters;
}

/** From 0, as pages are counted; 0 also where there are no rows. */
export function lastPage(total: number): number {
  return Math.max(0, Math.ceil(total / PAGE_SIZE) - 1);
}

export function isFiltering({ q, states, tenant, label }: Filters): boolean {
  return states.length > 0 || [q, tenant, label].some((text) => text.trim() !== '');
}

/** A second click on a column turns its order round. */
export function sortedBy(filters: Filters, key: SortKey): Filters {
  const descending = filters.sort === key ? !filters.descending : NEWEST_FIRST.includes(key);
  return { ...filters, sort: key, descending, page: 0 };
}

const NEWEST_FIRST: readonly SortKey[] = ['since', 'lastCheckAt', 'lastSuccessAt'];

function sortText({ sort, descending }: Filters): string {
  return descending ? `-${sort}` : sort;
}
