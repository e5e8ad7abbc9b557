import type { Connection } from './connection.ts';
import { counted } from './counted.ts';
import type { Incident } from './incident.ts';
import { dueAgain, type IncidentBook, newIncident } from './incident-book.ts';
import type { IncidentIds } from './incident-id.ts';
import { hostOf } from './outage.ts';
import type { GatewaySurvey, Survey } from './survey.ts';

export interface MassPolicy {
  /** Fewer first rejections at a time are told of one by one. */
  readonly atLeast: number;
  /** And this share of the connections checked in the same time, in [0, 1]. */
  readonly share: number;
}

/** Between two messages about the same mass that lists more and more. */
const MORE_AT_EARLIEST_MS = 30_000;
const MORE_AT_LATEST_MS = 120_000;

/** After this long what is still refused is announced, whatever the cause of the mass may be. */
const MASS_LASTS_MS = 30 * 60_000;

/**
 * Counts first rejections of connections that worked, so that a mass is known before the first of them is confirmed.
 * Many keys of one customer are no mass: somebody wiped that customer's applications. Returns the gateways at which one
 * has just begun: asking all of their connections now shows whom it concerns.
 */
export function assessMassRejections(
  survey: Survey,
  book: IncidentBook,
  policy: MassPolicy,
  ids: IncidentIds,
): readonly string[] {
  const begun: string[] = [];
  for (const seen of survey.gateways.values()) {
    const open = book.find('mass_rejection', seen.gateway);
    if (open) follow(open, seen, survey, book);
    else if (isMass(seen, newcomers(seen, book), policy)) {
      begin({ ...seen, refusedLately: newcomers(seen, book) }, survey.at, book, ids);
      begun.push(seen.gateway);
    }
  }
  for (const incident of book.all()) {
    if (incident.kind !== 'mass_rejection' || incident.resolvedAt !== null || incident.subject === null)
      continue;
    if (!survey.gateways.has(incident.subject)) book.resolve(incident, 'removed', survey.at);
  }
  return begun;
}

/** One customer counts for so many at most, however many applications were wiped. */
const MOST_OF_ONE_TENANT = 5;

/** Those of whose refusal nobody has been told yet. */
function newcomers({ refusedLately }: GatewaySurvey, book: IncidentBook): readonly Connection[] {
  return refusedLately.filter(
    ({ id }) => (book.find('credential_invalid', id)?.notice.toldAt ?? null) === null,
  );
}

function isMass(
  { checkedLately }: GatewaySurvey,
  refused: readonly Connection[],
  { atLeast, share }: MassPolicy,
): boolean {
  if (refused.length < checkedLately * share) return false;
  const tenants = new Map<string, number>();
  for (const { tenant } of refused) tenants.set(tenant, (tenants.get(tenant) ?? 0) + 1);
  const counted = [...tenants.values()].map((count) => Math.min(count, MOST_OF_ONE_TENANT));
  return counted.reduce((sum, count) => sum + count, 0) >= atLeast;
}

function begin(seen: GatewaySurvey, now: number, book: IncidentBook, ids: IncidentIds): void {
  const { gateway, refusedLately, checkedLately } = seen;
  book.put(
    newIncident(
      {
        id: ids.of(hostOf(gateway), 'mass_rejection'),
        kind: 'mass_rejection',
        cause: null,
        severity: 'critical',
        connection: null,
        subject: gateway,
        members: idsOf(refusedLately),
        detail:
          `${counted(refusedLately.length, 'connection')} that worked until now ${refusedLately.length === 1 ? 'was' : 'were'} refused ` +
          `for the first time within two minutes, of ${checkedLately} checked in that time.`,
      },
      now,
    ),
  );
}

function follow(incident: Incident, seen: GatewaySurvey, survey: Survey, book: IncidentBook): void {
  const { at: now } = survey;
  const fresh = idsOf(newcomers(seen, book));
  const members = [...new Set([...incident.members, ...fresh])];
  const grows = members.length > incident.members.length;
  const current = grows ? book.put({ ...incident, members }) : incident;
  const standings = members.flatMap((id) => survey.standings.get(id) ?? []);
  const works = standings.filter((standing) => standing === 'works').length;
  // Those that only just joined are looked at from the next survey on.
  if (fresh.length === 0 && standings.length === 0) book.resolve(current, 'removed', now);
  else if (fresh.length === 0 && works === standings.length) book.resolve(current, 'recovered', now);
  else if (now - incident.startedAt >= MASS_LASTS_MS) book.resolve(current, 'superseded', now);
  else if (fresh.length === 0 && works >= members.length / 2) calmDown(current, seen.windowMs, now, book);
  else {
    const upset = current.calmSince === null ? current : book.put({ ...current, calmSince: null });
    // Who was refused within the window may have been asked again since: no longer list is told of what is passing.
    if (works < members.length / 2) tellOfMore(upset, grows, now, book);
  }
}

/** Most are back. What is still refused when each has been asked again is so for a reason of its own. */
function calmDown(incident: Incident, windowMs: number, now: number, book: IncidentBook): void {
  const calmSince = incident.calmSince ?? now;
  if (now - calmSince >= windowMs) book.resolve(incident, 'superseded', now);
  else if (incident.calmSince === null) book.put({ ...incident, calmSince });
}

/** Whoever joined after the message was sent is in the next one: soon when no more join, and not too late while they do. */
function tellOfMore(incident: Incident, grows: boolean, now: number, book: IncidentBook): void {
  const { notice, members, membersTold } = incident;
  if (notice.toldAt === null || notice.due !== null || members.length <= membersTold) return;
  if (now - notice.toldAt >= (grows ? MORE_AT_LATEST_MS : MORE_AT_EARLIEST_MS)) {
    const detail = `${counted(members.length, 'connection')} that worked until then have been refused since the first of them was.`;
    book.put(dueAgain({ ...incident, detail }, now));
  }
}

function idsOf(connections: readonly Connection[]): string[] {
  return connections.map(({ id }) => id);
}
