import { FLEET_CONCERNS } from './concerns.ts';
import type { ConnectionIdentity } from './connection.ts';
import { nearest } from './nearest.ts';
import { isAbout, namesConnections, namesNothing, type SilenceMatch } from './silence.ts';

/** Longer than any migration; what should be quiet for good is disabled or routed elsewhere. */
export const LONGEST_SILENCE_MS = 90 * 86_400_000;

/** Kinds whose incidents are about many connections at once: only their gateways can be matched. */
const MANY_AT_ONCE = ['gateway_outage', 'mass_rejection'];

/**
 * Why a match would mute nothing, in one sentence that says what to write instead; null when it is good. A typing
 * error must not leave somebody believing that a noisy customer was muted.
 */
export function matchMistake(match: SilenceMatch, fleet: readonly ConnectionIdentity[]): string | null {
  if (namesNothing(match)) {
    return 'The silence would mute everything: name a connection, a tenant, labels, a gateway or a kind.';
  }
  return kindMistake(match) ?? unknownName(match, fleet) ?? combinationMistake(match, fleet);
}

/** Why a silence can't last from `startsAt` to `endsAt` (epoch ms); null when it can. */
export function timesMistake(startsAt: number, endsAt: number, now: number): string | null {
  if (endsAt <= startsAt) return 'The silence would end before it starts: give a later end.';
  if (endsAt <= now) return 'The silence would be over already: give an end that lies ahead.';
  if (endsAt - startsAt > LONGEST_SILENCE_MS) {
    return 'The silence would last longer than 90 days: give an earlier end, or disable the connection.';
  }
  return null;
}

function kindMistake(match: SilenceMatch): string | null {
  const { kind, gateway } = match;
  if (kind === undefined) return null;
  if (
    FLEET_CONCERNS.some((concern) => concern.kind === kind) &&
    (namesConnections(match) || gateway !== undefined)
  ) {
    return `${kind} is about the monitor itself: name the kind alone.`;
  }
  if (MANY_AT_ONCE.includes(kind) && namesConnections(match)) {
    return `${kind} is about many connections at once: name the kind, or the kind and a gateway.`;
  }
  return null;
}

function unknownName(match: SilenceMatch, fleet: readonly ConnectionIdentity[]): string | null {
  const fields = [
    ['connection', match.connection, (one: ConnectionIdentity) => one.id],
    ['tenant', match.tenant, (one: ConnectionIdentity) => one.tenant],
    ['gateway', match.gateway, (one: ConnectionIdentity) => one.gateway],
  ] as const;
  for (const [field, wanted, read] of fields) {
    if (wanted === undefined) continue;
    const known = new Set(fleet.map(read));
    if (known.has(wanted)) continue;
    return field === 'gateway' ? unknownGateway(wanted, known) : unknown(`${field} ${wanted}`, wanted, known);
  }
  for (const [name, value] of Object.entries(match.labels ?? {})) {
    const known = new Set(
      fleet.flatMap(({ labels }) => Object.entries(labels).map((pair) => pair.join('='))),
    );
    if (!known.has(`${name}=${value}`)) return unknown(`label ${name}=${value}`, `${name}=${value}`, known);
  }
  return null;
}

/** There are few gateways, and often only the scheme is missing: the one that is nearest by its host is offered. */
function unknownGateway(wanted: string, known: ReadonlySet<string>): string {
  const byHost = new Map([...known].map((origin) => [hostOf(origin), origin]));
  const host = hostOf(wanted);
  const meant = byHost.get(nearest(host, byHost.keys()) ?? '') ?? [...known].find(isWithin(host));
  return meant === undefined
    ? `There is no gateway ${wanted}; there is ${[...known].toSorted().slice(0, 5).join(', ') || 'none'}.`
    : `There is no gateway ${wanted}; did you mean ${meant}?`;
}

function hostOf(origin: string): string {
  return origin
    .toLowerCase()
    .replace(/^[a-z][a-z0-9+.-]*:\/\//, '')
    .replace(/[/?#].*$/, '')
    .replace(/:443$/, '');
}

/** A part of a host, such as `us-api`, is meant for the whole. */
function isWithin(host: string): (origin: string) => boolean {
  return (origin) => host.length >= 4 && hostOf(origin).includes(host);
}

function unknown(what: string, wanted: string, known: Iterable<string>): string {
  const meant = nearest(wanted, known);
  return meant === null
    ? `There is no ${what}; mimecast-monitor status and GET /api/v1/connections list what there is.`
    : `There is no ${what}; did you mean ${meant}?`;
}

function combinationMistake(match: SilenceMatch, fleet: readonly ConnectionIdentity[]): string | null {
  if (!namesConnections(match) || fleet.some((connection) => isAbout(match, connection))) return null;
  return 'No connection has all of this together: leave out what is too much, or add one silence for each.';
}
