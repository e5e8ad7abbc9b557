import { outdatedExpiry } from './declared-for.ts';
import type { PermissionState } from './permission.ts';
import type { HealthRecord } from './record.ts';
import { wasValid } from './secret-change.ts';

/**
 * What a look at the whole fleet goes by: the part of a record that is read for a hundred thousand connections at a time.
 * Times are epoch milliseconds.
 */
export interface HealthSummary
  extends Pick<
    HealthRecord,
    | 'createdAt'
    | 'gateway'
    | 'state'
    | 'since'
    | 'rejections'
    | 'firstRejectedAt'
    | 'lastCheckAt'
    | 'lastVerdict'
    | 'lastSuccessAt'
    | 'tokenLifetimeSeconds'
    | 'notBefore'
  > {
  /** Unknown verdicts in a row. */
  readonly unknownCount: number;
  /** The present secret is one that was given a token before. */
  readonly hasWorked: boolean;
  /** Null where no permission is probed. */
  readonly permission: PermissionState | null;
  /** Start of the latest accepted permission probe. */
  readonly permissionAskedAt: number | null;
  /** The declared expiry that is known to be that of an earlier secret; null where there is none. */
  readonly outdatedExpiry: number | null;
}

export function summaryOf(record: HealthRecord): HealthSummary {
  const { fingerprint, permission } = record;
  return {
    createdAt: record.createdAt,
    gateway: record.gateway,
    state: record.state,
    since: record.since,
    rejections: record.rejections,
    firstRejectedAt: record.firstRejectedAt,
    lastCheckAt: record.lastCheckAt,
    lastVerdict: record.lastVerdict,
    lastSuccessAt: record.lastSuccessAt,
    tokenLifetimeSeconds: record.tokenLifetimeSeconds,
    notBefore: record.notBefore,
    unknownCount: record.unknown.count,
    hasWorked: wasValid(record, fingerprint),
    permission: permission?.state ?? null,
    permissionAskedAt: permission?.askedAt ?? null,
    outdatedExpiry: outdatedExpiry(record),
  };
}

/** Whether the secret was changed, but the date that the config declares is still that of the one before. */
export function isExpiryOutdated(
  summary: Pick<HealthSummary, 'outdatedExpiry'> | null,
  expiresAt: number | null,
): boolean {
  return expiresAt !== null && summary?.outdatedExpiry === expiresAt;
}
