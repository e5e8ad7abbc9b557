import type { Row } from './results/row.ts';
import type { Endings } from './running/children.ts';

/** What a scenario is handed. */
export interface Bench {
  /** Short and small, for whoever works on the bench: nothing of it is a measurement. */
  readonly quick: boolean;
  /** For files, removed after the run. */
  readonly folder: string;
  /** Run when the scenario is over, come what may. */
  readonly endings: Endings;
  say(text: string): void;
}

export interface Scenario {
  readonly name: string;
  /** Resolves with the rows of the table; none where it writes something else. */
  readonly run: (bench: Bench) => Promise<readonly Row[]>;
}

/** One of two figures: the real one, or that of a quick run. */
export function sized(bench: Bench, real: number, quick: number): number {
  return bench.quick ? quick : real;
}
