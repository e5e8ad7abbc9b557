import { enter, type HealthPolicy, type Seen, type Step } from './health-step.ts';
import type { Evidence, HealthRecord, UnknownRun } from './record.ts';
import { isConfirmed } from './state.ts';

export const NO_RUN: UnknownRun = { count: 0, elapsedMs: 0 };

/** What one more unknown verdict makes of a record: it never touches the count of rejections. */
export function stayUnsure(
  before: HealthRecord,
  lastCheckAt: number | null,
  seen: Seen,
  policy: HealthPolicy,
): Step {
  const gap = countedGap(before, lastCheckAt, seen.startedAt, policy);
  const unknown = extend(before.unknown, gap);
  const unknownCode = isUnknownCode(seen.evidence) ? extend(before.unknownCode, gap) : NO_RUN;
  const persists = lasted(unknownCode, policy);
  const record: HealthRecord = {
    ...before,
    unknown,
    unknownCode,
    ...planRecheck(before, seen, policy),
  };
  const open = record.state === 'pending' || record.state === 'healthy' || record.state === 'suspect';
  if (open && lasted(unknown, policy)) {
    return {
      record: { ...record, ...enter(record, 'unverifiable', seen.startedAt), unknownCodeReported: persists },
      reason: 'became_unverifiable',
      change: 'no_certain_answer',
    };
  }
  if (record.state === 'unverifiable' && persists && isReportDue(before, unknownCode, policy)) {
    return {
      record: { ...record, unknownCodeReported: true },
      reason: 'unknown_code_persists',
      change: 'unknown_code_persists',
    };
  }
  return { record, reason: 'unknown', change: null };
}

export function endUnknownRun(record: HealthRecord): HealthRecord {
  if (record.unknown.count === 0) return record;
  return { ...record, unknown: NO_RUN, unknownCode: NO_RUN, unknownCodeReported: false };
}

/**
 * Persisting 401s of an unknown code are reported when they have lasted `unverifiableAfter`, and once more after
 * each such time: whether the gateway issues tokens to others, which makes them critical, may turn out later.
 */
function isReportDue(before: HealthRecord, unknownCode: UnknownRun, policy: HealthPolicy): boolean {
  const turns = (run: UnknownRun) => Math.floor(run.elapsedMs / policy.unverifiableAfterMs);
  return !before.unknownCodeReported || turns(unknownCode) > turns(before.unknownCode);
}

/** When to ask again after an unknown answer: soon while a rejection waits to be confirmed, else by the schedule. */
function planRecheck(
  record: HealthRecord,
  seen: Seen,
  policy: HealthPolicy,
): Pick<HealthRecord, 'recheckAt' | 'recheckAttempt' | 'notBefore'> {
  const { startedAt } = seen;
  const wait = seen.result.retryAfterMs;
  // What a gateway asked for holds until it has passed, also when somebody asks by hand and gets no answer.
  const notBefore = wait === null ? later(record.notBefore, startedAt) : startedAt + wait;
  if (record.rejections > 0 && !isConfirmed(record.state)) {
    const planned = later(record.recheckAt, startedAt);
    // A manual check ahead of the planned re-check must not put it off.
    if (planned !== null) {
      const { recheckAttempt } = record;
      return { recheckAt: Math.max(planned, notBefore ?? 0), recheckAttempt, notBefore };
    }
    const attempt = Math.min(record.recheckAttempt + 1, 30);
    const backoff = Math.min(policy.intervalMs, policy.confirmDelayMs * 2 ** attempt);
    return { recheckAt: Math.max(startedAt + backoff, notBefore ?? 0), recheckAttempt: attempt, notBefore };
  }
  // The schedule asks again by itself, unless the gateway's wait makes it skip its next turn.
  const late = notBefore !== null && notBefore > startedAt + policy.intervalMs;
  return { recheckAt: late ? notBefore : null, recheckAttempt: 0, notBefore };
}

function later(time: number | null, than: number): number | null {
  return time !== null && time > than ? time : null;
}

/**
 * The time since the previous verdict that counts towards `unverifiableAfter`. A gap longer than two intervals, or two
 * turns where the gateway is crowded (or than the wait a gateway asked for, and one interval), is the monitor's own
 * downtime and counts for nothing.
 */
function countedGap(
  record: HealthRecord,
  lastCheckAt: number | null,
  at: number,
  policy: HealthPolicy,
): number {
  if (lastCheckAt === null) return 0;
  const asked = record.notBefore === null ? 0 : record.notBefore - lastCheckAt + policy.intervalMs;
  const gap = at - lastCheckAt;
  return gap >= 0 && gap <= Math.max(2 * policy.intervalMs * policy.crowding, asked) ? gap : 0;
}

function extend(run: UnknownRun, gapMs: number): UnknownRun {
  // The gap before the first of a run lies outside it.
  return { count: run.count + 1, elapsedMs: run.count === 0 ? 0 : run.elapsedMs + gapMs };
}

function lasted(run: UnknownRun, policy: HealthPolicy): boolean {
  return run.count >= 2 && run.elapsedMs >= policy.unverifiableAfterMs;
}

/** A 401 that carries a code, but none that we know. */
function isUnknownCode(evidence: Evidence): boolean {
  return evidence.verdict === 'auth_uncertain' && evidence.httpStatus === 401 && evidence.code !== null;
}
