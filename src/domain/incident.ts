import type { ConnectionIdentity } from './connection.ts';
import type { Evidence } from './record.ts';

export const INCIDENT_KINDS = [
  'credential_invalid',
  'credential_unverifiable',
  'credential_expiring',
  'gateway_outage',
  'mass_rejection',
  'permission_lost',
  'config_rejected',
  'channel_failing',
] as const;
export type IncidentKind = (typeof INCIDENT_KINDS)[number];

export const INCIDENT_CAUSES = ['revoked', 'never_valid', 'expired', 'forbidden'] as const;
export type IncidentCause = (typeof INCIDENT_CAUSES)[number];

export const SEVERITIES = ['critical', 'warning'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const RESOLUTIONS = ['recovered', 'removed', 'disabled', 'superseded'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

/** What an incident shows as proof. */
export interface IncidentEvidence extends Evidence {
  /** Counted rejections when the incident was opened or last updated. */
  readonly confirmations: number;
  /** Epoch milliseconds. */
  readonly lastSuccessAt: number | null;
  /** The call that was denied, e.g. `GET /identity/whoami`; with `permission_lost` only. */
  readonly call?: string;
}

/**
 * Why a message that is owed has not left: it waits for company of its kind (`grouping`), its gateway is out, it is
 * part of a mass rejection, it says something of keys that may not work at all (`awaiting_verdict`), or somebody silenced it.
 */
export type HoldReason = 'grouping' | 'outage' | 'mass_rejection' | 'awaiting_verdict' | 'silenced';

/**
 * Why an open incident has no message of its own: it was told in a digest, it ended before it was told, or no channel is
 * configured for it.
 */
export type QuietReason = 'grouped' | 'superseded' | 'nobody_to_tell';

/** What is owed to those who are told of an incident. Times are epoch milliseconds. */
export interface Notice {
  readonly due: 'firing' | 'resolved' | null;
  /** Since when it is due; null when nothing is. */
  readonly since: number | null;
  readonly held: HoldReason | null;
  /** When the latest message, its own or a digest's, was handed over for delivery; null before the first. */
  readonly toldAt: number | null;
  readonly quiet: QuietReason | null;
  /** The message about many that told of it last; absent where its own did. */
  readonly within?: ToldWithin;
}

/** An incident's place in the message of another one: a digest, or a round-up of reminders. */
export interface ToldWithin {
  readonly incident: string;
  /** The channels whose copy is about it. */
  readonly channels: readonly string[];
  /** Channels that got a message of its own instead; absent where there are none. */
  readonly alone?: readonly string[];
}

/** Some channels and the part of an incident that they may see. */
export interface Audience {
  readonly channels: readonly string[];
  readonly total: number;
  /** The first 50 connections. */
  readonly ids: readonly string[];
  /** Whose connections these are, where they are all of one. */
  readonly tenant: string | null;
  /** What a digest says of those of its members that these channels may see; absent for every other incident. */
  readonly seen?: Pick<Incident, 'detail' | 'evidence'>;
}

/** A period in which something needs a person. Times are epoch milliseconds. */
export interface Incident {
  readonly schema: 2;
  /** `<epoch>-<connection>-<kind>-<version>`, or as `IncidentIds` makes it: a digest's names no connection. */
  readonly id: string;
  readonly kind: IncidentKind;
  readonly cause: IncidentCause | null;
  readonly severity: Severity;
  /** Null for digests and for what concerns the whole fleet. */
  readonly connection: ConnectionIdentity | null;
  /** Channels that replace the routes for this connection. */
  readonly override: readonly string[] | null;
  readonly evidence: IncidentEvidence | null;
  /** More than the evidence says, in words, e.g. why a config was refused. */
  readonly detail: string | null;
  /** What an incident without a connection is about: a gateway, a channel, `config`, or `digest`. */
  readonly subject: string | null;
  /** The connections of a digest, an outage or a mass rejection. */
  readonly members: readonly string[];
  /** The digest in which it was told. */
  readonly group: string | null;
  /** Those who were told, as they were then: its later messages go to the same. */
  readonly audiences: readonly Audience[];
  /** How the members of a digest ended so far, each way once. */
  readonly memberEnds: readonly Resolution[];
  /** How many members there were when they were last told of. */
  readonly membersTold: number;
  /** Since when an outage or a mass rejection looks as if it were over. */
  readonly calmSince: number | null;
  /** Number of its latest notification. */
  readonly sequence: number;
  readonly startedAt: number;
  readonly resolvedAt: number | null;
  readonly resolution: Resolution | null;
  readonly notice: Notice;
  /** Of a digest of secrets that can't be read: what they all come from. */
  readonly source?: string;
  /** The keys work again, but the declared expiry (epoch milliseconds) is that of the secret before; absent otherwise. */
  readonly outdatedExpiry?: number;
}

export const DIGEST = 'digest';

/** Digests are made of incidents; every other incident is itself some trouble. */
export function isDigest({ subject }: Incident): boolean {
  return subject === DIGEST;
}

/** The clocks of several processes differ by less than this; a time further ahead was noted before a clock was set back. */
export const SET_BACK_MS = 60_000;

/** Whether an incident has times that a clock showed before it was set back. */
export function isAheadOf({ startedAt, calmSince, notice }: Incident, now: number): boolean {
  return [startedAt, calmSince, notice.toldAt].some((time) => time !== null && time > now + SET_BACK_MS);
}

/** The incident by the clock as it is now: nothing waits until the clock has caught up. */
export function rebased(incident: Incident, now: number): Incident {
  const past = (time: number | null) => (time === null ? null : Math.min(time, now));
  const { startedAt, calmSince, notice } = incident;
  return {
    ...incident,
    startedAt: Math.min(startedAt, now),
    calmSince: past(calmSince),
    notice: { ...notice, since: past(notice.since), toldAt: past(notice.toldAt) },
  };
}

/** An incident that has ended and of which nobody has to be told any more. */
export function isOver({ resolvedAt, notice }: Incident): boolean {
  return resolvedAt !== null && notice.due === null;
}
