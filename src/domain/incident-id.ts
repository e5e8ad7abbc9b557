import type { IncidentKind } from './incident.ts';

/**
 * The number of a decision at `now` (epoch milliseconds) after the one numbered `last`: the time, and a later one where
 * several decisions fall into one millisecond or the clock was set back.
 */
export function serialAfter(last: number, now: number): number {
  return Math.max(now, last + 1);
}

/** Makes the ids of what one decision opens, which no other incident has or ever had. There is no `:` in any. */
export class IncidentIds {
  readonly #epoch: string;
  readonly #serial: number;
  #groups = 0;

  /** `epoch` is made once per Redis, and `serial` once per decision. */
  constructor(epoch: string, serial: number) {
    this.#epoch = epoch;
    this.#serial = serial;
  }

  /** Of an incident of which one decision opens one at most. */
  of(about: string, kind: IncidentKind): string {
    return `${this.#epoch}-${about}-${kind}-${this.#serial}`;
  }

  /** Of a message about many. Customers who must not hear of each other may all get it: it names none of them. */
  ofMany(what: 'group' | 'secrets' | 'reminder'): string {
    this.#groups += 1;
    return `${this.#epoch}-${what}-${this.#serial}-${this.#groups}`;
  }
}
