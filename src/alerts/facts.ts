import { counted } from '../domain/counted.ts';
import type { Notification } from '../domain/notification.ts';
import { oneLine } from './text.ts';

/** One line of what is known, for people. */
export interface Fact {
  readonly name: string;
  readonly value: string;
}

/** One word for how a message is to be taken, e.g. before its summary. */
export type Tone = 'critical' | 'warning' | 'resolved';

export function toneOf({ status, severity }: Notification): Tone {
  return status === 'resolved' ? 'resolved' : severity;
}

/** What a message shows in one line: `CRITICAL: …`, `RESOLVED: …`. */
export function headlineOf(notification: Notification): string {
  return `${toneOf(notification).toUpperCase()}: ${oneLine(notification.summary)}`;
}

/** What is known beyond the texts, in the order in which people ask for it. */
export function factsOf(notification: Notification): readonly Fact[] {
  const { connection, connections, cause, kind, evidence, startedAt, status, occurredAt } = notification;
  const labels = Object.entries(connection?.labels ?? {}).map(([name, value]) => `${name}=${value}`);
  return present([
    ['Tenant', connection?.tenant],
    ['Connection', connection?.id],
    ['Gateway', connection?.gateway],
    ['Labels', labels.join(', ')],
    ['Affected', connections === null ? null : affectedText(connections)],
    ['Kind', cause === null ? kind : `${kind} (${cause})`],
    ['Since', startedAt],
    ['Ended', status === 'resolved' ? `${occurredAt} (${notification.resolution ?? 'recovered'})` : null],
    ['Evidence', evidence && evidenceText(evidence)],
    ['Denied call', evidence?.call],
    ['Last worked', evidence?.lastSuccessAt],
    ['Incident', notification.incident],
  ]);
}

/** `40 connections: a, b, c and 37 more`; null where the message is about no connection in particular. */
export function affectedText({ total, ids }: NonNullable<Notification['connections']>): string | null {
  if (total === 0) return null;
  const count = counted(total, 'connection');
  if (ids.length === 0) return count;
  const hidden = total - ids.length;
  return `${count}: ${ids.join(', ')}${hidden > 0 ? ` and ${hidden} more` : ''}`;
}

function evidenceText(evidence: NonNullable<Notification['evidence']>): string {
  const { verdict, httpStatus, code, requestId, confirmations } = evidence;
  const parts = [
    `verdict ${verdict}`,
    httpStatus === null ? null : `HTTP ${httpStatus}`,
    code,
    requestId === null ? null : `request ${requestId}`,
    confirmations > 0 ? `${confirmations} in a row` : null,
  ];
  return parts.filter((part) => part !== null).join(', ');
}

function present(facts: readonly (readonly [string, string | null | undefined])[]): readonly Fact[] {
  return facts
    .map(([name, value]) => ({ name, value: oneLine(value ?? '') }))
    .filter(({ value }) => value !== '');
}
