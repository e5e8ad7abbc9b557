/** Up to this many connections may always go. */
const ALWAYS_ALLOWED = 5;
/** And up to this share of what is known. */
const ALLOWED_SHARE = 0.2;

export type RemovalDecision =
  | { readonly allowed: true; readonly reason: 'few' | 'told'; readonly removed: readonly string[] }
  | {
      readonly allowed: false;
      readonly reason: 'too_many';
      readonly removed: readonly string[];
      /** What is wrong and what to do. */
      readonly message: string;
    };

/** Finds out what a new config takes away, and decides whether it may. */
export function guardRemovals(
  known: Iterable<string>,
  next: Iterable<{ readonly id: string }>,
  allowRemovals: boolean,
): RemovalDecision {
  const kept = new Set<string>();
  for (const { id } of next) kept.add(id);
  const before = [...new Set(known)];
  return judgeRemovals(
    before.filter((id) => !kept.has(id)),
    before.length,
    allowRemovals,
  );
}

/**
 * Decides whether a new config may take connections away: an unmounted folder is not a decision. More than a fifth
 * of the known ones (and more than 5) are refused, unless somebody said that it is meant. A disabled connection is
 * still there; one under a new id is gone.
 */
export function judgeRemovals(
  removed: readonly string[],
  known: number,
  allowRemovals: boolean,
): RemovalDecision {
  if (removed.length <= ALWAYS_ALLOWED || removed.length <= known * ALLOWED_SHARE) {
    return { allowed: true, reason: 'few', removed };
  }
  if (allowRemovals) return { allowed: true, reason: 'told', removed };
  const some = removed.slice(0, 3).join(', ');
  const message =
    `the config would remove ${removed.length} of ${known} known connections (${some}, …); ` +
    'is an included file or folder missing? If it is meant, say --allow-removals';
  return { allowed: false, reason: 'too_many', removed, message };
}
