import type { Connection } from './connection.ts';
import { isConfirmed } from './state.ts';
import { type HealthSummary, isExpiryOutdated } from './summary.ts';
import { certaintyOf, type Verdict } from './verdict.ts';

const MINUTE = 60_000;
/** A mass rejection is made of first rejections in so short a time. */
const MASS_WINDOW_MS = 2 * MINUTE;

/** What the latest checks of one gateway's enabled connections look like together. */
export interface GatewaySurvey {
  readonly gateway: string;
  /** Only checks that began so recently tell of the present. */
  readonly windowMs: number;
  /** Connections checked within the window. */
  readonly checked: number;
  /** Those of them that got no usable answer. */
  readonly unavailable: readonly Connection[];
  /** How often each unknown verdict is among these. */
  readonly verdicts: ReadonlyMap<Verdict, number>;
  /** One of these at least got no usable answer twice in a row. */
  readonly repeated: boolean;
  readonly checkedLately: number;
  /** Worked until they were refused for the first time, lately. */
  readonly refusedLately: readonly Connection[];
  /** Those of them whose refusal is being confirmed. */
  readonly beingConfirmed: readonly Connection[];
}

/** How a connection that is part of a mass rejection fares. */
export type Standing = 'refused' | 'works' | 'unsure';

/** One look at the whole fleet. */
export interface Survey {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly gateways: ReadonlyMap<string, GatewaySurvey>;
  /** Of the watched connections that are still there. */
  readonly standings: ReadonlyMap<string, Standing>;
  /** Every enabled connection whose secret has a declared expiry. */
  readonly declared: readonly DeclaredExpiry[];
}

export interface DeclaredExpiry {
  readonly connection: Connection;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  /** The date is that of the secret before the present one. */
  readonly outdated: boolean;
  /** Since when it is not certain whether the keys work, be it at their first check or after a refusal; null when it is. */
  readonly unsettledSince: number | null;
}

/**
 * How far back the checks of a gateway tell of the present: `max(2m, 1.2 × the median interval)`, by gateway, in
 * milliseconds.
 */
export function windowsOf(connections: Iterable<Connection>): ReadonlyMap<string, number> {
  const intervals = new Map<string, number[]>();
  for (const { gateway, enabled, intervalMs } of connections) {
    if (!enabled) continue;
    const known = intervals.get(gateway);
    if (known) known.push(intervalMs);
    else intervals.set(gateway, [intervalMs]);
  }
  return new Map([...intervals].map(([gateway, all]) => [gateway, Math.max(2 * MINUTE, 1.2 * median(all))]));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

interface Count {
  checked: number;
  readonly unavailable: Connection[];
  readonly verdicts: Map<Verdict, number>;
  repeated: boolean;
  checkedLately: number;
  readonly refusedLately: Connection[];
  readonly beingConfirmed: Connection[];
}

/** Adds up summaries one by one, so that a large fleet can be looked at in slices. */
export class Surveyor {
  readonly #at: number;
  readonly #windows: ReadonlyMap<string, number>;
  readonly #watched: ReadonlySet<string>;
  readonly #counts = new Map<string, Count>();
  readonly #standings = new Map<string, Standing>();
  readonly #declared: DeclaredExpiry[] = [];

  /** `watched` are the connections whose standing is asked for. */
  constructor(at: number, windows: ReadonlyMap<string, number>, watched: ReadonlySet<string>) {
    this.#at = at;
    this.#windows = windows;
    this.#watched = watched;
    for (const gateway of windows.keys()) this.#counts.set(gateway, emptyCount());
  }

  add(connection: Connection, summary: HealthSummary | null): void {
    if (!connection.enabled || summary === null) return;
    const { id, gateway, secretExpiresAt: expiresAt } = connection;
    if (expiresAt !== null) {
      const { state, since } = summary;
      const outdated = isExpiryOutdated(summary, expiresAt);
      const unsettledSince = state === 'pending' || state === 'suspect' ? since : null;
      this.#declared.push({ connection, expiresAt, outdated, unsettledSince });
    }
    if (this.#watched.has(id)) this.#standings.set(id, standingOf(summary));
    const count = this.#counts.get(gateway);
    if (count) this.#count(count, connection, summary);
  }

  finish(): Survey {
    const gateways = [...this.#counts].map(([gateway, count]): [string, GatewaySurvey] => [
      gateway,
      { gateway, windowMs: this.#windows.get(gateway) ?? 0, ...count },
    ]);
    return {
      at: this.#at,
      gateways: new Map(gateways),
      standings: this.#standings,
      declared: this.#declared,
    };
  }

  #count(count: Count, connection: Connection, summary: HealthSummary): void {
    const { lastCheckAt, lastVerdict, firstRejectedAt, hasWorked } = summary;
    if (lastCheckAt === null || lastVerdict === null) return;
    const lately = this.#at - MASS_WINDOW_MS;
    if (lastCheckAt >= lately) count.checkedLately += 1;
    if (firstRejectedAt !== null && firstRejectedAt >= lately && hasWorked) {
      count.refusedLately.push(connection);
      if (summary.state === 'suspect') count.beingConfirmed.push(connection);
    }
    if (lastCheckAt < this.#at - (this.#windows.get(connection.gateway) ?? 0)) return;
    count.checked += 1;
    if (!isUnavailable(lastVerdict)) return;
    count.unavailable.push(connection);
    count.verdicts.set(lastVerdict, (count.verdicts.get(lastVerdict) ?? 0) + 1);
    if (summary.unknownCount >= 2) count.repeated = true;
  }
}

function emptyCount(): Count {
  return {
    checked: 0,
    unavailable: [],
    verdicts: new Map(),
    repeated: false,
    checkedLately: 0,
    refusedLately: [],
    beingConfirmed: [],
  };
}

/** Whether nothing in it is under way: only a check that gets no usable answer, or a change of a state, can end that. */
export function isCalm({ gateways, standings }: Survey): boolean {
  if (standings.size > 0) return false;
  return [...gateways.values()].every(
    // Where nothing was checked lately, what was under way before may go on.
    ({ checked, unavailable, refusedLately }) =>
      checked > 0 && unavailable.length === 0 && refusedLately.length === 0,
  );
}

/** Every unknown verdict but those that are about this one connection: its request, or its secret's source. */
export function isUnavailable(verdict: Verdict): boolean {
  return certaintyOf(verdict) === 'unknown' && verdict !== 'bad_request' && verdict !== 'secret_unavailable';
}

function standingOf({ state, rejections }: HealthSummary): Standing {
  if (isConfirmed(state) || rejections > 0) return 'refused';
  return state === 'healthy' ? 'works' : 'unsure';
}
