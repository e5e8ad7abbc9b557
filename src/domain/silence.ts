import type { ConnectionIdentity } from './connection.ts';
import type { IncidentKind } from './incident.ts';

/** What a silence is about; every given field must match, and at least one must be given. */
export interface SilenceMatch {
  readonly connection?: string;
  readonly tenant?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** An origin. */
  readonly gateway?: string;
  readonly kind?: IncidentKind;
}

/** Mutes notifications for a while; never checks, states or metrics. Times are epoch milliseconds. */
export interface Silence {
  /** Without a colon. */
  readonly id: string;
  readonly match: SilenceMatch;
  readonly startsAt: number;
  /** The first moment at which it mutes no more. */
  readonly endsAt: number;
  readonly reason: string;
  readonly author: string;
  readonly createdAt: number;
}

export const SILENCE_STATUSES = ['pending', 'active', 'expired'] as const;
export type SilenceStatus = (typeof SILENCE_STATUSES)[number];

export function silenceStatus({ startsAt, endsAt }: Silence, now: number): SilenceStatus {
  if (now >= endsAt) return 'expired';
  return now < startsAt ? 'pending' : 'active';
}

/** What might be muted. */
export interface Silenceable {
  readonly kind: IncidentKind;
  /** Null for what is not about one connection. */
  readonly connection: ConnectionIdentity | null;
  /** The gateways that something without a connection is about. */
  readonly gateways?: readonly string[];
}

/** The silence that mutes `subject` now, of several the one that lasts longest; null when none does. */
export function silencing(subject: Silenceable, silences: readonly Silence[], now: number): Silence | null {
  let longest: Silence | null = null;
  for (const silence of silences) {
    if (silenceStatus(silence, now) !== 'active' || !isMuted(subject, silence.match)) continue;
    if (longest === null || silence.endsAt > longest.endsAt) longest = silence;
  }
  return longest;
}

/** A match that names nothing would mute everything, so it mutes nothing. */
export function namesNothing({ connection, tenant, labels, gateway, kind }: SilenceMatch): boolean {
  const given = [connection, tenant, gateway, kind].some((field) => field !== undefined);
  return !given && Object.keys(labels ?? {}).length === 0;
}

/** Whether a match asks for something that only a connection has. */
export function namesConnections({ connection, tenant, labels }: SilenceMatch): boolean {
  return connection !== undefined || tenant !== undefined || Object.keys(labels ?? {}).length > 0;
}

function isMuted({ kind, connection, gateways = [] }: Silenceable, match: SilenceMatch): boolean {
  if (namesNothing(match) || (match.kind !== undefined && match.kind !== kind)) return false;
  if (connection !== null) return isAbout(match, connection);
  if (namesConnections(match)) return false;
  // What is about other gateways too must not be muted by a silence for one of them.
  return (
    match.gateway === undefined || (gateways.length > 0 && gateways.every((one) => one === match.gateway))
  );
}

/** Whether a connection has everything that a match asks of one. */
export function isAbout(match: SilenceMatch, { id, tenant, gateway, labels }: ConnectionIdentity): boolean {
  return (
    (match.connection === undefined || match.connection === id) &&
    (match.tenant === undefined || match.tenant === tenant) &&
    (match.gateway === undefined || match.gateway === gateway) &&
    Object.entries(match.labels ?? {}).every(([name, value]) => labels[name] === value)
  );
}
