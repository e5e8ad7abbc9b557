import type { Evidence, HealthRecord, Transition, TransitionReason, UnknownRun } from './record.ts';
import { confirmedState, isConfirmed, type State } from './state.ts';
import { type CheckResult, certaintyOf } from './verdict.ts';

/** What `advance` needs to know of a connection's settings; durations in milliseconds. */
export interface HealthPolicy {
  readonly intervalMs: number;
  /** Counted rejections in a row that confirm one; at least 2. */
  readonly confirmations: number;
  readonly confirmDelayMs: number;
  readonly unverifiableAfterMs: number;
  /** Declared by the operator, epoch milliseconds. */
  readonly secretExpiresAt: number | null;
}

/** One finished check. */
export interface Observation {
  /** When the exchange began, epoch milliseconds: it orders verdicts, however late they arrive. */
  readonly startedAt: number;
  /** Keyed fingerprint of the secret used; null when it could not be resolved. */
  readonly fingerprint: string | null;
  readonly result: CheckResult;
}

/** Why a verdict did, or did not, change what is known. */
export type AdvanceReason =
  | 'disabled'
  | 'out_of_order'
  | 'previous_secret'
  | 'still_valid'
  | 'became_valid'
  | 'unknown'
  | 'became_unverifiable'
  | 'unknown_code_persists'
  | 'too_soon_to_count'
  | 'rejection_counted'
  | 'rejection_confirmed'
  | 'rejection_repeated'
  | 'cause_changed';

export interface Advance {
  /** The record to save; the very object that was given when the verdict is dropped. */
  readonly record: HealthRecord;
  /** What changed, in order; most verdicts change nothing. */
  readonly transitions: readonly Transition[];
  readonly reason: AdvanceReason;
}

/**
 * Another process may go on using the previous secret while its cache lasts (a minute); verdicts about it are
 * dropped for this long. Later than that, the old secret was put back on purpose.
 */
const PREVIOUS_SECRET_MS = 5 * 60_000;

/** How many secrets that once worked are remembered. */
const REMEMBERED_SECRETS = 3;

const NO_RUN: UnknownRun = { count: 0, elapsedMs: 0 };

/**
 * The state machine of contract section 1: what is known after one more verdict. Pure and total.
 *
 * A dropped verdict (`disabled`, `out_of_order`, `previous_secret`) returns the record unchanged, which makes
 * retries, overlaps, slow answers and impatient manual checks harmless.
 */
export function advance(before: HealthRecord, seen: Observation, policy: HealthPolicy): Advance {
  if (before.state === 'disabled') return { record: before, transitions: [], reason: 'disabled' };
  if (before.lastCheckAt !== null && seen.startedAt <= before.lastCheckAt) {
    return { record: before, transitions: [], reason: 'out_of_order' };
  }
  if (isAboutPreviousSecret(before, seen)) {
    return { record: before, transitions: [], reason: 'previous_secret' };
  }
  const { httpStatus, code, requestId, verdict } = seen.result;
  const evidence: Evidence = { verdict, httpStatus, code, requestId };
  const adopted = adoptSecret({ ...before, version: before.version + 1 }, seen);
  const step = judge(adopted, before.lastCheckAt, { ...seen, evidence }, policy);
  const record = {
    ...step.record,
    lastCheckAt: seen.startedAt,
    lastVerdict: verdict,
    // An unknown answer must not cover up the proof of a confirmed rejection.
    evidence:
      isConfirmed(step.record.state) && certaintyOf(verdict) === 'unknown' ? before.evidence : evidence,
  };
  const transitions: Transition[] = [];
  if (before.fingerprint !== null && adopted.fingerprint !== before.fingerprint) {
    transitions.push(transition(before.state, adopted, 'secret_changed', seen.startedAt, null));
  }
  if (step.change) transitions.push(transition(adopted.state, record, step.change, seen.startedAt, evidence));
  return { record, transitions, reason: step.reason };
}

