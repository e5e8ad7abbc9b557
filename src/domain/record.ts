import type { PermissionRecord } from './permission.ts';
import type { State } from './state.ts';
import type { Verdict } from './verdict.ts';

/** Layout of a stored record. A newer one is refused, never rewritten. */
export const RECORD_SCHEMA = 1;

/** A run of unknown verdicts, in a row. Its length in time counts only time in which checks were really made. */
export interface UnknownRun {
  readonly count: number;
  /** Milliseconds between the first of the run and the last, less the time the monitor itself was down. */
  readonly elapsedMs: number;
}

/** The secret that a declared expiry was written down for. */
export interface DeclaredFor {
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  readonly fingerprint: string;
  /** When the date was first seen, epoch milliseconds. */
  readonly since: number;
}

/** Everything remembered of one connection, in one JSON document. Times are epoch milliseconds. */
export interface HealthRecord {
  readonly schema: typeof RECORD_SCHEMA;
  /** Raised by every accepted change: with `createdAt`, what compare-and-set compares. */
  readonly version: number;
  /** Tells this record from another life of the same connection, e.g. after Redis was emptied. */
  readonly createdAt: number;
  readonly gateway: string;
  readonly state: State;
  readonly since: number;
  /** HMAC of origin, client id and secret; null before the first exchange. */
  readonly fingerprint: string | null;
  readonly previousFingerprint: string | null;
  /** When the present fingerprint was first used. */
  readonly fingerprintSince: number | null;
  /** The latest fingerprints that were valid, newest first, so that a rolled-back secret keeps its history. */
  readonly validFingerprints: readonly string[];
  /** Counted rejections in a row. */
  readonly rejections: number;
  readonly lastCountedAt: number | null;
  /** Start of the first of these rejections. */
  readonly firstRejectedAt: number | null;
  readonly unknown: UnknownRun;
  /** The part of the unknown run that is 401s of a code we don't know. */
  readonly unknownCode: UnknownRun;
  /** The persistence of such 401s was reported in this run. */
  readonly unknownCodeReported: boolean;
  /** Start of the latest accepted exchange. */
  readonly lastCheckAt: number | null;
  readonly lastVerdict: Verdict | null;
  readonly lastSuccessAt: number | null;
  readonly tokenLifetimeSeconds: number | null;
  readonly evidence: Evidence | null;
  /** When the next quick check is due, besides the schedule. */
  readonly recheckAt: number | null;
  /** Unknown answers to quick re-checks so far; drives their backoff. */
  readonly recheckAttempt: number;
  /** A rate-limited gateway asked not to be called before. */
  readonly notBefore: number | null;
  /** Absent where no permission is probed, and in records of versions that knew none. */
  readonly permission?: PermissionRecord;
  /** For which secret the declared expiry holds; absent where none is declared, and before a date and a secret were seen. */
  readonly declaredFor?: DeclaredFor;
}

/** What a person is shown as proof. */
export interface Evidence {
  readonly verdict: Verdict;
  readonly httpStatus: number | null;
  readonly code: string | null;
  readonly requestId: string | null;
}

export type TransitionReason =
  | 'first_success'
  | 'recovered'
  | 'first_rejection'
  | 'rejection_confirmed'
  | 'cause_changed'
  | 'no_certain_answer'
  | 'unknown_code_persists'
  | 'secret_changed'
  | 'enabled'
  | 'disabled'
  | 'restored';

/** One change of state, as it is written down: messages are made from this, never from the live state. */
export interface Transition {
  /** Version of the record that this change produced. */
  readonly version: number;
  readonly at: number;
  readonly from: State;
  /** Equal to `from` where something worth knowing happened within a state. */
  readonly to: State;
  readonly reason: TransitionReason;
  readonly evidence: Evidence | null;
  readonly rejections: number;
  readonly lastSuccessAt: number | null;
  /** When the record began: what happened before is not known from it. */
  readonly registeredAt: number;
  /** 401s of an unknown code have lasted for the whole `unverifiableAfter`. */
  readonly unknownCodePersists: boolean;
  /** The declared expiry is that of the secret before the present one; absent where it is not. */
  readonly expiryOutdated?: true;
}

/** The record of a connection that has not been checked yet; its first check is due at `firstCheckAt`. */
export function newRecord(gateway: string, now: number, firstCheckAt: number | null): HealthRecord {
  return {
    schema: RECORD_SCHEMA,
    version: 1,
    createdAt: now,
    gateway,
    state: firstCheckAt === null ? 'disabled' : 'pending',
    since: now,
    fingerprint: null,
    previousFingerprint: null,
    fingerprintSince: null,
    validFingerprints: [],
    rejections: 0,
    lastCountedAt: null,
    firstRejectedAt: null,
    unknown: { count: 0, elapsedMs: 0 },
    unknownCode: { count: 0, elapsedMs: 0 },
    unknownCodeReported: false,
    lastCheckAt: null,
    lastVerdict: null,
    lastSuccessAt: null,
    tokenLifetimeSeconds: null,
    evidence: null,
    recheckAt: firstCheckAt,
    recheckAttempt: 0,
    notBefore: null,
  };
}
