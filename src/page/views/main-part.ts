import type { Everything } from '../data.ts';
import { NO_FILTERS } from '../filters.ts';
import { h, type Markup, type MarkupElement } from '../markup.ts';
import { expiringView, gatewaysView, silencesView } from './aside.ts';
import { controls } from './controls.ts';
import { headlineView } from './headline.ts';
import { openView, resolvedView } from './incidents.ts';
import { emptyView, headView, pagerView, rowsView } from './table.ts';
import { totalsView } from './totals.ts';

const PARTS = {
  incidents: 'Open incidents',
  connections: 'Connections',
  gateways: 'Gateways',
  expiring: 'Expires next',
  silences: 'Silences',
  resolved: 'Recently resolved',
} as const;
type PartName = keyof typeof PARTS;
const PART_NAMES = Object.keys(PARTS) as readonly PartName[];

/** Everything between the banner and the footer, as everybody sees it first. */
export function mainPart(everything: Everything, now: number): MarkupElement {
  const { overview, page, open, resolved, silences } = everything;
  return h(
    'main',
    { class: 'layout' },
    h(
      'div',
      { class: 'first' },
      h('div', { id: 'headline' }, headlineView(overview, now)),
      h(
        'noscript',
        {},
        h(
          'p',
          { class: 'notice' },
          'Without JavaScript this page shows what was known when it was loaded, and what is wrong first. Load it again for the ' +
            'present, or see ',
          h('a', { href: '/api/v1/connections' }, 'all connections as JSON'),
          '.',
        ),
      ),
      h('h2', { class: 'hidden-text' }, 'Totals'),
      h('ul', { id: 'totals', class: 'totals' }, totalsView(overview, NO_FILTERS)),
      h(
        'nav',
        { class: 'jumps', 'aria-label': 'Parts of this page' },
        PART_NAMES.map((name) => jump(name, PARTS[name], 'jump')),
      ),
    ),
    h(
      'div',
      { class: 'wide' },
      section('incidents', [h('div', { id: 'incidents' }, openView(open, now))]),
      section('connections', [
        controls(),
        h('p', { id: 'found', class: 'quiet' }),
        table(page, now),
        h('div', { id: 'empty' }, emptyView(page, NO_FILTERS)),
        h(
          'nav',
          { id: 'pager', class: 'pager', 'aria-label': 'Pages of connections' },
          pagerView(page, NO_FILTERS),
        ),
      ]),
    ),
    h(
      'div',
      { class: 'narrow' },
      section('gateways', [h('div', { id: 'gateways' }, gatewaysView(overview, now))]),
      section('expiring', [h('div', { id: 'expiring' }, expiringView(overview, now))]),
      section('silences', [
        h('div', { id: 'silences' }, silencesView(silences, now, false)),
        h(
          'button',
          { id: 'add-silence', type: 'button', class: 'plain', 'data-action': 'silence', hidden: true },
          'Add a silence …',
        ),
      ]),
      section('resolved', [h('div', { id: 'resolved' }, resolvedView(resolved, now))]),
    ),
  );
}

/** A link to a part of the page; by script, since what stands behind `#` says otherwise what is shown. */
export function jump(to: PartName, text: string, kind: 'skip' | 'jump'): MarkupElement {
  const heading = headingOf(to);
  return h('a', { class: kind, href: `#${heading}`, 'data-action': 'jump', 'data-value': heading }, text);
}

function headingOf(name: PartName): string {
  return `${name}-heading`;
}

function section(name: PartName, content: readonly Markup[]): MarkupElement {
  const heading = headingOf(name);
  return h(
    'section',
    { class: `card card-${name}`, 'aria-labelledby': heading },
    h('h2', { id: heading, tabindex: -1 }, PARTS[name]),
    content,
  );
}

function table(page: Everything['page'], now: number): MarkupElement {
  return h(
    'table',
    { class: 'fleet', role: 'table', 'aria-labelledby': 'connections-heading' },
    h('thead', { id: 'table-head', role: 'rowgroup' }, headView(NO_FILTERS)),
    h('tbody', { id: 'rows', role: 'rowgroup' }, rowsView(page, now)),
  );
}
