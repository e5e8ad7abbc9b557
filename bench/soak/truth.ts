/** A time in which a key that the monitor holds does not work; `to` is null while it lasts. Epoch milliseconds. */
export interface BadTime {
  readonly from: number;
  readonly to: number | null;
}

/** A time in which something hinders the monitor, until it has had the chance to make good for it. */
export interface Disturbance {
  readonly name: string;
  readonly from: number;
  /** Infinite while it lasts. */
  to: number;
  /** Checks in it come to nothing, and the next one of each connection is a whole interval away. */
  readonly losesChecks: boolean;
  /** The sentences of the log that it explains. */
  readonly explains: RegExp;
}

/** What really is the case; the monitor is judged by it. */
export class Truth {
  readonly disturbances: Disturbance[] = [];
  readonly #bad = new Map<string, BadTime[]>();
  readonly #silenced = new Map<string, BadTime[]>();

  spoil(id: string, now: number): void {
    begin(this.#bad, id, now);
  }

  mend(id: string, now: number): void {
    end(this.#bad, id, now);
  }

  silence(id: string, now: number): void {
    begin(this.#silenced, id, now);
  }

  unsilence(id: string, now: number): void {
    end(this.#silenced, id, now);
  }

  badTimes(id: string): readonly BadTime[] {
    return this.#bad.get(id) ?? [];
  }

  silences(id: string): readonly BadTime[] {
    return this.#silenced.get(id) ?? [];
  }

  /** Everybody who was bad at some time. */
  everBad(): Iterable<string> {
    return this.#bad.keys();
  }

  /** Those that do not work now, and since when. */
  badNow(): { readonly id: string; readonly from: number }[] {
    return [...this.#bad].flatMap(([id, times]) => {
      const last = times.at(-1);
      return last?.to === null ? [{ id, from: last.from }] : [];
    });
  }

  /** The end of the latest disturbance before `now`, 0 when there was none; infinite in the middle of one. */
  calmSince(now: number): number {
    const latest = this.disturbances.reduce((most, { to }) => Math.max(most, to), 0);
    return latest > now ? Number.POSITIVE_INFINITY : latest;
  }

  /**
   * Until when something has to be done that takes `boundMs` in quiet times, begun at `from`: every disturbance meanwhile
   * costs the time it lasts and, where checks come to nothing in it, another interval. What is silenced waits as well.
   */
  deadline(id: string, from: number, boundMs: number, intervalMs: number): number {
    const spans = [
      ...this.disturbances.map((one) => ({ ...one, costs: one.losesChecks ? intervalMs : 0 })),
      ...this.silences(id).map((one) => ({ ...one, to: one.to ?? Number.POSITIVE_INFINITY, costs: 0 })),
    ].toSorted((a, b) => a.from - b.from);
    let at = from + boundMs;
    for (const span of spans) {
      if (span.to <= from || span.from >= at) continue;
      at += span.to - Math.max(span.from, from) + span.costs;
    }
    return at;
  }
}

function begin(times: Map<string, BadTime[]>, id: string, now: number): void {
  const known = times.get(id) ?? [];
  if (known.at(-1)?.to !== null) times.set(id, [...known, { from: now, to: null }]);
}

function end(times: Map<string, BadTime[]>, id: string, now: number): void {
  const known = times.get(id) ?? [];
  times.set(
    id,
    known.map((one) => (one.to === null ? { ...one, to: now } : one)),
  );
}
