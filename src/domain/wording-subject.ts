import { counted } from './counted.ts';
import type { Audience, Incident, IncidentCause } from './incident.ts';

/** The texts of a message: what happened, what is known, what to do. */
export interface Wording {
  readonly summary: string;
  readonly description: string;
  readonly remediation: string;
}

const CAUSE_TEXT: Readonly<Record<IncidentCause, string>> = {
  revoked: 'were revoked',
  never_valid: 'have never worked',
  expired: 'have expired',
  forbidden: 'are no longer permitted',
};

/** "Acme Corp: Mimecast credentials of acme-siem", or of how many. */
export function whose({ kind, connection, subject }: Incident, audience: Audience): string {
  if (connection) return `${connection.tenant}: Mimecast credentials of ${connection.id}`;
  switch (kind) {
    case 'gateway_outage':
      return `The Mimecast gateway ${subject ?? ''}`;
    case 'config_rejected':
      return 'The monitor';
    case 'channel_failing':
      return `The alert channel ${subject ?? ''}`;
    case 'mass_rejection':
    case 'credential_invalid':
    case 'credential_unverifiable':
    case 'credential_expiring':
    case 'permission_lost': {
      const [only] = audience.ids;
      const which = audience.total === 1 && only !== undefined ? only : counted(audience.total, 'connection');
      const many = `Mimecast credentials of ${which}`;
      return audience.tenant === null ? many : `${audience.tenant}: ${many}`;
    }
    default:
      return kind satisfies never;
  }
}

export function whatIsWrong({ kind, cause }: Incident): string {
  switch (kind) {
    case 'credential_invalid':
      return cause === null ? 'do not work' : CAUSE_TEXT[cause];
    case 'credential_unverifiable':
      return "can't be verified";
    case 'credential_expiring':
      return 'are at or near their declared expiry';
    case 'gateway_outage':
      return 'gives no usable answers';
    case 'mass_rejection':
      return 'were refused at the same time';
    case 'permission_lost':
      return 'work, but may not do what they are for';
    case 'config_rejected':
      return 'refused a changed config and goes on with the previous one';
    case 'channel_failing':
      return 'fails';
    default:
      return kind satisfies never;
  }
}
