import { dirname } from 'node:path';
import type { NamedReference } from '../config/references.ts';
import { describeReference, type Reference } from '../domain/reference.ts';

/** Where some of the values come from. */
export interface ValueSource {
  /** Such as `exec vault`, `file /run/secrets/acme` or, of many, `file /run/secrets/…`. Never a value. */
  readonly source: string;
  readonly references: number;
  /** Where the first of them stands, e.g. `acme-siem: clientSecret`. */
  readonly first: string;
}

/** So many variables, or files of one folder, are named one by one. */
const NAMED = 5;

/** From where every value comes; what would be a long list of the same kind is one entry. The most used first. */
export function sourcesOf(references: readonly NamedReference[]): readonly ValueSource[] {
  const single = countBy(references, ({ reference }) => describeReference(reference));
  const members = new Map<string, number>();
  for (const { reference } of single.values()) {
    const family = familyOf(reference);
    members.set(family, (members.get(family) ?? 0) + 1);
  }
  const isLarge = (reference: Reference) => (members.get(familyOf(reference)) ?? 0) > NAMED;
  const grouped = countBy(references, ({ reference }) =>
    isLarge(reference) ? familyOf(reference) : describeReference(reference),
  );
  return [...grouped]
    .map(([source, { count, name }]) => ({ source, references: count, first: name }))
    .toSorted((a, b) => b.references - a.references);
}

interface Group extends NamedReference {
  count: number;
}

function countBy(
  references: readonly NamedReference[],
  keyOf: (reference: NamedReference) => string,
): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  for (const reference of references) {
    const key = keyOf(reference);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { ...reference, count: 1 });
    else group.count += 1;
  }
  return groups;
}

/** What a reference has in common with others of its kind. */
function familyOf(reference: Reference): string {
  switch (reference.kind) {
    case 'env':
      return 'env …';
    case 'file':
      return `file ${dirname(reference.path)}/…`;
    case 'literal':
    case 'exec':
      return describeReference(reference);
    default:
      return reference satisfies never;
  }
}
