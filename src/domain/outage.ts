import type { Incident } from './incident.ts';
import { type IncidentBook, newIncident } from './incident-book.ts';
import type { IncidentIds } from './incident-id.ts';
import type { GatewaySurvey, Survey } from './survey.ts';

/** One connection without an answer is its own trouble. */
const LEAST = 2;
/** So many at once are an outage although each was asked only once. */
const MANY = 10;
/** Fewer than this share of what was checked lately, and the outage is over at once. */
const NEARLY_NONE = 0.1;

/**
 * Opens an incident for each gateway of whose connections at least two and half get no usable answer, and ends it when
 * that is over. A survey in which nothing of a gateway was checked lately (the monitor was down) changes nothing.
 */
export function assessOutages(survey: Survey, book: IncidentBook, ids: IncidentIds): void {
  for (const gateway of survey.gateways.values()) assess(gateway, survey.at, book, ids);
  for (const incident of book.all()) {
    if (incident.kind !== 'gateway_outage' || incident.resolvedAt !== null || incident.subject === null)
      continue;
    if (!survey.gateways.has(incident.subject)) book.resolve(incident, 'removed', survey.at);
  }
}

function assess(seen: GatewaySurvey, now: number, book: IncidentBook, ids: IncidentIds): void {
  if (seen.checked === 0) return;
  const open = book.find('gateway_outage', seen.gateway);
  if (open) follow(open, seen, now, book);
  else if (isOut(seen)) {
    book.put(
      newIncident(
        {
          id: ids.of(hostOf(seen.gateway), 'gateway_outage'),
          kind: 'gateway_outage',
          cause: null,
          severity: 'warning',
          connection: null,
          subject: seen.gateway,
          members: seen.unavailable.map(({ id }) => id),
          detail: outageText(seen),
        },
        now,
      ),
    );
  }
}

function follow(incident: Incident, seen: GatewaySurvey, now: number, book: IncidentBook): void {
  const { unavailable, checked, windowMs } = seen;
  // In a small fleet one good answer between bad ones is no end.
  if (unavailable.length === 0 || (checked >= 2 * MANY && unavailable.length < checked * NEARLY_NONE)) {
    book.resolve(incident, 'recovered', now);
    return;
  }
  if (unavailable.length >= checked / 2) {
    const members = [...new Set([...incident.members, ...unavailable.map(({ id }) => id)])];
    if (incident.calmSince !== null || members.length > incident.members.length)
      book.put({ ...incident, members, calmSince: null });
    return;
  }
  // Some are back and some are not: what stays away while the others work is no outage of the gateway.
  const calmSince = incident.calmSince ?? now;
  if (now - calmSince >= windowMs) book.resolve(incident, 'recovered', now);
  else if (incident.calmSince === null) book.put({ ...incident, calmSince });
}

function isOut({ unavailable, checked, repeated }: GatewaySurvey): boolean {
  const enough = unavailable.length >= LEAST && unavailable.length >= checked / 2;
  // No trouble is announced on one answer.
  return enough && (repeated || unavailable.length >= MANY);
}

function outageText({ unavailable, checked, verdicts }: GatewaySurvey): string {
  const kinds = [...verdicts]
    .sort(([, a], [, b]) => b - a)
    .map(([verdict, count]) => `${count} × ${verdict}`);
  return `${unavailable.length} of the ${checked} connections that were checked lately got no usable answer (${kinds.join(', ')}).`;
}

/** The host and port of an origin, as a part of an id. */
export function hostOf(origin: string): string {
  return origin.replace(/^https?:\/\//, '').replace(/[^a-z0-9.-]/g, '-');
}
