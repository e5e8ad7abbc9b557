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

/** Whether the secret was changed, but the declared date is still that of the one before. */
export function isExpiryOutdated(
  record: Partial<Pick<HealthRecord, 'fingerprint' | 'declaredFor'>> | null,
  expiresAt: number | null,
): boolean {
  if (!record?.declaredFor || expiresAt === null) return false;
  const { declaredFor, fingerprint } = record;
  return declaredFor.expiresAt === expiresAt && declaredFor.fingerprint !== fingerprint;
}
