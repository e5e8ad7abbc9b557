import { meaningOf, WORST_FIRST } from '../../domain/state-meaning.ts';
import type { Overview } from '../data.ts';
import type { Filters } from '../filters.ts';
import { stateIcon, stateWord } from '../icons.ts';
import { h, type Markup } from '../markup.ts';
import { number } from './headline.ts';

/** How many are in each state; each is a switch that shows only these. */
export function totalsView({ totals }: Overview, { states }: Pick<Filters, 'states'>): readonly Markup[] {
  return WORST_FIRST.map((state) =>
    h(
      'li',
      { key: state },
      h(
        'button',
        {
          type: 'button',
          class: `total tone-${state}${totals[state] === 0 ? ' total-none' : ''}`,
          title: meaningOf(state).known,
          'data-action': 'toggle-state',
          'data-value': state,
          'aria-pressed': states.includes(state) ? 'true' : 'false',
        },
        h('span', { class: 'total-number' }, number(totals[state])),
        h('span', { class: 'total-name' }, stateIcon(state), stateWord(state)),
      ),
    ),
  );
}
