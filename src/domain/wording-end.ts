import { roughDuration } from './duration.ts';
import type { Audience, Incident } from './incident.ts';
import { secretsOf } from './wording-source.ts';
import { type Wording, whose } from './wording-subject.ts';

const NOTHING = 'Nothing to do.';

/** Words the end of an incident; `now` is epoch milliseconds. */
export function describeEnd(incident: Incident, audience: Audience, now: number): Wording {
  const after = `after ${roughDuration((incident.resolvedAt ?? now) - incident.startedAt)}`;
  const end = { remediation: NOTHING };
  if (incident.connection === null) return { ...end, ...fleetEnd(incident, audience, after) };
  const who = whose(incident, audience);
  if (incident.kind === 'permission_lost') return { ...end, ...endOfDenial(incident, who, after) };
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
        description:
          incident.kind === 'credential_expiring'
            ? 'The keys are refused, whatever was declared of their expiry; another incident says how.'
            : `The gateway gives certain answers ${after}; another incident says what they are.`,
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
        : { ...end, summary: `${who} work again`, ...recovery(incident, after) };
    default:
      return incident.resolution satisfies never;
  }
}

/** Of one connection or of many. */
function endOfDenial(
  { resolution, memberEnds }: Incident,
  who: string,
  after: string,
): Pick<Wording, 'summary' | 'description'> {
  // Those that were removed or disabled beside others are not permitted again.
  const mixed = memberEnds.length > 1;
  if (mixed || resolution === 'superseded')
    return {
      summary: `${who}: none is denied any more`,
      description: `Each is permitted again or is no longer probed, ${after}.`,
    };
  switch (resolution) {
    case 'removed':
      return {
        summary: `${who} are no longer probed`,
        description: `The connection, or its probe, was removed from the config ${after}.`,
      };
    case 'disabled':
      return { summary: `${who} are no longer checked`, description: `It was disabled ${after}.` };
    case 'recovered':
    case null:
      return { summary: `${who} may do what they are for`, description: `The call was permitted ${after}.` };
    default:
      return resolution satisfies never;
  }
}

function recovery({ outdatedExpiry }: Incident, after: string): Pick<Wording, 'description' | 'remediation'> {
  const description = `A token was issued ${after}.`;
  if (outdatedExpiry === undefined) return { description, remediation: NOTHING };
  return {
    description: `${description} The secret was changed, but the config still declares that it expires at ${new Date(outdatedExpiry).toISOString()}.`,
    remediation:
      'Update secretExpiresAt or secretIssuedAt in the config: it is the date of the previous secret.',
  };
}

function fleetEnd(
  incident: Incident,
  audience: Audience,
  after: string,
): Pick<Wording, 'summary' | 'description'> {
  const { kind, resolution } = incident;
  const who = whose(incident, audience);
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
            summary: `${who}: the mass rejection is over`,
            description: `What is still refused ${after} is announced by itself, grouped by customer.`,
          };
    case 'config_rejected':
      return {
        summary: `${who} accepts its config again`,
        description: `No running process refuses its config any more, ${after}.`,
      };
    case 'channel_failing':
      return {
        summary: `${who} works again`,
        description: `A message was delivered ${after}.${incident.detail === null ? '' : ` Before that: ${incident.detail}`}`,
      };
    case 'credential_invalid':
    case 'credential_unverifiable':
    case 'credential_expiring':
      return endOfMany(incident, who, audience, after);
    case 'permission_lost':
      return endOfDenial(incident, who, after);
    default:
      return kind satisfies never;
  }
}

function endOfMany(
  { kind, resolution, memberEnds, source }: Incident,
  who: string,
  audience: Audience,
  after: string,
): Pick<Wording, 'summary' | 'description'> {
  switch (resolution) {
    case 'superseded':
      return {
        summary: `${who}: more is known now`,
        description: `More is known of some of them ${after}; another message says what.`,
      };
    case 'removed':
      return {
        summary: `${who} are no longer monitored`,
        description: `None of them is monitored any more, ${after}.`,
      };
    case 'disabled':
      return {
        summary: `${who} are no longer checked`,
        description: `None of them is checked any more, ${after}.`,
      };
    case 'recovered':
    case null:
      // Those that were removed or disabled beside others don't work again.
      if (memberEnds.length === 0 || memberEnds.some((end) => end !== 'recovered'))
        return {
          summary: `${who}: none is in this trouble any more`,
          description: `Each works again, has changed or is no longer monitored, ${after}.`,
        };
      if (source !== undefined)
        return {
          summary: `${secretsOf(audience)} can be read from ${source} again`,
          description: `Tokens are issued to all of them, ${after}.`,
        };
      return kind === 'credential_expiring'
        ? {
            summary: `${who} have a new expiry`,
            description: `The declared dates of all of them were changed, ${after}.`,
          }
        : { summary: `${who} work again`, description: `Tokens are issued to all of them, ${after}.` };
    default:
      return resolution satisfies never;
  }
}
