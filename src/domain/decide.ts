import { type AnnouncePolicy, announce, type Outgoing } from './announce.ts';
import type { MonitorEvent } from './event.ts';
import { assessExpiries, type ExpiryPolicy, type LadderChanges } from './expiry.ts';
import { type HoldReason, type Incident, isAheadOf, type QuietReason, rebased } from './incident.ts';
import { IncidentBook } from './incident-book.ts';
import { assessHealth, type MonitorHealth } from './incident-health.ts';
import { IncidentIds } from './incident-id.ts';
import type { Ladder } from './ladder.ts';
import { assessMassRejections, type MassPolicy } from './mass-rejection.ts';
import { assessOutages } from './outage.ts';
import type { Silence } from './silence.ts';
import type { Survey } from './survey.ts';
import { type TrackPolicy, type TrackReason, track } from './track.ts';

export interface DecidePolicy extends TrackPolicy, AnnouncePolicy, ExpiryPolicy {
  readonly mass: MassPolicy;
}

/** Everything a decision is made from. */
export interface Situation {
  /** What happened since the last decision, in order. */
  readonly events: readonly MonitorEvent[];
  /** Unresolved incidents, and those whose end somebody has to be told. */
  readonly incidents: readonly Incident[];
  readonly ladders: ReadonlyMap<string, Ladder>;
  readonly silences: readonly Silence[];
  /** A look at the whole fleet, where one was taken for this decision. */
  readonly survey: Survey | null;
  /** The look before that; null when the fleet was never looked at. */
  readonly lastSurvey: Survey | null;
  /** How the monitor itself fares, where that was looked at. */
  readonly health: MonitorHealth | null;
  /** The number of this decision, by `serialAfter`: larger than that of every one before. */
  readonly serial: number;
}

/** Why nobody is told of an incident, or not yet. */
export interface Quiet {
  readonly incident: Incident;
  readonly reason: HoldReason | QuietReason;
}

export interface Decision {
  /** Incidents as they are now, opened, changed or ended; each once. */
  readonly incidents: readonly Incident[];
  /** Messages in the order to send them. */
  readonly notifications: readonly Outgoing[];
  readonly ladders: LadderChanges;
  /** One entry an event. */
  readonly reasons: readonly { readonly event: MonitorEvent; readonly reason: TrackReason }[];
  /** What "why was I not told?" is answered with: one entry for each incident whose reason is new. */
  readonly quiet: readonly Quiet[];
  /** Gateways of which every connection should be checked now: it shows how far a mass rejection goes. */
  readonly askAll: readonly string[];
  /** When there may be something to say although nothing happens, epoch ms; null when never. */
  readonly nextAt: number | null;
  /** A look at the fleet is needed before what waits can leave. */
  readonly wantsSurvey: boolean;
}

/**
 * Turns what happened, and the passing of time, into incidents and messages. Pure: the same situation gives the same
 * decision, whoever decides. First it is followed what became of each connection, then what many have in common, and
 * then decided who is told.
 */
export function decide(situation: Situation, policy: DecidePolicy, now: number): Decision {
  const { events, silences, survey, health } = situation;
  const book = new IncidentBook(situation.incidents);
  const ids = new IncidentIds(policy.epoch, situation.serial);
  for (const incident of book.all()) if (isAheadOf(incident, now)) book.put(rebased(incident, now));
  const reasons = events.map((event) => ({ event, reason: track(event, book, policy, now) }));
  let ladders: LadderChanges = new Map();
  let askAll: readonly string[] = [];
  if (survey) {
    assessOutages(survey, book, ids);
    askAll = assessMassRejections(survey, book, policy.mass, ids);
    ladders = assessExpiries(survey, situation.ladders, book, policy, ids);
  }
  if (health) assessHealth(health, book, ids, now);
  const latest = survey ?? situation.lastSurvey;
  const { outgoing, nextAt, wantsSurvey } = announce({ book, ids, silences, policy, now, survey: latest });
  const incidents = book.changed();
  const quiet = quietOf(incidents, situation.incidents);
  return { incidents, notifications: outgoing, ladders, reasons, quiet, askAll, nextAt, wantsSurvey };
}

function quietOf(changed: readonly Incident[], before: readonly Incident[]): Quiet[] {
  const known = new Map(before.map((incident) => [incident.id, reasonOf(incident)]));
  return changed.flatMap((incident) => {
    const reason = reasonOf(incident);
    return reason === null || reason === known.get(incident.id) ? [] : [{ incident, reason }];
  });
}

function reasonOf({ notice }: Incident): Quiet['reason'] | null {
  return notice.held ?? notice.quiet;
}
