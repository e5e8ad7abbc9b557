import type { Levels } from './levels.ts';

/** A measure, how far its floor may rise over the soak, and why so far. */
interface Bound {
  readonly measure: RegExp;
  readonly most: number;
  readonly because: string;
}

const BOUNDS: readonly Bound[] = [
  {
    measure: /^resident memory of a/,
    most: 40,
    because:
      'the heap breathes by a few semi-spaces of 16 MB; 100 bytes kept of each check would be more in an hour',
  },
  {
    measure: /^heap of a/,
    most: 25,
    because:
      'garbage waits for its collection; 65 bytes kept of each check of 5,000 connections would be more in an hour',
  },
  { measure: /^descriptors of a/, most: 16, because: 'idle sockets to the gateway come and go' },
  {
    measure: /^memory of Redis/,
    most: 4,
    because:
      'buffers of clients and of the append-only file; 10 bytes kept of each check would be more in an hour',
  },
  {
    measure: /^keys of Redis/,
    most: 40,
    because: 'a job under way has a key or two; what is kept for good has its key from the beginning',
  },
  { measure: /^entries of all event streams/, most: 200, because: 'they are trimmed by whole nodes of 100' },
  { measure: /^entries of all lists/, most: 20, because: 'only what waits or is under way stands in one' },
];

export interface Growth {
  readonly measure: string;
  /** The lowest of the second third of the soak, and of the last: what comes and goes does not count. */
  readonly from: number;
  readonly to: number;
  readonly most: number | null;
  readonly tooMuch: boolean;
}

/** Of fewer samples a single fault could have raised all; a third needs some that were taken in quiet times. */
const LEAST_OF_A_THIRD = 4;

/** Compares how low each measure still gets. Without enough to compare, nothing is said. */
export function growthOf(samples: readonly Levels[]): Growth[] {
  const third = Math.floor(samples.length / 3);
  if (third < LEAST_OF_A_THIRD) return [];
  const [early, late] = [samples.slice(third, 2 * third), samples.slice(-third)];
  return Object.keys(samples.at(-1) ?? {}).map((measure) => {
    const [from, to] = [lowest(early, measure), lowest(late, measure)];
    const most = BOUNDS.find((bound) => bound.measure.test(measure))?.most ?? null;
    // What was not measured is no number, and no proof that nothing grew.
    return { measure, from, to, most, tooMuch: most !== null && !(to - from <= most) };
  });
}

function lowest(samples: readonly Levels[], measure: string): number {
  return Math.min(...samples.map((levels) => levels[measure] ?? Number.POSITIVE_INFINITY));
}
