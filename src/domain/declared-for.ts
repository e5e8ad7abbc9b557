import type { HealthRecord } from './record.ts';

/** Whoever writes the new date first and the secret a little later means the new secret. */
const TOGETHER_MS = 15 * 60_000;

/** Notes for which secret the declared date holds: the one that is in use when the date is first seen. */
export function noteDeclared(record: HealthRecord, expiresAt: number | null, now: number): HealthRecord {
  const { declaredFor: before, ...rest } = record;
  const { fingerprint } = record;
  if (expiresAt === null) return before === undefined ? record : rest;
  if (fingerprint === null) return record;
  if (before?.expiresAt !== expiresAt)
    return { ...record, declaredFor: { expiresAt, fingerprint, since: now } };
  const meant = before.fingerprint !== fingerprint && now - before.since < TOGETHER_MS;
  return meant ? { ...record, declaredFor: { ...before, fingerprint } } : record;
}

/** The declared date where it is that of an earlier secret than the present one; null otherwise. */
export function outdatedExpiry({
  declaredFor,
  fingerprint,
}: Pick<HealthRecord, 'fingerprint' | 'declaredFor'>): number | null {
  return declaredFor !== undefined && declaredFor.fingerprint !== fingerprint ? declaredFor.expiresAt : null;
}
