import type { Audience, Incident, IncidentCause } from './incident.ts';
import { remedyOf } from './remedies.ts';

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

const NOTHING = 'Nothing to do.';

/** Words an incident for the people on call, as `audience` may see it. `now` is epoch milliseconds. */
export function describeIncident(
  incident: Incident,
  status: 'firing' | 'reminder' | 'resolved',
  audience: Audience,
  now: number,
): Wording {
  switch (status) {
    case 'firing':
      return describeTrouble(incident, audience);
    case 'resolved':
      return describeEnd(incident, audience, now);
    case 'reminder': {
      const wording = describeTrouble(incident, audience);
      const since = `Open for ${duration(now - incident.startedAt)}. `;
      return {
        ...wording,
        summary: `Still open: ${wording.summary}`,
        description: since + wording.description,
      };
    }
    default:
      return status satisfies never;
  }
}

function describeTrouble(incident: Incident, audience: Audience): Wording {
  const remediation = remedyOf(incident);
  const summary = `${whose(incident, audience)} ${whatIsWrong(incident)}`;
  return { summary, description: description(incident), remediation };
}

/** "Acme Corp: Mimecast credentials of acme-siem", or of how many. */
function whose({ kind, connection, subject }: Incident, audience: Audience): string {
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
      const many = `Mimecast credentials of ${audience.total} connections`;
      return audience.tenant === null ? many : `${audience.tenant}: ${many}`;
    }
    default:
      return kind satisfies never;
  }
}

function whatIsWrong({ kind, cause }: Incident): string {
  switch (kind) {
    case 'credential_invalid':
      return cause === null ? 'do not work' : CAUSE_TEXT[cause];
    case 'credential_unverifiable':
      return "can't be verified";
    case 'credential_expiring':
      return 'expire by their declared date';
    case 'gateway_outage':
      return 'gives no usable answers';
    case 'mass_rejection':
      return 'were refused at the same time';
    case 'permission_lost':
      return 'may no longer do what they are for';
    case 'config_rejected':
      return 'refused a changed config and goes on with the previous one';
    case 'channel_failing':
      return 'fails';
    default:
      return kind satisfies never;
  }
}

function description(incident: Incident): string {
  const { kind, connection, evidence, detail } = incident;
  const where = connection?.gateway ?? 'the gateway';
  const proven = proof(incident);
  const amongThem = detail === null ? '' : ` (${detail})`;
  switch (kind) {
    case 'credential_invalid':
      if (!connection)
        return `Confirmed by several refusals in a row for each${amongThem}. Integrations that use these keys get no data.`;
      return (
        `${where} refused the key pair in ${evidence?.confirmations ?? 0} checks in a row${proven}. ` +
        `${history(incident)} Integrations that use these keys get no data.`
      );
    case 'credential_unverifiable':
      if (!connection) return `No answer has proved these keys good or bad for some time${amongThem}.`;
      return `${where} has given no answer that proves the keys good or bad${proven}. ${history(incident)}`;
    case 'credential_expiring':
      return connection ? (detail ?? '') : 'The declared expiry of these secrets is near or has come.';
    case 'gateway_outage':
      return `${detail ?? ''} A gateway that is down has revoked nothing.`.trim();
    case 'mass_rejection':
      return `${detail ?? ''} Each is being confirmed; until then nothing more is known.`.trim();
    case 'permission_lost':
    case 'config_rejected':
    case 'channel_failing':
      return detail ?? '';
    default:
      return kind satisfies never;
  }
}

function describeEnd(incident: Incident, audience: Audience, now: number): Wording {
  const after = `after ${duration((incident.resolvedAt ?? now) - incident.startedAt)}`;
  const end = { remediation: NOTHING };
  if (incident.connection === null) return { ...end, ...fleetEnd(incident, audience, after) };
  const who = whose(incident, audience);
  switch (incident.resolution) {
    case 'removed':
      return {
        ...end,
        summary: `${who} are no longer monitored`,
        description: `The connection was removed from the config ${after}.`,
      };
    case 'disabled':
      return {
        ...end,
        summary: `${who} are no longer checked`,
        description: `The connection was disabled ${after}.`,
      };
    case 'superseded':
      return {
        summary: `${who}: more is known now`,
        description: `The gateway gives certain answers ${after}; another incident says what they are.`,
        remediation: 'See the incident that took its place.',
      };
    case 'recovered':
    case null:
      return incident.kind === 'credential_expiring'
        ? {
            ...end,
            summary: `${who} have a new expiry`,
            description: `The declared date was changed ${after}.`,
          }
        : { ...end, summary: `${who} work again`, description: `A token was issued ${after}.` };
    default:
      return incident.resolution satisfies never;
  }
}

function fleetEnd(
  incident: Incident,
  audience: Audience,
  after: string,
): Pick<Wording, 'summary' | 'description'> {
  const { kind, resolution } = incident;
  const who = whose(incident, audience);
  const over = `Over: ${who} ${whatIsWrong(incident)}`;
  switch (kind) {
    case 'gateway_outage':
      return resolution === 'removed'
        ? { summary: `${who} is no longer used`, description: `No connection uses it any more, ${after}.` }
        : {
            summary: `${who} answers again`,
            description: `Its answers are usable again ${after}. What is still wrong is announced by itself.`,
          };
    case 'mass_rejection':
      return resolution === 'recovered'
        ? { summary: `${who} work again`, description: `Tokens are issued to all of them, ${after}.` }
        : {
            summary: over,
            description: `What is still refused ${after} is announced by itself, grouped by customer.`,
          };
    case 'config_rejected':
      return {
        summary: `${who} accepts its config again`,
        description: `No running process refuses its config any more, ${after}.`,
      };
    case 'channel_failing':
      return { summary: `${who} works again`, description: `A message was delivered ${after}.` };
    case 'credential_invalid':
    case 'credential_unverifiable':
    case 'credential_expiring':
    case 'permission_lost':
      return { summary: over, description: `None of them is in this trouble any more, ${after}.` };
    default:
      return kind satisfies never;
  }
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
  const known = detail === null ? '' : `${detail} `;
  const last = evidence?.lastSuccessAt ?? null;
  if (last === null) return detail ?? 'They have not worked since they were registered here.';
  const time = new Date(last).toISOString();
  // The time is the connection's: an earlier secret may have worked where this one never did.
  return cause === 'never_valid'
    ? `${known}Other keys of this connection last worked at ${time}.`
    : `${known}They last worked at ${time}.`;
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
