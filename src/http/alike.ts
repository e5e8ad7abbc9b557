import type { Connection } from '../domain/connection.ts';

/** The names of a fleet that somebody may look for, by the same in small letters. */
interface Names {
  readonly tenants: Spellings;
  /** `name=value` */
  readonly labels: Spellings;
}

type Spellings = ReadonlyMap<string, readonly string[]>;

export type Named = keyof Names;

/**
 * What a person means who writes `text`: the name that it is, in whatever case, or else all names that it is a part
 * of. So somebody who types sees ever fewer rows, and who chose "Tenant 1" does not see "Tenant 10".
 */
export function alike(connections: readonly Connection[], named: Named, text: string): readonly string[] {
  const names = namesOf(connections)[named];
  const wanted = text.trim().toLowerCase();
  return names.get(wanted) ?? [...names].flatMap(([name, spelled]) => (name.includes(wanted) ? spelled : []));
}

const known = new WeakMap<readonly Connection[], Names>();

/** Gathered once for each config: the page asks again every few seconds. */
function namesOf(connections: readonly Connection[]): Names {
  const gathered = known.get(connections);
  if (gathered !== undefined) return gathered;
  const names = {
    tenants: spellings(connections.map(({ tenant }) => tenant)),
    labels: spellings(
      connections.flatMap(({ labels }) => Object.entries(labels).map(([name, value]) => `${name}=${value}`)),
    ),
  };
  known.set(connections, names);
  return names;
}

function spellings(names: Iterable<string>): Spellings {
  const found = new Map<string, string[]>();
  for (const name of new Set(names)) {
    const small = name.toLowerCase();
    found.set(small, [...(found.get(small) ?? []), name]);
  }
  return found;
}
