import type { State } from '../domain/state.ts';
import { h, type MarkupElement } from './markup.ts';

/** Signs besides those of states, drawn likewise. */
export const CRITICAL = 'M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2zM8 4.6v4M8 10.9v.2';
export const WARNING = 'M8 1.8L14.8 13.8H1.2zM8 6v3.6M8 11.7v.2';
export const GOOD = 'M14.5 8a6.5 6.5 0 1 1-13 0a6.5 6.5 0 0 1 13 0M5 8.2l2.1 2.1L11 6';
export const NOTHING = 'M14.5 8a6.5 6.5 0 1 1-13 0a6.5 6.5 0 0 1 13 0M8 7.4v3.8M8 4.8v.2';

/** One shape for each state, so that colour is never the only sign. 16 × 16, drawn as lines. */
const SHAPES: Readonly<Record<State, string>> = {
  revoked: 'M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2zM5.7 5.7l4.6 4.6M10.3 5.7l-4.6 4.6',
  expired: 'M3.5 1.5h9M3.5 14.5h9M4.5 1.5v2.6L8 8l3.5-3.9V1.5M4.5 14.5v-2.6L8 8l3.5 3.9v2.6',
  forbidden: 'M14.5 8a6.5 6.5 0 1 1-13 0a6.5 6.5 0 0 1 13 0M3.5 12.5l9-9',
  never_valid: 'M8 1.2L14.8 8L8 14.8L1.2 8zM8 5v3.4M8 10.6v.3',
  unverifiable:
    'M14.5 8a6.5 6.5 0 1 1-13 0a6.5 6.5 0 0 1 13 0M6.1 6.3a1.9 1.9 0 1 1 2.6 1.8c-.5.2-.7.6-.7 1.1M8 11.4v.2',
  suspect: WARNING,
  pending: 'M14.5 8a6.5 6.5 0 1 1-13 0a6.5 6.5 0 0 1 13 0M8 4.5V8l2.4 1.6',
  healthy: GOOD,
  disabled: 'M14.5 8a6.5 6.5 0 1 1-13 0a6.5 6.5 0 0 1 13 0M6.4 5.6v4.8M9.6 5.6v4.8',
};

export function stateIcon(state: State): MarkupElement {
  return icon(SHAPES[state]);
}

export function icon(path: string): MarkupElement {
  return h('svg', { class: 'icon', viewBox: '0 0 16 16', 'aria-hidden': 'true' }, h('path', { d: path }));
}

/** Icon and word; the colour comes with the class. */
export function stateBadge(state: State): MarkupElement {
  return h('span', { class: `badge tone-${state}` }, stateIcon(state), stateWord(state));
}

/** `never_valid` is a name in the API; people read "never valid". */
export function stateWord(state: State): string {
  return state.replace('_', ' ');
}
