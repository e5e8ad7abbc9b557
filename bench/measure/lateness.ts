/** How many checks were at most so many seconds late since the process began; and how late all were together. */
export interface LatenessCounts {
  readonly buckets: ReadonlyMap<number, number>;
  readonly sumS: number;
}

export interface Lateness {
  readonly checks: number;
  readonly meanMs: number;
  readonly p99Ms: number;
  readonly p50Ms: number;
  /** Checks that were more than half a second late: a boundary of the histogram, so that this is exact. */
  readonly over500Ms: number;
}

/** Reads the histogram of one gateway, or of all together. */
export function latenessIn(metrics: string, gateway?: string): LatenessCounts {
  const buckets = new Map<number, number>();
  let sumS = 0;
  for (const [, part, labels = '', value] of metrics.matchAll(
    /^mimecast_check_lateness_seconds_(bucket|sum)\{([^}]*)\} (\S+)$/gm,
  )) {
    if (gateway !== undefined && !labels.includes(`gateway="${gateway}"`)) continue;
    if (part === 'sum') {
      sumS += Number(value);
      continue;
    }
    const bound = boundIn(labels);
    buckets.set(bound, (buckets.get(bound) ?? 0) + Number(value));
  }
  return { buckets, sumS };
}

export interface Stretch {
  readonly before: LatenessCounts;
  readonly after: LatenessCounts;
}

/** The lateness of the checks between two looks. */
export function latenessBetween(before: LatenessCounts, after: LatenessCounts): Lateness {
  return latenessOver([{ before, after }]);
}

/** Of all checks in several stretches; quantiles are interpolated within their bucket, as Prometheus does. */
export function latenessOver(stretches: readonly Stretch[]): Lateness {
  const bounds = [...(stretches[0]?.after.buckets.keys() ?? [])].toSorted((a, b) => a - b);
  if (!bounds.includes(0.5)) throw new Error('The histogram of lateness has no boundary at 0.5 s');
  const total = (of: (counts: LatenessCounts) => number) =>
    stretches.reduce((sum, { before, after }) => sum + of(after) - of(before), 0);
  const within = new Map(bounds.map((bound) => [bound, total(({ buckets }) => buckets.get(bound) ?? 0)]));
  const checks = within.get(Number.POSITIVE_INFINITY) ?? 0;
  return {
    checks,
    meanMs: (total(({ sumS }) => sumS) / checks) * 1_000,
    p50Ms: quantile(0.5 * checks, within),
    p99Ms: quantile(0.99 * checks, within),
    over500Ms: checks - (within.get(0.5) ?? 0),
  };
}

/** Milliseconds within which so many checks began; `within` is in the order of its bounds, in seconds. */
function quantile(rank: number, within: ReadonlyMap<number, number>): number {
  let [lower, below] = [0, 0];
  for (const [bound, count] of within) {
    if (count >= rank) return (lower + ((bound - lower) * (rank - below)) / (count - below)) * 1_000;
    [lower, below] = [bound, count];
  }
  return Number.NaN;
}

function boundIn(labels: string): number {
  const text = /le="([^"]+)"/.exec(labels)?.[1];
  return text === '+Inf' ? Number.POSITIVE_INFINITY : Number(text);
}
