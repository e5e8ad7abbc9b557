import { MappingType, type ValueMap } from '@grafana/grafana-foundation-sdk/dashboard';
import { STATES, type State } from '../src/domain/state.ts';

export interface ShownState {
  readonly text: string;
  readonly color: string;
  /** How bad it is. Also the number that stands for the state in a timeline, which shows one number per connection. */
  readonly rank: number;
}

/** Above this rank something is wrong, or is about to be confirmed. */
const CALM = 2;

export const SHOWN_STATES: Readonly<Record<State, ShownState>> = {
  disabled: { text: 'Disabled', color: '#8e8e8e', rank: 0 },
  healthy: { text: 'Healthy', color: 'green', rank: 1 },
  pending: { text: 'Pending', color: 'blue', rank: 2 },
  suspect: { text: 'Suspect', color: 'yellow', rank: 3 },
  unverifiable: { text: 'Unverifiable', color: 'purple', rank: 4 },
  never_valid: { text: 'Never valid', color: 'orange', rank: 5 },
  forbidden: { text: 'Forbidden', color: 'dark-orange', rank: 6 },
  expired: { text: 'Expired', color: 'dark-red', rank: 7 },
  revoked: { text: 'Revoked', color: 'red', rank: 8 },
};

/** The worst first. */
export const WORST_FIRST: readonly State[] = [...STATES].sort(
  (left, right) => SHOWN_STATES[right].rank - SHOWN_STATES[left].rank,
);

export const WRONG_STATES: readonly State[] = WORST_FIRST.filter((state) => SHOWN_STATES[state].rank > CALM);

/** A state's name as it stands in a label, in words. */
export const STATE_LABELS: ValueMap = mapping(WORST_FIRST.map((state) => [state, SHOWN_STATES[state]]));

/** A state's rank, in words. */
export const STATE_RANKS: ValueMap = mapping(
  WORST_FIRST.map((state) => [String(SHOWN_STATES[state].rank), SHOWN_STATES[state]]),
);

/** What values mean, in words; the colours only repeat it. */
export function mapping(
  entries: readonly (readonly [string, { readonly text: string; readonly color?: string }])[],
): ValueMap {
  const options = entries.map(([value, { text, color }], index) => [
    value,
    { text, index, ...(color === undefined ? {} : { color }) },
  ]);
  return { type: MappingType.ValueToText, options: Object.fromEntries(options) };
}