interface Seen extends Observation {
  readonly evidence: Evidence;
}

interface Step {
  readonly record: HealthRecord;
  readonly reason: AdvanceReason;
  /** The transition to write down, if any. */
  readonly change: TransitionReason | null;
}

function judge(record: HealthRecord, lastCheckAt: number | null, seen: Seen, policy: HealthPolicy): Step {
  const certainty = certaintyOf(seen.result.verdict);
  switch (certainty) {
    case 'valid':
      return succeed(record, seen);
    case 'invalid':
      return reject(endUnknownRun(record), seen, policy);
    case 'unknown':
      return stayUnsure(record, lastCheckAt, seen, policy);
    default:
      return certainty satisfies never;
  }
}

function succeed(record: HealthRecord, seen: Seen): Step {
  const { fingerprint } = seen;
  const known = record.validFingerprints.filter((one) => one !== fingerprint);
  const valid = fingerprint === null ? known : [fingerprint, ...known].slice(0, REMEMBERED_SECRETS);
  const changed = record.state !== 'healthy';
  return {
    record: {
      ...endUnknownRun(record),
      ...enter(record, 'healthy', seen.startedAt),
      validFingerprints: valid,
      rejections: 0,
      lastCountedAt: null,
      lastSuccessAt: seen.startedAt,
      tokenLifetimeSeconds: seen.result.tokenLifetimeSeconds,
      ...NO_RECHECK,
    },
    reason: changed ? 'became_valid' : 'still_valid',
    change: changed ? (record.state === 'pending' ? 'first_success' : 'recovered') : null,
  };
}

function reject(record: HealthRecord, seen: Seen, policy: HealthPolicy): Step {
  const soon = record.lastCountedAt !== null && seen.startedAt - record.lastCountedAt < policy.confirmDelayMs;
  const counted = soon
    ? record
    : { ...record, rejections: record.rejections + 1, lastCountedAt: seen.startedAt };
  // A new secret has no rejections yet: the state it inherited says nothing about it.
  if (isConfirmed(record.state) && record.rejections > 0) return repeatRejection(counted, seen, policy);
  if (soon) {
    const change = record.state === 'suspect' ? null : 'first_rejection';
    return {
      record: { ...record, ...enter(record, 'suspect', seen.startedAt) },
      reason: 'too_soon_to_count',
      change,
    };
  }
  if (counted.rejections < policy.confirmations) {
    return {
      record: {
        ...counted,
        ...enter(record, 'suspect', seen.startedAt),
        recheckAt: seen.startedAt + policy.confirmDelayMs,
        recheckAttempt: 0,
        notBefore: null,
      },
      reason: 'rejection_counted',
      change: record.state === 'suspect' ? null : 'first_rejection',
    };
  }
  const state = causeOf(counted, seen, policy);
  return {
    record: { ...counted, ...enter(record, state, seen.startedAt), ...NO_RECHECK },
    reason: 'rejection_confirmed',
    change: 'rejection_confirmed',
  };
}

/** A confirmed rejection goes on; only a different kind of refusal renames its cause. */
function repeatRejection(record: HealthRecord, seen: Seen, policy: HealthPolicy): Step {
  const named = causeOf(record, seen, policy);
  // What was revoked in May does not become "expired" because its declared date goes by in June.
  const sameKind = seen.result.verdict === 'rejected' && record.state !== 'forbidden';
  const state = sameKind ? record.state : named;
  const changed = state !== record.state;
  return {
    record: { ...record, ...enter(record, state, seen.startedAt), ...NO_RECHECK },
    reason: changed ? 'cause_changed' : 'rejection_repeated',
    change: changed ? 'cause_changed' : null,
  };
}

