import { counted } from './counted.ts';
import { roughDuration } from './duration.ts';
import type { Audience, Incident } from './incident.ts';
import { remedyOf } from './remedies.ts';
import { describeEnd } from './wording-end.ts';
import { describeSource, describeUnread, isAboutSource } from './wording-source.ts';
import { type Wording, whatIsWrong, whose } from './wording-subject.ts';

export type { Wording } from './wording-subject.ts';

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
      const since = `Open for ${roughDuration(now - incident.startedAt)}. `;
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
  if (incident.source !== undefined) return describeSource(incident, audience);
  const remediation = remedyOf(incident);
  const summary = `${whose(incident, audience)} ${whatIsWrong(incident)}`;
  return { summary, description: description(incident), remediation };
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
        `${where} refused the key pair in ${counted(evidence?.confirmations ?? 0, 'check')} in a row${proven}. ` +
        `${history(incident)} Integrations that use these keys get no data.`
      );
    case 'credential_unverifiable':
      if (!connection) return `No answer has proved these keys good or bad for some time${amongThem}.`;
      if (isAboutSource(incident)) return `${describeUnread(incident)} ${history(incident)}`;
      return `${where} has given no answer that proves the keys good or bad${proven}. ${history(incident)}`;
    case 'credential_expiring':
      return connection ? (detail ?? '') : 'The declared expiry of these secrets is near or has come.';
    case 'gateway_outage':
      return `${detail ?? ''} A gateway that is down has revoked nothing.`.trim();
    case 'mass_rejection':
      return `${detail ?? ''} Each is being confirmed; until then nothing more is known.`.trim();
    case 'permission_lost':
      return permission(incident);
    case 'config_rejected':
    case 'channel_failing':
      return detail ?? '';
    default:
      return kind satisfies never;
  }
}

function permission({ connection, evidence, detail }: Incident): string {
  const known = detail ?? 'nothing more is known';
  if (!connection)
    return `Tokens are issued, but the calls that are probed with them are denied (${known}). The keys themselves work.`;
  const { call = 'the probed call', httpStatus = null, code = null } = evidence ?? {};
  const answer = [httpStatus === null ? null : `HTTP ${httpStatus}`, code].filter((part) => part !== null);
  const times = counted(evidence?.confirmations ?? 0, 'probe');
  return (
    `${connection.gateway} issues tokens, but denied ${call} in ${times} in a row` +
    `${answer.length === 0 ? '' : ` (${answer.join(', ')})`}. ${detail === null ? '' : `${detail} `}` +
    'The keys themselves work; integrations that need this permission get no data.'
  );
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
