import type { ConnectionIdentity } from './connection.ts';
import type { Audience, Incident, IncidentCause, IncidentKind, Resolution, Severity } from './incident.ts';
import type { Verdict } from './verdict.ts';
import { describeIncident } from './wording.ts';

export type NotificationStatus = 'firing' | 'reminder' | 'resolved';

/** One message about an incident: the body of a webhook, as contract section 6 fixes it. Times are ISO 8601 UTC. */
export interface Notification {
  readonly version: '1';
  /** The same in every retry and for every channel. */
  readonly id: string;
  readonly incident: string;
  readonly kind: IncidentKind;
  readonly cause: IncidentCause | null;
  readonly status: NotificationStatus;
  readonly resolution: Resolution | null;
  readonly severity: Severity;
  readonly summary: string;
  readonly description: string;
  readonly remediation: string;
  readonly connection: ConnectionIdentity | null;
  readonly connections: { readonly total: number; readonly ids: readonly string[] } | null;
  readonly evidence: NotificationEvidence | null;
  readonly startedAt: string;
  readonly occurredAt: string;
}

export interface NotificationEvidence {
  readonly verdict: Verdict;
  readonly httpStatus: number | null;
  readonly code: string | null;
  readonly requestId: string | null;
  readonly confirmations: number;
  readonly lastSuccessAt: string | null;
  /** The call that was denied; with `permission_lost` only. */
  readonly call?: string;
}

/** The message that tells `audience` of `incident` as it is at `now` (epoch ms). */
export function notificationOf(
  incident: Incident,
  status: NotificationStatus,
  audience: Audience,
  now: number,
): Notification {
  const seen = { ...incident, ...audience.seen };
  const { evidence } = seen;
  return {
    version: '1',
    id: `${incident.id}-${incident.sequence}`,
    incident: incident.id,
    kind: incident.kind,
    cause: incident.cause,
    status,
    resolution: incident.resolution,
    severity: incident.severity,
    ...describeIncident(seen, status, audience, now),
    connection: incident.connection,
    connections: incident.connection === null ? { total: audience.total, ids: audience.ids } : null,
    evidence: evidence && {
      verdict: evidence.verdict,
      httpStatus: evidence.httpStatus,
      code: evidence.code,
      requestId: evidence.requestId,
      confirmations: evidence.confirmations,
      lastSuccessAt: evidence.lastSuccessAt === null ? null : iso(evidence.lastSuccessAt),
      ...(evidence.call !== undefined && { call: evidence.call }),
    },
    startedAt: iso(incident.startedAt),
    occurredAt: iso(now),
  };
}

export function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
