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
  const adopted = adoptSecret(before, seen);
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
  };
}
