import { withCommas } from '../domain/counted.ts';
import { formatDuration, roughDuration } from '../domain/duration.ts';
import { type Column, type Paint, printable, renderTable } from './table.ts';
import type { DeclaredExpiry, Expiries } from './validate-expiries.ts';
import type { ValueSource } from './validate-sources.ts';
import type { GatewayLoad, Summary } from './validate-summary.ts';
import { TOLD_COLUMNS, toldRow, toldRows } from './validate-told-text.ts';

/** A table shows so many rows; `--json` has them all. */
const MOST_ROWS = 10;

/** What would be checked, from where secrets come, who would be told and what expires, for people. */
export function summaryText(summary: Summary, path: string, paint: Paint): string {
  const { connections, disabled, tenants, gateways, sources, channels, told } = summary;
  const monitor = [toldRow('the monitor itself', summary.toldOfMonitor)];
  const off = disabled === 0 ? '' : `, ${withCommas(disabled)} disabled`;
  const head = `${printable(path)}: ${count(connections, 'connection')} of ${count(tenants, 'tenant')}${off}\n`;
  const parts = [
    head,
    ...(gateways.length === 0 ? [] : [table(gateways, GATEWAY_COLUMNS, paint)]),
    ...(sources.length === 0 ? [] : [table(sources, SOURCE_COLUMNS, paint)]),
    ...(channels.length === 0 ? [] : [table(toldRows(told), TOLD_COLUMNS, paint, monitor)]),
    ...(gateways.length === 0 ? [] : [expiryText(summary, paint)]),
  ];
  return `${parts.join('\n')}\n`;
}

const GATEWAY_COLUMNS: readonly Column<GatewayLoad>[] = [
  { title: 'CHECKED AT', cell: ({ gateway }) => gateway },
  { title: 'CONNECTIONS', cell: ({ connections }) => withCommas(connections), align: 'right' },
  { title: 'EVERY', cell: intervalText },
  {
    title: 'RATE',
    cell: ({ checksPerSecond }) => rateText(checksPerSecond),
    tone: ({ checksPerSecond, maxPerSecond }) => (checksPerSecond > maxPerSecond ? 'bad' : null),
  },
  { title: 'AT MOST', cell: ({ maxPerSecond }) => rateText(maxPerSecond) },
];

function intervalText({ intervals }: GatewayLoad): string {
  const [only] = intervals;
  if (intervals.length === 1 && only !== undefined) return only.interval;
  const shown = intervals
    .slice(0, 3)
    .map(({ interval, connections }) => `${interval} (${withCommas(connections)})`);
  return [...shown, ...(intervals.length > 3 ? ['…'] : [])].join(', ');
}

const SPANS = [
  ['s', 1],
  ['min', 60],
  ['h', 3_600],
  ['d', 86_400],
] as const;

/** Checks in the shortest span of time that has one. */
function rateText(perSecond: number): string {
  const [unit, seconds] = SPANS.find(([, seconds]) => perSecond * seconds > 0.99) ?? ['d', 86_400];
  return `${withCommas(Number((perSecond * seconds).toPrecision(3)))}/${unit}`;
}

const SOURCE_COLUMNS: readonly Column<ValueSource>[] = [
  { title: 'VALUES FROM', cell: ({ source }) => source },
  {
    title: 'FOR',
    cell: ({ references, first }) =>
      references === 1 ? first : `${first} and ${withCommas(references - 1)} more`,
  },
];

const EXPIRY_COLUMNS: readonly Column<DeclaredExpiry>[] = [
  {
    title: 'SECRET EXPIRES',
    cell: ({ leftMs }) => (leftMs <= 0 ? `${roughDuration(-leftMs)} ago` : `in ${roughDuration(leftMs)}`),
    tone: ({ leftMs }) => (leftMs <= 0 ? 'bad' : 'warning'),
  },
  { title: 'AT', cell: ({ expiresAt }) => expiresAt.slice(0, 10) },
  { title: 'CONNECTION', cell: ({ id }) => id },
  { title: 'TENANT', cell: ({ tenant }) => tenant },
];

function expiryText({ expiries, connections, disabled }: Summary, paint: Paint): string {
  const { near, soonMs } = expiries;
  const none = undeclaredText(expiries, connections - disabled);
  if (near.length > 0) return `${table(near, EXPIRY_COLUMNS, paint)}${none}`;
  return none === '' ? `No secret is declared to expire within ${formatDuration(soonMs)}.\n` : none;
}

function undeclaredText({ undeclared }: Expiries, enabled: number): string {
  if (undeclared === 0) return '';
  const doNot = undeclared === 1 ? 'does not' : 'do not';
  const who =
    undeclared === enabled ? 'No connection declares' : `${count(undeclared, 'connection')} ${doNot} declare`;
  const what = undeclared > 1 && undeclared < enabled ? 'their secrets expire' : 'its secret expires';
  return `${who} when ${what}, so that nothing warns before (secretExpiresAt).\n`;
}

/** A table that ends where it would be too long to read; the last rows are shown in any case. */
function table<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  paint: Paint,
  last: readonly Row[] = [],
): string {
  const shown = rows.slice(0, MOST_ROWS);
  const left = rows.length - shown.length;
  const rest = left === 0 ? '' : `… and ${withCommas(left)} more; --json has them all\n`;
  return `${renderTable([...shown, ...last], columns, paint)}${rest}`;
}

function count(value: number, noun: string): string {
  return `${withCommas(value)} ${noun}${value === 1 ? '' : 's'}`;
}
