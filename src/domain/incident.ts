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
