import type { State } from '../../domain/state.ts';
import type { Change } from '../data.ts';
import { h, type MarkupElement } from '../markup.ts';

/** The known history as one line of colours, oldest at its left; the list below says the same in words. */
export function strip(history: readonly Change[], state: State, now: number): MarkupElement {
  const oldestFirst = history.toReversed();
  const start = Date.parse(oldestFirst[0]?.at ?? '') || now;
  const length = Math.max(now - start, 1);
  const parts = oldestFirst.map((change, index) => {
    const from = Date.parse(change.at);
    const until = Date.parse(oldestFirst[index + 1]?.at ?? '') || now;
    const last = index === oldestFirst.length - 1;
    return h('rect', {
      class: `fill-${last ? state : change.to}`,
      x: (((from - start) / length) * 100).toFixed(2),
      width: Math.max(((until - from) / length) * 100, 0.6).toFixed(2),
      height: 10,
    });
  });
  return h(
    'svg',
    { class: 'strip', viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    parts,
  );
}
