import type { State } from '../domain/state.ts';
import { WORST_FIRST } from '../domain/state-meaning.ts';

const RANKS: ReadonlyMap<State, number> = new Map(WORST_FIRST.map((state, rank) => [state, rank]));

interface Placed {
  readonly state: State;
  readonly tenant: string;
  readonly id: string;
}

/** Orders by state, worst first, then by tenant and id. */
export function compareWorstFirst(a: Placed, b: Placed): number {
  return rankOf(a.state) - rankOf(b.state) || compareText(a.tenant, b.tenant) || compareText(a.id, b.id);
}

/** 0 for what is worst. */
export function rankOf(state: State): number {
  return RANKS.get(state) ?? RANKS.size;
}

export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
