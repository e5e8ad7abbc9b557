import type { Connection } from '../domain/connection.ts';
import { describeReference } from '../domain/reference.ts';
import { type Certainty, type CheckResult, certaintyOf, VERDICTS } from '../domain/verdict.ts';
import type { CheckedConnection } from './check-fleet.ts';
import { answerInShort, type Remedy, remedyOf } from './remedy.ts';
import { type Column, type Paint, printable, renderTable, type Tone, wrap } from './table.ts';

export type CertaintyCounts = Readonly<Record<Certainty, number>>;

/** The document of `check --json`; its shape is a public contract. */
export interface CheckDocument {
  readonly checkedAt: string;
  readonly summary: CertaintyCounts;
  readonly connections: readonly CheckRow[];
}

export interface CheckRow {
  readonly id: string;
  readonly tenant: string;
  readonly gateway: string;
  readonly verdict: CheckResult['verdict'];
  readonly certainty: Certainty;
  readonly httpStatus: number | null;
  readonly code: string | null;
  readonly message: string | null;
  readonly requestId: string | null;
  readonly expiresInSeconds: number | null;
  readonly durationMs: number | null;
}

export function countCertainties(checked: readonly CheckedConnection[]): CertaintyCounts {
  const counts = { valid: 0, invalid: 0, unknown: 0 };
  for (const { result } of checked) counts[certaintyOf(result.verdict)] += 1;
  return counts;
}

/** `startedAt` is epoch milliseconds. */
export function checkDocument(checked: readonly CheckedConnection[], startedAt: number): CheckDocument {
  return {
    checkedAt: new Date(startedAt).toISOString(),
    summary: countCertainties(checked),
    connections: checked.map(({ connection, result, durationMs }) => ({
      id: connection.id,
      tenant: connection.tenant,
      gateway: connection.gateway,
      verdict: result.verdict,
      certainty: certaintyOf(result.verdict),
      httpStatus: result.httpStatus,
      code: result.code,
      message: result.message,
      requestId: result.requestId,
      expiresInSeconds: result.tokenLifetimeSeconds,
      durationMs,
    })),
  };
}

export interface TextOptions {
  readonly paint: Paint;
  /** Characters per line. */
  readonly width: number;
  /** What was odd about the values that were sent, e.g. that one ends with a space. */
  readonly keyNotes: (connection: Connection) => readonly string[];
}

/** The table, and below it the reason and the next step for everything that is not valid. */
export function checkText(checked: readonly CheckedConnection[], options: TextOptions): string {
  if (checked.length === 0) return '';
  const rows = worstFirst(checked);
  const blocks = groupsOf(rows, options).map((group) => blockOf(group, options));
  const spurious = rows.flatMap(({ connection, result, first }) =>
    first !== null && result.verdict === 'valid'
      ? [`note: ${connection.id} answered ${answerInShort(first)} once, then valid`]
      : [],
  );
  const notes = spurious.length === 0 ? [] : [`${spurious.join('\n')}\n`];
  return [renderTable(rows, COLUMNS, options.paint), ...blocks, ...notes].join('\n');
}

const COLUMNS: readonly Column<CheckedConnection>[] = [
  { title: 'CONNECTION', cell: ({ connection }) => connection.id },
  { title: 'TENANT', cell: ({ connection }) => connection.tenant },
  { title: 'GATEWAY', cell: ({ connection }) => connection.gateway },
  { title: 'VERDICT', cell: ({ result }) => result.verdict, tone: ({ result }) => toneOf(result) },
  { title: 'HTTP', cell: ({ result }) => result.httpStatus, align: 'right' },
  { title: 'CODE', cell: ({ result }) => result.code },
  {
    title: 'TIME',
    cell: ({ durationMs }) => (durationMs === null ? null : `${durationMs} ms`),
    align: 'right',
  },
];

const TONES: Readonly<Record<Certainty, Tone>> = { valid: 'good', invalid: 'bad', unknown: 'warning' };
const RANKS: Readonly<Record<Certainty, number>> = { invalid: 0, unknown: 1, valid: 2 };
/** So many connections of a group are named; the table above has all of them. */
const MOST_NAMES = 50;

function toneOf({ verdict }: CheckResult): Tone {
  return TONES[certaintyOf(verdict)];
}

function worstFirst(checked: readonly CheckedConnection[]): readonly CheckedConnection[] {
  const rank = ({ result: { verdict } }: CheckedConnection) =>
    RANKS[certaintyOf(verdict)] * VERDICTS.length + VERDICTS.indexOf(verdict);
  return checked.toSorted((a, b) => rank(a) - rank(b) || (a.connection.id < b.connection.id ? -1 : 1));
}

interface Group {
  readonly remedy: Remedy;
  readonly members: CheckedConnection[];
}

/** An outage gives many connections the same reason and the same next step: these are told once. */
function groupsOf(rows: readonly CheckedConnection[], options: TextOptions): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const row of rows) {
    if (row.result.verdict === 'valid') continue;
    const remedy = remedyFor(row, options);
    const key = JSON.stringify([row.result.verdict, remedy]);
    const group = groups.get(key);
    if (group) group.members.push(row);
    else groups.set(key, { remedy, members: [row] });
  }
  return [...groups.values()];
}

function remedyFor({ connection, result, first }: CheckedConnection, { keyNotes }: TextOptions): Remedy {
  const { gateway, timeoutMs, clientId, clientSecret } = connection;
  const keySource = `client id: ${describeReference(clientId)}; secret: ${describeReference(clientSecret)}`;
  const { reason, nextStep } = remedyOf(result, { gateway, timeoutMs, keySource });
  const notes = keyNotes(connection).map((note) => ` Mind that of ${note}.`);
  return { reason: reason + againText(result, first) + notes.join(''), nextStep };
}

function againText(result: CheckResult, first: CheckResult | null): string {
  if (first === null) return '';
  if (certaintyOf(result.verdict) === 'invalid') return ' It was asked twice, 2 s apart.';
  return ` Before that it answered ${answerInShort(first)} once, which alone proves nothing.`;
}

function blockOf({ remedy, members }: Group, { paint, width }: TextOptions): string {
  const first = members[0];
  if (first === undefined) return '';
  const { verdict } = first.result;
  const names = members.slice(0, MOST_NAMES).map(nameOf);
  if (members.length > names.length) names.push(`and ${members.length - names.length} more, see the table`);
  const head = wrap(`${verdict}: ${names.join(', ')}`, width);
  const lines = [
    head.replace(verdict, paint(toneOf(first.result), verdict)),
    wrap(`Reason: ${remedy.reason}`, width, '  '),
    wrap(`Next step: ${remedy.nextStep}`, width, '  '),
  ];
  return `${lines.join('\n')}\n`;
}

function nameOf({ connection, result }: CheckedConnection): string {
  const { id, tenant } = connection;
  const details = [tenant === id ? null : tenant, result.requestId && `request ${result.requestId}`];
  const shown = details.filter((detail) => detail !== null);
  return printable(shown.length === 0 ? id : `${id} (${shown.join(', ')})`);
}
