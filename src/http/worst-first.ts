import type { State } from '../domain/state.ts';

/** The states as a person should read them: what needs somebody first. */
export const WORST_FIRST: readonly State[] = [
  'revoked',
  'expired',
  'forbidden',
  'never_valid',
  'unverifiable',
  'suspect',
  'pending',
  'healthy',
  'disabled',
];

interface Placed {
  readonly state: State;
  readonly tenant: string;
  readonly id: string;
}

/** Orders by state, worst first, then by tenant and id. */
export function compareWorstFirst(a: Placed, b: Placed): number {
  return (
    WORST_FIRST.indexOf(a.state) - WORST_FIRST.indexOf(b.state) ||
    compareText(a.tenant, b.tenant) ||
    compareText(a.id, b.id)
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
