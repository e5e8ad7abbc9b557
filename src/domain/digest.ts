import { audiencesOf, type Concerned } from './audience.ts';
import {
  type Audience,
  DIGEST,
  type Incident,
  type IncidentCause,
  type IncidentEvidence,
  type Resolution,
} from './incident.ts';
import { type IncidentBook, newIncident } from './incident-book.ts';
import type { RoutingPolicy } from './routing.ts';

/** An incident that can be told of in a digest. */
type Member = Incident & Concerned;

/**
 * Who is told of a digest's `members`, each of those that it may see: what is counted, by `textOf`, and shown as proof is
 * theirs alone.
 */
export function audiencesOfDigest(
  digest: Incident,
  members: readonly Incident[],
  policy: RoutingPolicy,
  textOf: (some: readonly Incident[]) => string = digestText,
): readonly Audience[] {
  const seenOf = (some: readonly Member[]) => ({ detail: textOf(some), evidence: some[0]?.evidence ?? null });
  return audiencesOf(digest, members.map(memberOf), policy, seenOf);
}

function memberOf(incident: Incident): Member {
  const { connection } = incident;
  if (connection === null) throw new TypeError('a digest is made of incidents of connections');
  return { ...incident, connection };
}

/** One incident that stands for many of a kind, or of one `source` of secrets, under an id of its own; null for none. */
export function digestOf(members: readonly Incident[], id: string, source: string | null): Incident | null {
  const [first] = members;
  if (!first) return null;
  const { kind, severity, evidence } = first;
  const about = {
    id,
    kind,
    cause: commonCause(members),
    severity,
    evidence,
    connection: null,
    subject: DIGEST,
    ...(source !== null && { source }),
  };
  const startedAt = members.reduce((least, member) => Math.min(least, member.startedAt), first.startedAt);
  const ids = members.flatMap(({ connection }) => connection?.id ?? []);
  return newIncident({ ...about, members: ids, detail: digestText(members) }, startedAt);
}

/** The cause that all of them have; null where they differ. */
export function commonCause(members: readonly Incident[]): IncidentCause | null {
  const [cause = null, ...others] = new Set(members.map((member) => member.cause));
  return others.length === 0 ? cause : null;
}

/**
 * How a digest ends of which nobody is left: as its members ended, or superseded where one is told of anew since it became
 * graver.
 */
export function endOfDigest(digest: Incident, book: IncidentBook): Resolution {
  if (digest.members.some((id) => book.find(digest.kind, id))) return 'superseded';
  const [first = 'recovered', ...others] = digest.memberEnds;
  return others.length === 0 ? first : 'recovered';
}

/** What tells the members of one kind apart: the verdict, or what the API answered to a token that is good. */
function answerOf({ verdict, httpStatus, code, call }: IncidentEvidence): string {
  return call === undefined ? verdict : (code ?? `HTTP ${httpStatus}`);
}

/** How many of it fare how. */
export function digestText(members: readonly Incident[]): string {
  const counts = new Map<string, number>();
  for (const { cause, evidence } of members) {
    // Why a secret can't be read says more than that it can't.
    const unread = evidence?.verdict === 'secret_unavailable' ? evidence.code : null;
    const what = cause ?? unread ?? (evidence && answerOf(evidence)) ?? 'unknown';
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts].map(([what, count]) => `${count} × ${what}`).join(', ');
}
