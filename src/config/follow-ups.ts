import type { Path } from './place.ts';
import type { Source } from './source.ts';
import type { Mistake } from './wording.ts';

/** Where something was left out of a section or a connection because its text could not be taken, as YAML aliases. */
export interface Holes {
  /** Whether any are there. */
  readonly some: boolean;
  /** Whether a key may have been left out. */
  has(key: string): boolean;
  /** Whether a mistake, at a path below, only seems to be one for that. */
  isFollowUp(mistake: Mistake): boolean;
}

const NONE: Holes = { some: false, has: () => false, isFollowUp: () => false };

export function holesAt({ problems }: Pick<Source, 'problems'>, base: Path): Holes {
  if (problems.length === 0) return NONE;
  const inside = problems.filter(({ path }) => startsWith(path, base));
  const paths = inside.map(({ path, hole }) => ({ path: path.slice(base.length), hole: hole === true }));
  const holes = paths.filter(({ hole }) => hole).map(({ path }) => path);
  return {
    some: holes.length > 0,
    has: (key) => holes.some((hole) => hole.length === 0 || hole[0] === key || isMerge(hole, [])),
    isFollowUp: ({ path, message, target, meant }) =>
      holes.some(
        (hole) =>
          startsWith(path, hole) || (message.startsWith('is missing;') && isMerge(hole, path.slice(0, -1))),
      ) ||
      // An unknown key that carries an anchor was made for the aliases, which are told; a slip was not.
      (target === 'key' && meant === undefined && paths.some((problem) => startsWith(problem.path, path))),
  };
}

/** Whether keys may have been merged into the mapping at a path. */
function isMerge(hole: Path, mapping: Path): boolean {
  return hole.length === mapping.length + 1 && hole.at(-1) === '<<' && startsWith(hole, mapping);
}

function startsWith(path: Path, start: Path): boolean {
  return path.length >= start.length && start.every((segment, index) => path[index] === segment);
}
