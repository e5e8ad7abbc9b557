import type { Concerned } from './audience.ts';
import { DIGEST, type Incident, type IncidentCause, type Resolution } from './incident.ts';
import { type IncidentBook, newIncident } from './incident-book.ts';

/** A member of a digest as its audiences are worked out from it. */
export function concerned({ connection, override }: Incident): Concerned {
  if (connection === null) throw new TypeError('a digest is made of incidents of connections');
  return { connection, override };
}

/** One incident that stands for many of a kind, under an id of its own; null for none. */
export function digestOf(members: readonly Incident[], id: string): Incident | null {
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

/** How many of it fare how. */
export function digestText(members: readonly Incident[]): string {
  const counts = new Map<string, number>();
  for (const { cause, evidence } of members) {
    const what = cause ?? evidence?.verdict ?? 'unknown';
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts].map(([what, count]) => `${count} × ${what}`).join(', ');
}
