import type { Incident, IncidentCause } from './incident.ts';

/** The texts of a message: what happened, what is known, what to do. */
export interface Wording {
  readonly summary: string;
  readonly description: string;
  readonly remediation: string;
}

/**
 * Where keys are made, in both consoles that readers may see (Mimecast article 34000360548755 and the older
 * path that onboarding guides name).
 */
const CONSOLE =
  'In the Mimecast Administration Console open Integrations › Integrations Hub › Mimecast API 2.0 (older consoles: ' +
  'Administration › Services › API Applications)';

const REMEDIES: Readonly<Record<IncidentCause, string>> = {
  revoked:
    `${CONSOLE} and look at the application: was it deleted or disabled, or were its keys regenerated? Generate new ` +
    'keys (the secret is shown once), put the client id and secret where the config refers to, and the monitor checks ' +
    'them by itself. If the keys work elsewhere, this copy is stale: replace it.',
  never_valid:
    'Compare the client id and secret with what Mimecast showed when they were generated, and the region with the ' +
    `customer's instance. A new application needs 30 minutes before its keys work. If the secret is lost: ${CONSOLE} ` +
    'and generate new keys.',
  expired:
    `The declared expiry has passed, or the gateway says so. ${CONSOLE}, generate new keys, replace the secret where the config refers to, and ` +
    'update secretExpiresAt or secretIssuedAt.',
  forbidden:
    `The keys are right, but the application may not use the API. ${CONSOLE} and check that the application is ` +
    'enabled and that its role still has the permissions the integration needs.',
};

const CAUSE_TEXT: Readonly<Record<IncidentCause, string>> = {
  revoked: 'were revoked',
  never_valid: 'have never worked',
  expired: 'have expired',
  forbidden: 'are no longer permitted',
};

/** Words an incident for the people on call. `now` is epoch milliseconds. */
export function describeIncident(incident: Incident, status: string, now: number): Wording {
  const wording = status === 'resolved' ? describeEnd(incident, now) : describeTrouble(incident);
  return status === 'reminder' ? { ...wording, summary: `Still open: ${wording.summary}` } : wording;
}

function describeTrouble(incident: Incident): Wording {
  const { kind, connection, evidence } = incident;
  const who = connection
    ? `${connection.tenant}: Mimecast credentials of ${connection.id}`
    : 'Mimecast credentials';
  const where = connection?.gateway ?? 'the gateway';
  switch (kind) {
    case 'credential_invalid': {
      const cause = incident.cause ?? 'revoked';
      return {
        summary: `${who} ${CAUSE_TEXT[cause]}`,
        description:
          `${where} refused the key pair in ${evidence?.confirmations ?? 0} checks in a row` +
          `${proof(incident)}. ${history(incident)} Integrations that use these keys get no data.`,
        remediation: REMEDIES[cause],
      };
    }
    case 'credential_unverifiable':
      return {
        summary: `${who} can't be verified`,
        description: `${where} has given no answer that proves the keys good or bad${proof(incident)}. ${history(incident)}`,
        remediation: unverifiableRemedy(incident),
      };
    case 'config_rejected':
      return {
        summary: 'The monitor refused a changed config and goes on with the previous one',
        description: incident.detail ?? 'The config could not be loaded.',
        remediation:
          'Run mimecast-monitor validate where the config file is, mend what it prints, and save the file.',
      };
    case 'credential_expiring':
    case 'gateway_outage':
    case 'mass_rejection':
    case 'permission_lost':
    case 'channel_failing':
      return {
        summary: `${who}: ${kind.replaceAll('_', ' ')}`,
        description: incident.detail ?? '',
        remediation: '',
      };
    default:
      return kind satisfies never;
  }
}

function describeEnd(incident: Incident, now: number): Wording {
  const { connection, resolution, kind } = incident;
  const after = `after ${duration(now - incident.startedAt)}`;
  const who = connection ? `${connection.tenant}: Mimecast credentials of ${connection.id}` : null;
  const nothing = 'Nothing to do.';
  if (who === null) {
    return {
      summary: `Over: ${kind.replaceAll('_', ' ')}, ${after}`,
      description: 'No running process refuses its config any more.',
      remediation: nothing,
    };
  }
  switch (resolution) {
    case 'removed':
      return {
        summary: `${who} are no longer monitored`,
        description: `The connection was removed from the config ${after}.`,
        remediation: nothing,
      };
    case 'disabled':
      return {
        summary: `${who} are no longer checked`,
        description: `The connection was disabled ${after}.`,
        remediation: nothing,
      };
    case 'superseded':
      return {
        summary: `${who}: a clear answer came`,
        description: `The gateway gives certain answers again ${after}; another incident says what they are.`,
        remediation: 'See the incident that took its place.',
      };
    case 'recovered':
    case null:
      return {
        summary: `${who} work again`,
        description: `A token was issued ${after}.`,
        remediation: nothing,
      };
    default:
      return resolution satisfies never;
  }
}

function unverifiableRemedy({ severity, evidence }: Incident): string {
  if (evidence?.verdict === 'secret_unavailable') {
    return 'Nothing was sent: the secret could not be read. Run mimecast-monitor validate where the monitor runs.';
  }
  if (severity === 'critical' && evidence?.httpStatus === 401 && evidence.code !== null) {
    return (
      `The answers point at the keys, with a code this monitor does not know (${evidence.code}). ${CONSOLE} ` +
      'and check the application; if the keys were refused, add the code under checks.codes.rejected.'
    );
  }
  if (severity === 'critical') {
    return (
      'The last certain answer was a refusal, and nothing has confirmed or disproved it since. Check the network ' +
      `path from the monitor to the gateway (DNS, proxy, TLS inspection). ${CONSOLE} and check the application.`
    );
  }
  return 'Check the network path from the monitor to the gateway (DNS, proxy, TLS inspection) and the Mimecast status page. The keys themselves may be fine.';
}

function proof({ evidence }: Incident): string {
  if (!evidence) return '';
  const parts = [
    `last verdict ${evidence.verdict}`,
    evidence.httpStatus === null ? null : `HTTP ${evidence.httpStatus}`,
    evidence.code,
    evidence.requestId === null ? null : `request ${evidence.requestId}`,
  ];
  return ` (${parts.filter((part) => part !== null).join(', ')})`;
}

function history({ cause, evidence, detail }: Incident): string {
  if (detail !== null) return detail;
  const last = evidence?.lastSuccessAt ?? null;
  if (last === null) return 'They have not worked since they were registered here.';
  const time = new Date(last).toISOString();
  // The time is the connection's: an earlier secret may have worked where this one never did.
  return cause === 'never_valid'
    ? `Other keys of this connection last worked at ${time}.`
    : `They last worked at ${time}.`;
}

/** `1d 2h`, `3h 5m`, `12m`, `40s`: the two largest units. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const units: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ];
  const first = units.findIndex(([count]) => count > 0);
  if (first === -1) return '0s';
  return units
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join(' ');
}
