import type { Circumstances } from './machine.ts';
import type { Row } from './row.ts';

/** What one scenario found when it was last run. */
export interface ScenarioResult extends Circumstances {
  readonly rows: readonly Row[];
}

export type Results = Readonly<Record<string, ScenarioResult>>;
