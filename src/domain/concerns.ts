import type { IncidentCause, IncidentKind, Severity } from './incident.ts';

/** One kind of trouble as routes see it. */
export interface Concern {
  readonly kind: IncidentKind;
  readonly severity: Severity;
  readonly cause: IncidentCause | null;
}

/** Everything that can be told about a connection (contract section 6); the worst first. */
export const CONNECTION_CONCERNS: readonly Concern[] = [
  { kind: 'credential_invalid', cause: 'revoked', severity: 'critical' },
  { kind: 'credential_invalid', cause: 'expired', severity: 'critical' },
  { kind: 'credential_invalid', cause: 'forbidden', severity: 'critical' },
  // Critical where history was lost: what may have worked until then is not taken for a mistyped newcomer.
  { kind: 'credential_invalid', cause: 'never_valid', severity: 'critical' },
  { kind: 'credential_invalid', cause: 'never_valid', severity: 'warning' },
  { kind: 'credential_unverifiable', cause: null, severity: 'critical' },
  { kind: 'credential_unverifiable', cause: null, severity: 'warning' },
  { kind: 'credential_expiring', cause: null, severity: 'critical' },
  { kind: 'credential_expiring', cause: null, severity: 'warning' },
  { kind: 'permission_lost', cause: null, severity: 'warning' },
  // These two name many connections; each listed one has its channels told.
  { kind: 'mass_rejection', cause: null, severity: 'critical' },
  { kind: 'gateway_outage', cause: null, severity: 'warning' },
];

/** What can be told about the monitor itself, which concerns no connection. */
export const FLEET_CONCERNS: readonly Concern[] = [
  { kind: 'config_rejected', cause: null, severity: 'warning' },
  { kind: 'channel_failing', cause: null, severity: 'warning' },
];
