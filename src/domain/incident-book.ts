import type { ConnectionIdentity } from './connection.ts';
import { type Incident, type IncidentKind, isDigest, type Resolution } from './incident.ts';

const NOTHING_DUE = { due: null, since: null, held: null, toldAt: null, quiet: null } as const;

/** The incidents while a decision is made, and what has changed of them. */
export class IncidentBook {
  readonly #all = new Map<string, Incident>();
  readonly #changed = new Map<string, Incident>();
  /** Unresolved incidents by what they are about: never two for the same trouble. */
  readonly #open = new Map<string, string>();
  readonly #members = new Map<string, Set<string>>();

  constructor(incidents: readonly Incident[]) {
    for (const incident of incidents) this.#enter(incident);
  }

  find(kind: IncidentKind, about: string): Incident | undefined {
    const id = this.#open.get(`${kind}/${about}`);
    return id === undefined ? undefined : this.#all.get(id);
  }

  /** Unresolved ones, and resolved ones of which somebody has to be told. */
  all(): readonly Incident[] {
    return [...this.#all.values()];
  }

  /** Unresolved members of a digest. */
  membersOf(digest: Incident): readonly Incident[] {
    const ids = [...(this.#members.get(digest.id) ?? [])];
    const members = ids.map((id) => this.#all.get(id)).filter((one) => one !== undefined);
    // One that has become graver since is told of by itself, and has left the digest.
    return members.filter(({ group, resolvedAt }) => group === digest.id && resolvedAt === null);
  }

  put(incident: Incident): Incident {
    this.#changed.set(incident.id, incident);
    this.#enter(incident);
    return incident;
  }

  changed(): readonly Incident[] {
    return [...this.#changed.values()];
  }

  /** Ends an incident. Those who were told of it are owed the end; who never was, is spared both. */
  resolve(incident: Incident, resolution: Resolution, at: number): void {
    const { notice, group } = incident;
    // A member of a digest that was told of alone before is taken back alone, too.
    const owed = notice.toldAt !== null && (group === null || incident.audiences.length > 0);
    this.put({
      ...incident,
      resolution,
      resolvedAt: Math.max(at, incident.startedAt),
      notice: owed
        ? { ...notice, due: 'resolved', since: at, held: null }
        : { ...notice, due: null, since: null, held: null, quiet: group === null ? 'superseded' : 'grouped' },
    });
    const digest = group === null ? undefined : this.#all.get(group);
    if (digest && !digest.memberEnds.includes(resolution))
      this.put({ ...digest, memberEnds: [...digest.memberEnds, resolution] });
  }

  #enter(incident: Incident): void {
    const { id, kind, group } = incident;
    this.#all.set(id, incident);
    const key = `${kind}/${aboutOf(incident)}`;
    if (incident.resolvedAt === null) this.#open.set(key, id);
    else if (this.#open.get(key) === id) this.#open.delete(key);
    if (group === null) return;
    const members = this.#members.get(group) ?? new Set();
    this.#members.set(group, members.add(id));
  }
}

/** A connection's id, or what an incident without one is about; digests stand beside each other. */
function aboutOf(incident: Incident): string {
  if (incident.connection !== null) return incident.connection.id;
  return isDigest(incident) ? incident.id : (incident.subject ?? '');
}

/** A new incident of which nobody has been told yet. */
export function newIncident(
  about: Pick<Incident, 'id' | 'kind' | 'cause' | 'severity'> & {
    readonly connection: ConnectionIdentity | null;
  } & Partial<Incident>,
  startedAt: number,
): Incident {
  return {
    schema: 2,
    override: null,
    evidence: null,
    detail: null,
    subject: null,
    members: [],
    group: null,
    audiences: [],
    memberEnds: [],
    membersTold: 0,
    calmSince: null,
    sequence: 0,
    startedAt,
    resolvedAt: null,
    resolution: null,
    notice: { ...NOTHING_DUE, due: 'firing', since: startedAt },
    ...about,
  };
}

/** Has those who are concerned told again, e.g. because it has become graver. */
export function dueAgain(incident: Incident, at: number): Incident {
  return { ...incident, group: null, notice: { ...incident.notice, due: 'firing', since: at, quiet: null } };
}
