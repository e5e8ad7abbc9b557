import type { Evidence, HealthRecord, TransitionReason } from './record.ts';
import type { State } from './state.ts';
import type { CheckResult } from './verdict.ts';

/** What `advance` needs to know of a connection's settings; durations in milliseconds. */
export interface HealthPolicy {
  readonly intervalMs: number;
  /** How many intervals lie between two turns where the gateway may not be asked as often as all intervals want; else 1. */
  readonly crowding: number;
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

/** An accepted check with what it leaves as proof. */
export interface Seen extends Observation {
  readonly evidence: Evidence;
}

/** What one accepted verdict makes of a record. */
export interface Step {
  readonly record: HealthRecord;
  readonly reason: AdvanceReason;
  /** The transition to write down, if any. */
  readonly change: TransitionReason | null;
}

export const NO_RECHECK = { recheckAt: null, recheckAttempt: 0, notBefore: null } as const;

/** A state and since when: a state that goes on keeps its beginning. */
export function enter(record: HealthRecord, state: State, at: number): Pick<HealthRecord, 'state' | 'since'> {
  return record.state === state ? { state, since: record.since } : { state, since: at };
}
