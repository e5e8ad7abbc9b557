import { enter, type HealthPolicy, NO_RECHECK, type Seen, type Step } from './health-step.ts';
import type { HealthRecord } from './record.ts';
import { wasValid } from './secret-change.ts';
import { confirmedState, isConfirmed, type State } from './state.ts';

/** What one more certain refusal makes of a record: counted when it came late enough, confirmed when it was enough. */
export function reject(record: HealthRecord, seen: Seen, policy: HealthPolicy): Step {
  const soon = record.lastCountedAt !== null && seen.startedAt - record.lastCountedAt < policy.confirmDelayMs;
  const counted = soon
    ? record
    : {
        ...record,
        rejections: record.rejections + 1,
        lastCountedAt: seen.startedAt,
        firstRejectedAt: record.firstRejectedAt ?? seen.startedAt,
      };
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
    wasValid: wasValid(record, seen.fingerprint),
    pastExpiry: policy.secretExpiresAt !== null && policy.secretExpiresAt <= seen.startedAt,
  });
}
