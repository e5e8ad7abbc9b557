import type { ProbeAnswer } from '../domain/classify-probe.ts';
import type { Connection } from '../domain/connection.ts';
import { formatDuration } from '../domain/duration.ts';
import { iso } from '../domain/notification.ts';
import type { HealthRecord } from '../domain/record.ts';

/** What is known of the permission that is probed for a connection. Times are ISO 8601 UTC. */
export interface ProbeView {
  /** E.g. `GET /identity/whoami`. */
  readonly call: string;
  readonly interval: string;
  /** When the present state began; null before the first probe. */
  readonly since: string | null;
  readonly lastProbeAt: string | null;
  readonly lastPermittedAt: string | null;
  readonly consecutiveDenials: number;
  readonly lastAnswer: ProbeAnswer | null;
}

export function probeView({ probe }: Connection, record: HealthRecord | null): ProbeView | null {
  if (!probe) return null;
  const { since, askedAt, permittedAt, denials, last } = record?.permission ?? {};
  return {
    call: `${probe.method} ${probe.path}`,
    interval: formatDuration(probe.intervalMs),
    since: time(since),
    lastProbeAt: time(askedAt),
    lastPermittedAt: time(permittedAt),
    consecutiveDenials: denials ?? 0,
    lastAnswer: last ?? null,
  };
}

function time(epochMs: number | null | undefined): string | null {
  return epochMs === null || epochMs === undefined ? null : iso(epochMs);
}
