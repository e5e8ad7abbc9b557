import type { Connection } from './connection.ts';
import type { Incident } from './incident.ts';
import { type IncidentBook, newIncident } from './incident-book.ts';
import { hostOf } from './outage.ts';
import type { GatewaySurvey, Survey } from './survey.ts';

export interface MassPolicy {
  /** Fewer first rejections at a time are told of one by one. */
  readonly atLeast: number;
  /** And this share of the connections checked in the same time, in [0, 1]. */
  readonly share: number;
}

/** After this long what is still refused is announced, whatever the cause of the mass may be. */
export const MASS_LASTS_MS = 30 * 60_000;

/**
 * Counts first rejections of connections that worked, so that a mass is known before the first of them is confirmed.
 * Many keys of one customer are no mass: somebody wiped that customer's applications.
 */
export function assessMassRejections(
  survey: Survey,
  book: IncidentBook,
  policy: MassPolicy & { readonly epoch: string },
): void {
  for (const seen of survey.gateways.values()) {
    const open = book.find('mass_rejection', seen.gateway);
    if (open) follow(open, seen, survey, book);
    else if (isMass(seen, policy)) begin(seen, survey.at, book, policy.epoch);
  }
  for (const incident of book.all()) {
    if (incident.kind !== 'mass_rejection' || incident.resolvedAt !== null || incident.subject === null)
      continue;
    if (!survey.gateways.has(incident.subject)) book.resolve(incident, 'removed', survey.at);
  }
}

function isMass({ refusedLately, checkedLately }: GatewaySurvey, { atLeast, share }: MassPolicy): boolean {
  if (refusedLately.length < atLeast || refusedLately.length < checkedLately * share) return false;
  return new Set(refusedLately.map(({ tenant }) => tenant)).size > 1;
}

function begin(seen: GatewaySurvey, now: number, book: IncidentBook, epoch: string): void {
  const { gateway, refusedLately, checkedLately } = seen;
  book.put(
    newIncident(
      {
        id: `${epoch}-${hostOf(gateway)}-mass_rejection-${now}`,
        kind: 'mass_rejection',
        cause: null,
        severity: 'critical',
        connection: null,
        subject: gateway,
        members: idsOf(refusedLately),
        detail:
          `${refusedLately.length} connections that worked until now were refused for the first time within two minutes, ` +
          `of ${checkedLately} checked in that time.`,
      },
      now,
    ),
  );
}

function follow(incident: Incident, seen: GatewaySurvey, survey: Survey, book: IncidentBook): void {
  const fresh = idsOf(seen.refusedLately);
  const members = [...new Set([...incident.members, ...fresh])];
  const current = members.length === incident.members.length ? incident : book.put({ ...incident, members });
  const standings = members.flatMap((id) => survey.standings.get(id) ?? []);
  // Those that only just joined are looked at from the next survey on.
  const refused = standings.filter((standing) => standing === 'refused').length + fresh.length;
  const works = standings.filter((standing) => standing === 'works').length;
  if (refused === 0) book.resolve(current, 'recovered', survey.at);
  else if (survey.at - incident.startedAt >= MASS_LASTS_MS) book.resolve(current, 'superseded', survey.at);
  // Most are back: what is still refused is so for a reason of its own.
  else if (fresh.length === 0 && works >= members.length / 2) {
    book.resolve(current, 'superseded', survey.at);
  }
}

function idsOf(connections: readonly Connection[]): string[] {
  return connections.map(({ id }) => id);
}
