import { isConfirmed } from '../../domain/state.ts';
import type { ConnectionPage, ConnectionRow } from '../data.ts';
import { type Filters, isFiltering, lastPage, PAGE_SIZE, type SortKey } from '../filters.ts';
import { stateBadge } from '../icons.ts';
import { breakable, h, type Markup, type MarkupElement } from '../markup.ts';
import { timeElement } from '../times.ts';
import { number } from './headline.ts';

interface Column {
  readonly title: string;
  readonly sort: SortKey | null;
  readonly cell: (row: ConnectionRow, now: number) => readonly Markup[];
}

const COLUMNS: readonly Column[] = [
  { title: 'State', sort: 'state', cell: stateOf },
  { title: 'Tenant', sort: 'tenant', cell: ({ tenant }) => [h('span', { class: 'tenant' }, tenant)] },
  { title: 'Connection', sort: 'id', cell: (row) => [detailsLink(row.id), labelsOf(row)] },
  { title: 'Since', sort: 'since', cell: ({ since }, now) => [timeElement(since, now, 'not known')] },
  { title: 'Last check', sort: 'lastCheckAt', cell: lastCheck },
  {
    title: 'Last success',
    sort: 'lastSuccessAt',
    cell: ({ lastSuccessAt }, now) => [timeElement(lastSuccessAt, now)],
  },
  { title: 'Expires', sort: 'secretExpiresAt', cell: (row, now) => [expiryOf(row, now)] },
  {
    title: 'Gateway',
    sort: 'gateway',
    cell: ({ gateway }) => [h('span', { class: 'gateway', title: gateway }, breakable(shortHost(gateway)))],
  },
];

/**
 * An application that may no longer do what it is for is marked, though its keys are healthy. Of a disabled one it is not
 * known what it may do now.
 */
export function stateOf({
  state,
  permission,
}: Pick<ConnectionRow, 'state' | 'permission'>): readonly Markup[] {
  if (permission !== 'denied' || state === 'disabled') return [stateBadge(state)];
  return [stateBadge(state), ' ', h('span', { class: 'near' }, 'permission denied')];
}

/** The roles are said because a narrow screen shows rows as cards, which would take them away. */
export function headView({ sort, descending }: Pick<Filters, 'sort' | 'descending'>): readonly Markup[] {
  const cells = COLUMNS.map(({ title, sort: key }) => {
    const sorted = key === sort ? (descending ? 'descending' : 'ascending') : 'none';
    return h(
      'th',
      { scope: 'col', role: 'columnheader', 'aria-sort': sorted },
      h(
        'button',
        { type: 'button', class: 'sort', 'data-action': 'sort', 'data-value': key },
        title,
        h('span', { class: 'sort-mark', 'aria-hidden': 'true' }, MARKS[sorted]),
      ),
    );
  });
  return [h('tr', { role: 'row' }, cells)];
}

const MARKS = { ascending: '▲', descending: '▼', none: '' } as const;

export function rowsView({ connections }: ConnectionPage, now: number): readonly Markup[] {
  return connections.map((row) =>
    h(
      'tr',
      { key: row.id, role: 'row', class: `row tone-${row.state}` },
      COLUMNS.map(({ title, cell }) => h('td', { role: 'cell', 'data-title': title }, cell(row, now))),
    ),
  );
}

/** Said in place of rows where there are none. */
export function emptyView({ total }: ConnectionPage, filters: Filters): readonly Markup[] {
  if (total > 0) return [];
  return isFiltering(filters)
    ? [h('p', {}, 'No connection fits this filter.')]
    : [h('p', {}, 'No connection is configured yet: add one to the config file, then it appears here.')];
}

export function pagerView(
  { total, connections }: ConnectionPage,
  { page }: Pick<Filters, 'page'>,
): readonly Markup[] {
  if (total <= PAGE_SIZE && page === 0) return [];
  const last = lastPage(total);
  const start = page * PAGE_SIZE;
  const shown =
    connections.length === 0 ? 'none' : `${number(start + 1)}–${number(start + connections.length)}`;
  return [
    turn('« First', 0, page > 0),
    turn('‹ Previous', page - 1, page > 0),
    h('span', { class: 'pager-where' }, `${shown} of ${number(total)}`),
    turn('Next ›', page + 1, page < last),
    turn('Last »', last, page < last),
  ];
}

function turn(text: string, page: number, possible: boolean): MarkupElement {
  return h(
    'button',
    {
      key: text,
      type: 'button',
      class: 'plain',
      'data-action': 'page',
      'data-value': page,
      disabled: !possible,
    },
    text,
  );
}

/** Opens the details; a link, so that it can be copied and opened elsewhere. */
export function detailsLink(id: string): MarkupElement {
  const hash = new URLSearchParams({ connection: id }).toString();
  return h('a', { class: 'id', href: `#${hash}`, 'data-action': 'details', 'data-value': id }, id);
}

export function hostOf(gateway: string): string {
  return gateway.replace(/^https?:\/\//, '');
}

/** What tells Mimecast's own gateways apart. */
function shortHost(gateway: string): string {
  return hostOf(gateway).replace(/\.services\.mimecast\.com$/, '');
}

function labelsOf({ labels }: ConnectionRow): MarkupElement | string {
  const pairs = Object.entries(labels);
  if (pairs.length === 0) return '';
  return h(
    'span',
    { class: 'labels' },
    pairs.map(([name, value]) => {
      const pair = `${name}=${value}`;
      return h(
        'button',
        {
          key: pair,
          type: 'button',
          class: 'label',
          'data-action': 'label',
          'data-value': pair,
          title: 'Show only these',
        },
        pair,
      );
    }),
  );
}

function lastCheck({ lastCheckAt, lastVerdict, state, consecutiveRejections }: ConnectionRow, now: number) {
  const counted = state === 'suspect' ? `, ${consecutiveRejections} in a row` : '';
  const verdict =
    lastVerdict === null ? '' : h('code', { class: 'verdict' }, breakable(lastVerdict), counted);
  return [timeElement(lastCheckAt, now), ' ', verdict];
}

/** Of keys that are refused already it matters no more how near it is, nor of those that the date is not about. */
export function expiryOf(
  { secretExpiresAt, state, expiryOutdated }: ConnectionRow,
  now: number,
): MarkupElement {
  if (secretExpiresAt === null) return h('span', { class: 'quiet' }, 'not declared');
  const days = (Date.parse(secretExpiresAt) - now) / 86_400_000;
  const near = !expiryOutdated && !isConfirmed(state) && days < 30;
  const shade = near ? (days < 7 ? 'near critical' : 'near') : null;
  const outdated = expiryOutdated ? ', the date of the previous secret' : '';
  return h('span', { class: shade }, timeElement(secretExpiresAt, now), outdated);
}
