/** What one client, or all of them together, may take up of this process. Durations are in milliseconds. */
export interface HttpBounds {
  /** For the headers of a request to arrive, and for all of it. */
  readonly headersMs: number;
  readonly requestMs: number;
  /** How often it is looked whether those two have passed. */
  readonly lookEveryMs: number;
  /** Without a byte in either direction: a client that stopped taking a long answer. */
  readonly silenceMs: number;
  /** For a long answer as a whole, however steadily its client takes it: until then it keeps its fleet in memory. */
  readonly answerMs: number;
  /** Long answers under way at a time. */
  readonly answersAtOnce: number;
  /** Beyond this many connections new ones are hung up on; the monitor needs descriptors for its own work. */
  readonly connections: number;
  /** Wrong tokens from one client. */
  readonly wrongTokens: RateBound;
  /** Requests of one client that change something: checks, silences and reloads. */
  readonly changes: RateBound;
}

export interface RateBound {
  /** So many at once; */
  readonly burst: number;
  /** and then one in this time. */
  readonly everyMs: number;
}

export const BOUNDS: HttpBounds = {
  headersMs: 10_000,
  requestMs: 15_000,
  lookEveryMs: 5_000,
  silenceMs: 30_000,
  // Prometheus gives up after 10 s unless told otherwise, and never waits longer than its interval.
  answerMs: 60_000,
  answersAtOnce: 16,
  connections: 500,
  wrongTokens: { burst: 20, everyMs: 2_000 },
  changes: { burst: 60, everyMs: 1_000 },
};
