import { setImmediate } from 'node:timers/promises';

/** Filtering and sorting this many takes about a millisecond: what else is due need not wait longer. */
const SLICE = 1_000;

export interface Selected<T> {
  readonly rows: readonly T[];
  /** How many fit, chosen or not. */
  readonly total: number;
}

export interface Selection<T> {
  readonly fits: (row: T) => boolean;
  readonly compare: (a: T, b: T) => number;
  readonly offset: number;
  readonly limit: number;
}

/** Those from `offset` on, as if all that fit were sorted, giving way to other work in between. */
export async function selectRows<T>(all: readonly T[], wanted: Selection<T>): Promise<Selected<T>> {
  const { fits, compare, offset, limit } = wanted;
  let best: readonly T[] = [];
  let total = 0;
  for (let start = 0; start < all.length; start += SLICE) {
    const fitting = all.slice(start, start + SLICE).filter(fits);
    total += fitting.length;
    best = merge(best, fitting.sort(compare), compare, offset + limit);
    if (start + SLICE < all.length) await setImmediate();
  }
  return { rows: best.slice(offset), total };
}

/** The first `most` of two sorted lists. */
function merge<T>(
  left: readonly T[],
  right: readonly T[],
  compare: (a: T, b: T) => number,
  most: number,
): readonly T[] {
  const worst = left.at(-1);
  const [best] = right;
  if (best === undefined) return left;
  if (left.length >= most && worst !== undefined && compare(worst, best) <= 0) return left;
  const merged: T[] = [];
  let [l, r] = [0, 0];
  while (merged.length < most && (l < left.length || r < right.length)) {
    const [a, b] = [left[l], right[r]];
    if (a !== undefined && (b === undefined || compare(a, b) <= 0)) {
      merged.push(a);
      l += 1;
    } else if (b !== undefined) {
      merged.push(b);
      r += 1;
    }
  }
  return merged;
}
