import type { Connection } from '../domain/connection.ts';
import { iso } from '../domain/notification.ts';

export interface DeclaredExpiry {
  readonly id: string;
  readonly tenant: string;
  readonly expiresAt: string;
  /** Milliseconds; negative when it has passed. */
  readonly leftMs: number;
}

export interface Expiries {
  /** Enabled connections for which no expiry is declared, so that no warning can come. */
  readonly undeclared: number;
  /** How long before an expiry the first warning comes, in milliseconds; 0 when there is none. */
  readonly soonMs: number;
  /** Those that have passed or come within `soonMs`; the earliest first. */
  readonly near: readonly DeclaredExpiry[];
}

/** The declared expiries that somebody should look at now. */
export function expiriesOf(
  connections: readonly Connection[],
  warnBeforeMs: readonly number[],
  now: number,
): Expiries {
  const soonMs = Math.max(0, ...warnBeforeMs);
  const enabled = connections.filter(({ enabled }) => enabled);
  const near = enabled
    .flatMap(({ id, tenant, secretExpiresAt }) =>
      secretExpiresAt === null || secretExpiresAt - now > soonMs
        ? []
        : [{ id, tenant, expiresAt: iso(secretExpiresAt), leftMs: secretExpiresAt - now }],
    )
    .toSorted((a, b) => a.leftMs - b.leftMs);
  return {
    undeclared: enabled.filter(({ secretExpiresAt }) => secretExpiresAt === null).length,
    soonMs,
    near,
  };
}
