import type { HealthSummary } from './summary.ts';

/** What the checks of a fleet look like at one moment. */
export interface CheckSurvey {
  /** Enabled connections. */
  readonly expected: number;
  /** Those that were checked within two intervals and the time a check may take. */
  readonly recent: number;
  /** Those whose check is late by more than two intervals, or that nobody has registered. */
  readonly overdue: number;
}

export const EMPTY_SURVEY: CheckSurvey = { expected: 0, recent: 0, overdue: 0 };

/** Times in milliseconds. */
export interface SurveyedConnection {
  readonly enabled: boolean;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** What a survey of the checks goes by. */
type SurveyedSummary = Pick<HealthSummary, 'createdAt' | 'since' | 'lastCheckAt' | 'notBefore'>;

/** Adds one connection to a survey, as it is at `now` (epoch ms). */
export function surveyed(
  survey: CheckSurvey,
  connection: SurveyedConnection,
  summary: SurveyedSummary | null,
  now: number,
): CheckSurvey {
  if (!connection.enabled) return survey;
  return {
    expected: survey.expected + 1,
    recent: survey.recent + (isRecent(connection, summary, now) ? 1 : 0),
    overdue: survey.overdue + (isOverdue(connection, summary, now) ? 1 : 0),
  };
}

function isRecent(
  { intervalMs, timeoutMs }: SurveyedConnection,
  summary: SurveyedSummary | null,
  now: number,
): boolean {
  const at = summary?.lastCheckAt ?? null;
  return at !== null && now - at <= 2 * intervalMs + timeoutMs;
}

function isOverdue(
  { intervalMs }: SurveyedConnection,
  summary: SurveyedSummary | null,
  now: number,
): boolean {
  if (summary === null) return true;
  // One that was registered or enabled a moment ago has its first check still before it.
  const begun = Math.max(summary.lastCheckAt ?? summary.createdAt, summary.since);
  const due = Math.max(begun + intervalMs, summary.notBefore ?? 0);
  return now - due > 2 * intervalMs;
}

/** Why the outside is told that this monitor does its work, or is not. */
export type BeatReason =
  | 'checks_complete'
  | 'redis_takes_no_writes'
  | 'nothing_to_check'
  | 'no_check_completed'
  | 'checks_overdue';

/**
 * Whether checks really complete on time. What the checks find does not matter: a gateway that is out is told of by
 * alerts, and the monitor that found it works.
 */
export function beatReason(takesWrites: boolean, { expected, recent, overdue }: CheckSurvey): BeatReason {
  if (!takesWrites) return 'redis_takes_no_writes';
  if (expected === 0) return 'nothing_to_check';
  if (recent === 0) return 'no_check_completed';
  return overdue > expected / 2 ? 'checks_overdue' : 'checks_complete';
}
