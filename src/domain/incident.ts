import type { ConnectionIdentity } from './connection.ts';
import type { Evidence } from './record.ts';

export const INCIDENT_KINDS = [
  'credential_invalid',
  'credential_unverifiable',
  'credential_expiring',
  'gateway_outage',
  'mass_rejection',
  'permission_lost',
  'config_rejected',
  'channel_failing',
] as const;
export type IncidentKind = (typeof INCIDENT_KINDS)[number];

export const INCIDENT_CAUSES = ['revoked', 'never_valid', 'expired', 'forbidden'] as const;
export type IncidentCause = (typeof INCIDENT_CAUSES)[number];

export const SEVERITIES = ['critical', 'warning'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const RESOLUTIONS = ['recovered', 'removed', 'disabled', 'superseded'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

/** What an incident shows as proof. */
export interface IncidentEvidence extends Evidence {
  /** Counted rejections when the incident was opened or last updated. */
  readonly confirmations: number;
  /** Epoch milliseconds. */
  readonly lastSuccessAt: number | null;
}

/** A period in which something needs a person. Times are epoch milliseconds. */
export interface Incident {
  readonly schema: 1;
  /** `<epoch>-<connection>-<kind>-<version>`. */
  readonly id: string;
  readonly kind: IncidentKind;
  readonly cause: IncidentCause | null;
  readonly severity: Severity;
  /** Null for what concerns the whole fleet. */
  readonly connection: ConnectionIdentity | null;
  readonly evidence: IncidentEvidence | null;
  /** More about a fleet-wide incident, e.g. why a config was refused. */
  readonly detail: string | null;
  /** What a fleet-wide incident is about, e.g. the gateways that are out. */
  readonly sources: readonly string[];
  /** The channels its firing was sent to: its later messages follow. */
  readonly channels: readonly string[];
  /** Number of its latest notification. */
  readonly sequence: number;
  readonly startedAt: number;
  readonly resolvedAt: number | null;
  readonly resolution: Resolution | null;
}

/** The name under which an incident is open: never two for the same trouble. */
export function incidentKey(kind: IncidentKind, connectionId: string | null): string {
  return connectionId === null ? kind : `${kind}/${connectionId}`;
}
