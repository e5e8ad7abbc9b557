import { isFiltering } from '../filters.ts';
import { h } from '../markup.ts';
import { relative } from '../times.ts';
import { expiringView, gatewaysView, silencesView } from '../views/aside.ts';
import { count, headlineOf, headlineView, titleOf } from '../views/headline.ts';
import { openView, resolvedView } from '../views/incidents.ts';
import { emptyView, headView, pagerView, rowsView } from '../views/table.ts';
import { totalsView } from '../views/totals.ts';
import { now } from './api.ts';
import { render } from './dom.ts';
import { byId, inputOf, say } from './elements.ts';
import { mayChange, model } from './model.ts';
import { announceFleet } from './notice.ts';

/** Brings everything but the dialogs to what the model says. */
export function draw(): void {
  drawFilters();
  const { everything, filters } = model;
  if (everything === null) return;
  const { overview, page, open, resolved, silences } = everything;
  const at = now();
  render(byId('headline'), headlineView(overview, at));
  document.title = titleOf(overview);
  announceFleet(headlineOf(overview).text);
  render(byId('totals'), totalsView(overview, filters));
  render(byId('incidents'), openView(open, at));
  render(byId('rows'), rowsView(page, at));
  render(byId('empty'), emptyView(page, filters));
  render(byId('pager'), pagerView(page, filters));
  render(byId('gateways'), gatewaysView(overview, at));
  render(byId('expiring'), expiringView(overview, at));
  render(byId('silences'), silencesView(silences, at, mayChange()));
  render(byId('resolved'), resolvedView(resolved, at));
  say(byId('found'), foundText());
  for (const name of ['tenant', 'label'] as const) {
    const choices = name === 'tenant' ? overview.tenants : overview.labels;
    render(
      byId(`${name}-choices`),
      choices.map((value) => h('option', { key: value, value })),
    );
  }
}

/** At once, without waiting for an answer: a switch must answer the finger. */
export function drawFilters(): void {
  const { filters, everything } = model;
  render(byId('table-head'), headView(filters));
  if (everything) render(byId('totals'), totalsView(everything.overview, filters));
  for (const name of ['q', 'tenant', 'label'] as const) {
    const input = inputOf(name);
    if (input.value !== filters[name]) input.value = filters[name];
  }
  byId('clear').hidden = !isFiltering(filters);
}

export function foundText(): string {
  const { everything, filters } = model;
  if (everything === null || !isFiltering(filters)) return '';
  const { total } = everything.page;
  return `${count(total, 'connection fits', 'connections fit')} the filter`;
}

/** Times are told again as they pass; nothing else changes. */
export function drawTimes(): void {
  const at = now();
  for (const element of document.querySelectorAll<HTMLTimeElement>('time[data-relative]')) {
    say(element, relative(element.dateTime, at));
  }
}
