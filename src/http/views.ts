import { channelsOf } from '../domain/audience.ts';
import type { ConnectionIdentity } from '../domain/connection.ts';
import type { StateEvent } from '../domain/event.ts';
import type {
  Audience,
  Incident,
  IncidentCause,
  IncidentEvidence,
  IncidentKind,
  Resolution,
  Severity,
} from '../domain/incident.ts';
import { iso } from '../domain/notification.ts';
import type { PermissionState } from '../domain/permission.ts';
import type { Evidence, TransitionReason } from '../domain/record.ts';
import { type Silence, type SilenceMatch, type SilenceStatus, silenceStatus } from '../domain/silence.ts';
import type { State } from '../domain/state.ts';
import { isExpiryOutdated } from '../domain/summary.ts';
import type { Verdict } from '../domain/verdict.ts';
import { describeIncident, type Wording } from '../domain/wording.ts';
import type { SeenConnection } from '../metrics/snapshot.ts';
import type { NoticeView } from './notice-view.ts';

/** A connection as the API shows it (contract section 4). Times are ISO 8601 UTC. */
export interface ConnectionView {
  readonly id: string;
  readonly tenant: string;
  readonly gateway: string;
  readonly state: State;
  readonly since: string | null;
  readonly lastCheckAt: string | null;
  readonly lastVerdict: Verdict | null;
  readonly lastSuccessAt: string | null;
  readonly consecutiveRejections: number;
  readonly secretExpiresAt: string | null;
  /** What is probed with its tokens; null where nothing is. */
  readonly permission: PermissionState | null;
  /** The secret was changed, but the date is still that of the one before. */
  readonly expiryOutdated: boolean;
  readonly labels: Readonly<Record<string, string>>;
}

export function connectionView({ connection, summary, state }: SeenConnection): ConnectionView {
  return {
    id: connection.id,
    tenant: connection.tenant,
    gateway: connection.gateway,
    state,
    since: time(summary?.since),
    lastCheckAt: time(summary?.lastCheckAt),
    lastVerdict: summary?.lastVerdict ?? null,
    lastSuccessAt: time(summary?.lastSuccessAt),
    consecutiveRejections: summary?.rejections ?? 0,
    secretExpiresAt: time(connection.secretExpiresAt),
    permission: connection.probe ? (summary?.permission ?? 'unknown') : null,
    expiryOutdated: isExpiryOutdated(summary, connection.secretExpiresAt),
    labels: connection.labels,
  };
}

/** One change of state in a connection's `history`. */
export interface ChangeView {
  readonly at: string;
  readonly from: State;
  readonly to: State;
  readonly reason: TransitionReason;
  readonly evidence: Evidence | null;
  readonly consecutiveRejections: number;
  readonly lastSuccessAt: string | null;
}

export function changeView(event: StateEvent): ChangeView {
  const { from, to, reason, evidence } = event;
  return {
    at: iso(event.at),
    from,
    to,
    reason,
    evidence,
    consecutiveRejections: event.rejections,
    lastSuccessAt: time(event.lastSuccessAt),
  };
}

export interface IncidentView {
  readonly id: string;
  readonly kind: IncidentKind;
  readonly cause: IncidentCause | null;
  readonly status: 'open' | 'resolved';
  readonly resolution: Resolution | null;
  readonly severity: Severity;
  /** As its message words it: what happened, what is known, and what to do. */
  readonly summary: string;
  readonly description: string;
  readonly remediation: string;
  readonly connection: ConnectionIdentity | null;
  readonly evidence:
    | (Omit<IncidentEvidence, 'lastSuccessAt'> & { readonly lastSuccessAt: string | null })
    | null;
  readonly detail: string | null;
  /** What an incident without a connection is about: a gateway, a channel, `config` or `digest`. */
  readonly subject: string | null;
  /** Of a digest and of what concerns many: how many, and the first of them; null for one connection's incident. */
  readonly connections: { readonly total: number; readonly ids: readonly string[] } | null;
  readonly channels: readonly string[];
  /** Who was told, or why not: what "why was I not told?" is answered with. */
  readonly notice: NoticeView;
  readonly startedAt: string;
  readonly resolvedAt: string | null;
}

export function incidentView(incident: Incident, notice: NoticeView): IncidentView {
  const { id, kind, cause, resolution, severity, connection, evidence, detail, audiences } = incident;
  return {
    id,
    kind,
    cause,
    status: incident.resolvedAt === null ? 'open' : 'resolved',
    resolution,
    severity,
    ...wordingOf(incident),
    connection,
    evidence: evidence && { ...evidence, lastSuccessAt: time(evidence.lastSuccessAt) },
    detail,
    subject: incident.subject,
    connections: connection === null ? connectionsOf(incident) : null,
    channels: channelsOf(audiences),
    notice,
    startedAt: iso(incident.startedAt),
    resolvedAt: time(incident.resolvedAt),
  };
}

function connectionsOf(incident: Incident): { readonly total: number; readonly ids: readonly string[] } {
  const { total, ids } = widest(incident);
  return { total, ids };
}

function wordingOf(incident: Incident): Wording {
  const { resolvedAt } = incident;
  const status = resolvedAt === null ? 'firing' : 'resolved';
  return describeIncident(incident, status, widest(incident), resolvedAt ?? incident.startedAt);
}

/** The widest that any audience may see: who asks here may see all. */
function widest({ members, audiences }: Incident): Audience {
  const [most] = audiences.toSorted((a, b) => b.total - a.total);
  const { channels = [], total = 0, ids = [], tenant = null } = most ?? {};
  return members.length > 0
    ? {
        channels,
        total: members.length,
        ids: members.slice(0, 50),
        tenant: total === members.length ? tenant : null,
      }
    : { channels, total, ids, tenant };
}

export interface SilenceView {
  readonly id: string;
  readonly status: SilenceStatus;
  readonly match: SilenceMatch;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly reason: string;
  readonly author: string;
  readonly createdAt: string;
}

export function silenceView(silence: Silence, now: number): SilenceView {
  const { id, match, reason, author } = silence;
  return {
    id,
    status: silenceStatus(silence, now),
    match,
    startsAt: iso(silence.startsAt),
    endsAt: iso(silence.endsAt),
    reason,
    author,
    createdAt: iso(silence.createdAt),
  };
}

function time(epochMs: number | null | undefined): string | null {
  return epochMs === null || epochMs === undefined ? null : iso(epochMs);
}
