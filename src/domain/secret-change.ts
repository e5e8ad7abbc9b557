import { enter, NO_RECHECK, type Observation } from './health-step.ts';
import { askAnew } from './permission.ts';
import type { HealthRecord } from './record.ts';
import { isConfirmed } from './state.ts';
import { NO_RUN } from './unknown-run.ts';

/**
 * Another process may go on using the previous secret while its cache lasts (a minute); verdicts about it are
 * dropped for little longer. Later than that, the old secret was put back on purpose.
 */
const PREVIOUS_SECRET_MS = 65_000;

/** How many secrets that once worked are remembered. */
const REMEMBERED_SECRETS = 3;

/** A verdict about the secret that was replaced a moment ago; it says nothing about the present one. */
export function isAboutPreviousSecret(record: HealthRecord, seen: Observation): boolean {
  return (
    seen.fingerprint !== null &&
    seen.fingerprint !== record.fingerprint &&
    seen.fingerprint === record.previousFingerprint &&
    seen.startedAt - (record.fingerprintSince ?? 0) < PREVIOUS_SECRET_MS
  );
}

/** A changed secret starts a new count; the state of an open incident stays until the first certain verdict. */
export function adoptSecret(record: HealthRecord, seen: Observation): HealthRecord {
  if (seen.fingerprint === null || seen.fingerprint === record.fingerprint) return record;
  const adopted = {
    ...record,
    previousFingerprint: record.fingerprint,
    fingerprint: seen.fingerprint,
    fingerprintSince: seen.startedAt,
    rejections: 0,
    lastCountedAt: null,
    firstRejectedAt: null,
    // What a gateway kept answering to the old secret is no evidence against the new one.
    unknownCode: NO_RUN,
    unknownCodeReported: false,
    ...NO_RECHECK,
    ...(record.permission && { permission: askAnew(record.permission, seen.startedAt) }),
  };
  const keeps = isConfirmed(record.state) || record.state === 'unverifiable' || record.state === 'pending';
  return keeps ? adopted : { ...adopted, ...enter(record, 'pending', seen.startedAt) };
}

/** The secrets that worked, with the present one first, so that one that is put back keeps its history. */
export function rememberValid(known: readonly string[], fingerprint: string | null): readonly string[] {
  if (fingerprint === null || known[0] === fingerprint) return known;
  return [fingerprint, ...known.filter((one) => one !== fingerprint)].slice(0, REMEMBERED_SECRETS);
}

/** Whether the secret that was just used is one that worked before. */
export function wasValid(record: HealthRecord, fingerprint: string | null): boolean {
  return fingerprint !== null && record.validFingerprints.includes(fingerprint);
}
