import { noteDeclared, outdatedExpiry } from './declared-for.ts';
import {
  type AdvanceReason,
  enter,
  type HealthPolicy,
  NO_RECHECK,
  type Observation,
  type Seen,
  type Step,
} from './health-step.ts';
import type { Evidence, HealthRecord, Transition, TransitionReason } from './record.ts';
import { reject } from './rejection.ts';
import { adoptSecret, isAboutPreviousSecret, rememberValid } from './secret-change.ts';
import { isConfirmed, type State } from './state.ts';
import { endUnknownRun, stayUnsure } from './unknown-run.ts';
import { certaintyOf } from './verdict.ts';

export type { AdvanceReason, HealthPolicy, Observation } from './health-step.ts';

export interface Advance {
  /** The record to save; the very object that was given when the verdict is dropped. */
  readonly record: HealthRecord;
  /** What changed, in order; most verdicts change nothing. */
  readonly transitions: readonly Transition[];
  readonly reason: AdvanceReason;
}

/**
 * The state machine of contract section 1: what is known after one more verdict, `now` being when it is taken into
 * account (epoch ms). Pure and total.
 *
 * A dropped verdict (`disabled`, `out_of_order`, `previous_secret`) returns the record unchanged, which makes
 * retries, overlaps, slow answers and impatient manual checks harmless.
 */
export function advance(before: HealthRecord, seen: Observation, policy: HealthPolicy, now: number): Advance {
  if (before.state === 'disabled') return { record: before, transitions: [], reason: 'disabled' };
  if (wasSetBack(before, now)) return advance(rebased(before, seen.startedAt), seen, policy, now);
  if (before.lastCheckAt !== null && seen.startedAt <= before.lastCheckAt) {
    return { record: before, transitions: [], reason: 'out_of_order' };
  }
  if (isAboutPreviousSecret(before, seen)) {
    return { record: before, transitions: [], reason: 'previous_secret' };
  }
  const { httpStatus, code, requestId, verdict } = seen.result;
  const evidence: Evidence = { verdict, httpStatus, code, requestId };
  const adopted = noteDeclared(adoptSecret(before, seen), policy.secretExpiresAt, seen.startedAt);
  const step = judge(adopted, before.lastCheckAt, { ...seen, evidence }, policy);
  const record = {
    ...step.record,
    version: before.version + 1,
    lastCheckAt: seen.startedAt,
    lastVerdict: verdict,
    // An unknown answer must not cover up the proof of a confirmed rejection.
    evidence:
      isConfirmed(step.record.state) && certaintyOf(verdict) === 'unknown' ? before.evidence : evidence,
  };
  const transitions: Transition[] = [];
  if (before.fingerprint !== null && adopted.fingerprint !== before.fingerprint) {
    transitions.push(
      transition(
        before.state,
        { ...adopted, version: record.version },
        'secret_changed',
        seen.startedAt,
        null,
      ),
    );
  }
  if (step.change) transitions.push(transition(adopted.state, record, step.change, seen.startedAt, evidence));
  return { record, transitions, reason: step.reason };
}

/** The clocks of several processes differ by less than this; a record from further ahead was made by a clock set back since. */
const SET_BACK_MS = 60_000;

function wasSetBack({ lastCheckAt }: HealthRecord, now: number): boolean {
  return lastCheckAt !== null && lastCheckAt > now + SET_BACK_MS;
}

/**
 * The record by the clock as it is now. Nothing was checked in the time that never was, so that no gap counts; the
 * counted rejections stay, and the next one counts as if the last had been long ago.
 */
function rebased(record: HealthRecord, now: number): HealthRecord {
  const past = (time: number | null) => (time === null ? null : Math.min(time, now - 1));
  return {
    ...record,
    lastCheckAt: null,
    lastCountedAt: null,
    firstRejectedAt: past(record.firstRejectedAt),
    fingerprintSince: past(record.fingerprintSince),
    lastSuccessAt: past(record.lastSuccessAt),
    since: Math.min(record.since, now),
    recheckAt: null,
    notBefore: null,
  };
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
  const changed = record.state !== 'healthy';
  return {
    record: {
      ...endUnknownRun(record),
      ...enter(record, 'healthy', seen.startedAt),
      validFingerprints: rememberValid(record.validFingerprints, seen.fingerprint),
      rejections: 0,
      lastCountedAt: null,
      firstRejectedAt: null,
      lastSuccessAt: seen.startedAt,
      tokenLifetimeSeconds: seen.result.tokenLifetimeSeconds,
      ...NO_RECHECK,
    },
    reason: changed ? 'became_valid' : 'still_valid',
    change: changed ? (record.state === 'pending' ? 'first_success' : 'recovered') : null,
  };
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
    registeredAt: record.createdAt,
    unknownCodePersists: record.unknownCodeReported,
    ...(outdatedExpiry(record) !== null && { expiryOutdated: true }),
  };
}