function causeOf(record: HealthRecord, seen: Seen, policy: HealthPolicy): State {
  return confirmedState({
    verdict: seen.result.verdict,
    wasValid: seen.fingerprint !== null && record.validFingerprints.includes(seen.fingerprint),
    pastExpiry: policy.secretExpiresAt !== null && policy.secretExpiresAt <= seen.startedAt,
  });
}

function stayUnsure(
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
  if (record.state === 'unverifiable' && persists && !record.unknownCodeReported) {
    return {
      record: { ...record, unknownCodeReported: true },
      reason: 'unknown_code_persists',
      change: 'unknown_code_persists',
    };
  }
  return { record, reason: 'unknown', change: null };
}

/** When to ask again after an unknown answer: soon while a rejection waits to be confirmed, else by the schedule. */
function planRecheck(
  record: HealthRecord,
  seen: Seen,
  policy: HealthPolicy,
): Pick<HealthRecord, 'recheckAt' | 'recheckAttempt' | 'notBefore'> {
  const wait = seen.result.retryAfterMs;
  const notBefore = wait === null ? null : seen.startedAt + wait;
  if (record.rejections > 0 && !isConfirmed(record.state)) {
    const attempt = record.recheckAttempt + 1;
    const backoff = Math.min(policy.intervalMs, policy.confirmDelayMs * 2 ** Math.min(attempt, 30));
    return {
      recheckAt: Math.max(seen.startedAt + backoff, notBefore ?? 0),
      recheckAttempt: Math.min(attempt, 30),
      notBefore,
    };
  }
  // The schedule asks again by itself, unless the gateway's wait makes it skip its next turn.
  const late = notBefore !== null && notBefore > seen.startedAt + policy.intervalMs;
  return { recheckAt: late ? notBefore : null, recheckAttempt: 0, notBefore };
}

const NO_RECHECK = { recheckAt: null, recheckAttempt: 0, notBefore: null } as const;

/**
 * The time since the previous verdict that counts towards `unverifiableAfter`. A gap longer than two intervals
 * (or than the wait a gateway asked for, and one interval) is the monitor's own downtime and counts for nothing.
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
  return gap <= Math.max(2 * policy.intervalMs, asked) ? gap : 0;
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

function endUnknownRun(record: HealthRecord): HealthRecord {
  return { ...record, unknown: NO_RUN, unknownCode: NO_RUN, unknownCodeReported: false };
}

function isAboutPreviousSecret(record: HealthRecord, seen: Observation): boolean {
  return (
    seen.fingerprint !== null &&
    seen.fingerprint !== record.fingerprint &&
    seen.fingerprint === record.previousFingerprint &&
    seen.startedAt - (record.fingerprintSince ?? 0) < PREVIOUS_SECRET_MS
  );
}

/** A changed secret starts a new count; the state of an open incident stays until the first certain verdict. */
function adoptSecret(record: HealthRecord, seen: Observation): HealthRecord {
  if (seen.fingerprint === null || seen.fingerprint === record.fingerprint) return record;
  const adopted = {
    ...record,
    previousFingerprint: record.fingerprint,
    fingerprint: seen.fingerprint,
    fingerprintSince: seen.startedAt,
    rejections: 0,
    lastCountedAt: null,
    ...NO_RECHECK,
  };
  const keeps = isConfirmed(record.state) || record.state === 'unverifiable' || record.state === 'pending';
  return keeps ? adopted : { ...adopted, ...enter(record, 'pending', seen.startedAt) };
}

function enter(record: HealthRecord, state: State, at: number): Pick<HealthRecord, 'state' | 'since'> {
  return record.state === state ? { state, since: record.since } : { state, since: at };
}

function transition(
  from: State,
  record: HealthRecord,
  reason: TransitionReason,
  at: number,
  evidence: Evidence | null,
): Transition {
  return {
    version: record.version,
    at,
    from,
    to: record.state,
    reason,
    evidence,
    rejections: record.rejections,
    lastSuccessAt: record.lastSuccessAt,
    unknownCodePersists: record.unknownCodeReported,
  };
}
