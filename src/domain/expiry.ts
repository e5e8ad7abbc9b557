import { identityOf } from './connection.ts';
import { roughDuration } from './duration.ts';
import { dueAgain, type IncidentBook, newIncident } from './incident-book.ts';
import type { IncidentIds } from './incident-id.ts';
import { climb, type Ladder, type LadderStep } from './ladder.ts';
import { iso } from './notification.ts';
import type { DeclaredExpiry, Survey } from './survey.ts';

export interface ExpiryPolicy {
  /** Milliseconds before the expiry. */
  readonly warnBeforeMs: readonly number[];
}

/** The ladders that have changed; null forgets one, because nothing is declared any more. */
export type LadderChanges = ReadonlyMap<string, Ladder | null>;

/** An expiry that is first told of so late is no news of today, but perhaps a wrong date. */
const LONG_PAST_MS = 86_400_000;

/** Warns of the declared expiries that come near. */
export function assessExpiries(
  survey: Survey,
  ladders: ReadonlyMap<string, Ladder>,
  book: IncidentBook,
  policy: ExpiryPolicy,
  ids: IncidentIds,
): LadderChanges {
  const changes = new Map<string, Ladder | null>();
  const declared = new Set<string>();
  for (const one of survey.declared) {
    const { id } = one.connection;
    declared.add(id);
    // Keys that are refused are announced as that; what comes due meanwhile is caught up with afterwards.
    if (book.find('credential_invalid', id)) continue;
    const before = ladders.get(id) ?? null;
    const { ladder, steps } = climb(before, one, survey.at, policy.warnBeforeMs);
    if (ladder !== before) changes.set(id, ladder);
    for (const step of steps) take(step, one, survey.at, book, ids);
  }
  for (const id of ladders.keys()) {
    if (declared.has(id)) continue;
    changes.set(id, null);
    const open = book.find('credential_expiring', id);
    if (open) book.resolve(open, 'recovered', survey.at);
  }
  return changes;
}

function take(
  step: LadderStep,
  declared: DeclaredExpiry,
  now: number,
  book: IncidentBook,
  ids: IncidentIds,
): void {
  const { connection, expiresAt } = declared;
  const open = book.find('credential_expiring', connection.id);
  if (step.kind === 'date_changed') {
    if (open) book.resolve(open, 'recovered', now);
    return;
  }
  const severity = step.kind === 'reached' || (step.kind === 'rung' && step.last) ? 'critical' : 'warning';
  const what = { severity, detail: expiryText(step, expiresAt, now) } as const;
  if (open) {
    book.put(dueAgain({ ...open, ...what }, now));
    return;
  }
  book.put(
    newIncident(
      {
        id: ids.of(connection.id, 'credential_expiring'),
        kind: 'credential_expiring',
        cause: null,
        connection: identityOf(connection),
        override: connection.channels,
        ...what,
      },
      now,
    ),
  );
}

function expiryText(
  step: Exclude<LadderStep, { kind: 'date_changed' }>,
  expiresAt: number,
  now: number,
): string {
  const date = iso(expiresAt);
  switch (step.kind) {
    case 'rung':
      return `The secret is declared to expire at ${date}.`;
    case 'reached':
      // As when a date was mistyped, or declared for keys that were replaced since.
      return now - expiresAt >= LONG_PAST_MS
        ? `The declared expiry of the secret, ${date}, passed ${roughDuration(now - expiresAt)} ago. If the keys still work, correct the date.`
        : `The declared expiry of the secret, ${date}, has come.`;
    case 'date_not_updated':
      return `The secret was changed, but the config still declares that it expires at ${date}. Until the date is updated, no warning about it can be right, so none is sent.`;
    default:
      return step satisfies never;
  }
}
