const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** How large a soak is and how fast things happen in it; durations in milliseconds. */
export interface SoakOptions {
  readonly seed: number;
  readonly lastsMs: number;
  readonly connections: number;
  /** Each connection has one of these. */
  readonly intervalsMs: readonly number[];
  readonly confirmations: number;
  readonly confirmDelayMs: number;
  readonly timeoutMs: number;
  /** Between two looks at every invariant. */
  readonly roundMs: number;
  /** One round in so many begins with a fault. */
  readonly faultEvery: number;
  /** How long a fault is kept up, by the dice. */
  readonly faultLastsMs: readonly [number, number];
  /** In this order, and then no more; null leaves it to the dice. */
  readonly faults: readonly string[] | null;
  /** Between two changes of keys. */
  readonly stirEveryMs: number;
  /** How long a key stays revoked, by the dice. */
  readonly badForMs: readonly [number, number];
}

/**
 * Beyond the interval, a check may begin and a message may arrive this much later before the monitor is called late: so
 * long a machine may be busy with other things.
 */
export const SLACK_MS = 15 * SECOND;

/** An hour with 5,000 connections is what `npm run soak` does; the short ones are for developing it. */
export function soakOptions(minutes: number, seed: number, connections: number | null): SoakOptions {
  return {
    seed,
    lastsMs: minutes * MINUTE,
    connections: connections ?? (minutes < 10 ? 300 : 5_000),
    intervalsMs: [30 * SECOND, 40 * SECOND, 50 * SECOND, 60 * SECOND],
    confirmations: 3,
    confirmDelayMs: 2 * SECOND,
    timeoutMs: 5 * SECOND,
    roundMs: MINUTE,
    faultEvery: 2,
    faultLastsMs: [8 * SECOND, 25 * SECOND],
    faults: null,
    stirEveryMs: 10 * SECOND,
    badForMs: [2 * MINUTE, 5 * MINUTE],
  };
}

/** What runs in the suite: the same code on a small fleet with short intervals. */
export function quickOptions(seed: number, faults: readonly string[]): SoakOptions {
  return {
    ...soakOptions(1, seed, 200),
    lastsMs: 15 * SECOND * (faults.length + 1),
    intervalsMs: [5 * SECOND, 8 * SECOND],
    confirmations: 2,
    confirmDelayMs: 500,
    timeoutMs: 2 * SECOND,
    roundMs: 15 * SECOND,
    faultEvery: 1,
    faultLastsMs: [4 * SECOND, 6 * SECOND],
    faults,
    stirEveryMs: 2 * SECOND,
    badForMs: [10 * SECOND, 30 * SECOND],
  };
}
