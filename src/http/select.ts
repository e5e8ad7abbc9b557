import { setImmediate } from 'node:timers/promises';

/** Filtering and sorting this many takes about a millisecond: what else is due need not wait longer. */
const SLICE = 1_000;
/** Steps of merging that take about as long. */
const STEPS = 5_000;

export interface Selected<T> {
  readonly rows: readonly T[];
  /** How many fit, chosen or not. */
  readonly total: number;
}

export interface Selection<T, K> {
  readonly fits: (row: T) => boolean;
  /** What is compared; made once for each row that fits. */
  readonly key: (row: T) => K;
  readonly compare: (a: K, b: K) => number;
  readonly offset: number;
  readonly limit: number;
}

interface Keyed<T, K> {
  readonly row: T;
  readonly key: K;
}

type Run<T, K> = readonly Keyed<T, K>[];

/**
 * Those from `offset` on, as if all that fit were sorted, giving way to other work in between: slices are sorted and
 * merged two by two, and nothing is kept that can't be among the wanted.
 */
export async function selectRows<T, K>(all: readonly T[], wanted: Selection<T, K>): Promise<Selected<T>> {
  const { fits, key, compare, offset, limit } = wanted;
  const most = offset + limit;
  const runs: { readonly size: number; readonly run: Run<T, K> }[] = [];
  let total = 0;
  const mergeLast = async () => {
    const [right, left] = [runs.pop(), runs.pop()];
    if (!left || !right) return;
    runs.push({ size: left.size + right.size, run: await merge(left.run, right.run, compare, most) });
  };
  for (let start = 0; start < all.length; start += SLICE) {
    const fitting = all.slice(start, start + SLICE).filter(fits);
    total += fitting.length;
    const run = fitting.map((row) => ({ row, key: key(row) }));
    runs.push({ size: 1, run: run.sort((a, b) => compare(a.key, b.key)).slice(0, most) });
    // As the digits of a binary number carry: only runs made of equally many slices are merged.
    while (runs.at(-1)?.size === runs.at(-2)?.size && runs.length > 1) await mergeLast();
    if (start + SLICE < all.length) await setImmediate();
  }
  while (runs.length > 1) await mergeLast();
  const sorted = runs[0]?.run ?? [];
  return { rows: sorted.slice(offset, most).map(({ row }) => row), total };
}

/** The first `most` of two sorted runs. */
async function merge<T, K>(
  left: Run<T, K>,
  right: Run<T, K>,
  compare: (a: K, b: K) => number,
  most: number,
): Promise<Run<T, K>> {
  const merged: Keyed<T, K>[] = [];
  let [l, r] = [0, 0];
  while (merged.length < most) {
    const [a, b] = [left[l], right[r]];
    if (a !== undefined && (b === undefined || compare(a.key, b.key) <= 0)) {
      merged.push(a);
      l += 1;
    } else if (b !== undefined) {
      merged.push(b);
      r += 1;
    } else break;
    if (merged.length % STEPS === 0) await setImmediate();
  }
  return merged;
}
