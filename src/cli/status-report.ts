import { counted } from '../domain/counted.ts';
import type { State } from '../domain/state.ts';
import { compareWorstFirst } from '../http/worst-first.ts';
import { inReadingOrder } from './incident-order.ts';
import type { ReportedConnection, ReportedIncident } from './monitor-answers.ts';
import { type Column, type Paint, renderTable, type Tone } from './table.ts';
import { shortTime, toldText, toldTone } from './told-text.ts';

/** What a state says of the keys: as certain as the last certain verdicts are. */
export type Standing = 'valid' | 'invalid' | 'unknown' | 'disabled';

export type StandingCounts = Readonly<Record<Standing, number>>;

/** The document of `status --json`. */
export interface StatusDocument {
  readonly summary: StandingCounts;
  /** Worst first, with the fields of the API. */
  readonly connections: readonly ReportedConnection[];
  /** The open ones, critical and older first, with who was told of each, or why nobody was. */
  readonly incidents: readonly ReportedIncident[];
}

export function statusDocument(
  connections: readonly ReportedConnection[],
  incidents: readonly ReportedIncident[],
): StatusDocument {
  const summary = { valid: 0, invalid: 0, unknown: 0, disabled: 0 };
  for (const { state } of connections) summary[standingOf(state)] += 1;
  return {
    summary,
    connections: connections.toSorted(compareWorstFirst),
    incidents: inReadingOrder(incidents),
  };
}

/** 0 all valid, 1 any certain rejection, 3 none rejected but some unknown. */
export function statusExitCode({ invalid, unknown }: StandingCounts): 0 | 1 | 3 {
  if (invalid > 0) return 1;
  return unknown > 0 ? 3 : 0;
}

export function standingOf(state: State): Standing {
  switch (state) {
    case 'healthy':
      return 'valid';
    case 'revoked':
    case 'never_valid':
    case 'expired':
    case 'forbidden':
      return 'invalid';
    case 'pending':
    case 'suspect':
    case 'unverifiable':
      return 'unknown';
    case 'disabled':
      return 'disabled';
    default:
      return state satisfies never;
  }
}

/** A table, worst first, and the sum below it; then what is open, and who was told of it. */
export function statusText({ summary, connections, incidents }: StatusDocument, paint: Paint): string {
  const { valid, invalid, unknown, disabled } = summary;
  if (connections.length === 0) return 'no connections are configured\n';
  const counts = [`${valid} valid`, `${invalid} rejected`, `${unknown} unknown`];
  if (disabled > 0) counts.push(`${disabled} disabled`);
  const states = `${renderTable(connections, COLUMNS, paint)}\n${counts.join(', ')}\n`;
  return incidents.length === 0 ? states : `${states}\n${renderTable(incidents, INCIDENT_COLUMNS, paint)}`;
}

const INCIDENT_COLUMNS: readonly Column<ReportedIncident>[] = [
  {
    title: 'OPEN INCIDENT',
    cell: ({ kind, cause }) => (cause === null ? kind : `${kind} (${cause})`),
    tone: ({ severity }) => (severity === 'critical' ? 'bad' : 'warning'),
  },
  { title: 'ABOUT', cell: aboutOf },
  { title: 'SINCE (UTC)', cell: ({ startedAt }) => shortTime(startedAt) },
  { title: 'TOLD', cell: toldText, tone: toldTone },
];

function aboutOf({ kind, connection, connections, subject }: ReportedIncident): string {
  if (connection) return connection.id;
  if (kind === 'channel_failing') return subject ?? 'a channel';
  const total = connections?.total ?? 0;
  return total === 0 ? 'the monitor' : counted(total, 'connection');
}

const TONES: Readonly<Record<Standing, Tone>> = {
  valid: 'good',
  invalid: 'bad',
  unknown: 'warning',
  disabled: 'quiet',
};

const COLUMNS: readonly Column<ReportedConnection>[] = [
  { title: 'STATE', cell: ({ state }) => state, tone: ({ state }) => TONES[standingOf(state)] },
  { title: 'CONNECTION', cell: ({ id }) => id },
  { title: 'TENANT', cell: ({ tenant }) => tenant },
  { title: 'SINCE (UTC)', cell: ({ since }) => shortTime(since) },
  { title: 'LAST CHECK', cell: ({ lastCheckAt }) => shortTime(lastCheckAt) },
  { title: 'REASON', cell: reasonOf },
];

function reasonOf(connection: ReportedConnection): string | null {
  const { state, permission, lastVerdict, consecutiveRejections, secretExpiresAt, expiryOutdated } =
    connection;
  switch (state) {
    case 'healthy':
      if (permission === 'denied') return 'the keys work, but the call that is probed is denied';
      if (lastVerdict !== 'valid') return `last check: ${lastVerdict}, which proves nothing yet`;
      return expiryOutdated
        ? 'the declared expiry is that of the previous secret: update it in the config'
        : null;
    case 'pending':
      return lastVerdict === null ? 'not checked yet' : `no certain answer yet, last: ${lastVerdict}`;
    case 'suspect':
      return `rejected ${times(consecutiveRejections)}, being confirmed`;
    case 'revoked':
      return 'worked before, now rejected';
    case 'never_valid':
      return 'rejected, and never worked: mistyped, wrong gateway or not active yet';
    case 'expired':
      return `rejected after its expiry${secretExpiresAt === null ? '' : ` on ${secretExpiresAt.slice(0, 10)}`}`;
    case 'forbidden':
      return 'the keys are known, but may not use the API';
    case 'unverifiable':
      return `no certain answer for long, last: ${lastVerdict}`;
    case 'disabled':
      return 'enabled is false';
    default:
      return state satisfies never;
  }
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
