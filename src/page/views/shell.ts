import type { Everything } from '../data.ts';
import { NO_FILTERS } from '../filters.ts';
import { toHtml } from '../html.ts';
import { h, type Markup, type MarkupElement } from '../markup.ts';
import { expiringView, gatewaysView, silencesView } from './aside.ts';
import { controls, detailsDialog, liftDialog, silenceDialog } from './controls.ts';
import { headlineView, PRODUCT, titleOf } from './headline.ts';
import { openView, resolvedView } from './incidents.ts';
import { emptyView, headView, pagerView, rowsView } from './table.ts';
import { totalsView } from './totals.ts';

/** Where the files of the page are, e.g. `/assets/0123456789abcdef/page/`, and the modules that it needs. */
export interface PageFiles {
  readonly version: string;
  readonly modules: readonly string[];
}

export interface FirstSight {
  readonly everything: Everything;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly files: PageFiles;
  /** The host that the monitor was asked by: writing works only from a page of the same. */
  readonly host: string;
}

/** The whole document as the server sends it: complete without a script, and kept current by one. */
export function documentHtml(sight: FirstSight): string {
  const { everything, files, host, now } = sight;
  const page = h(
    'html',
    { lang: 'en', 'data-host': host, 'data-version': files.version, 'data-now': now },
    head(everything, files),
    body(everything, now, files),
  );
  return `<!doctype html>\n${toHtml(page)}\n`;
}

/** In place of the page while nothing can be read; it tries again by itself. */
export function troubleHtml(detail: string, { version }: PageFiles): string {
  const page = h(
    'html',
    { lang: 'en' },
    h(
      'head',
      {},
      h('meta', { charset: 'utf-8' }),
      h('title', {}, `Nothing can be read now · ${PRODUCT}`),
      h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
      h('meta', { 'http-equiv': 'refresh', content: 10 }),
      h('link', { rel: 'stylesheet', href: `/assets/${version}/page/page.css` }),
    ),
    h(
      'body',
      {},
      h('header', { class: 'top' }, h('p', { class: 'product' }, PRODUCT)),
      h(
        'main',
        {},
        h('h1', {}, 'Nothing can be read now'),
        h('p', { class: 'notice' }, detail),
        h('p', { class: 'quiet' }, 'This page tries again every ten seconds.'),
      ),
    ),
  );
  return `<!doctype html>\n${toHtml(page)}\n`;
}

function head({ overview }: Everything, { version }: PageFiles): MarkupElement {
  const at = (path: string) => `/assets/${version}/${path}`;
  return h(
    'head',
    {},
    h('meta', { charset: 'utf-8' }),
    h('title', {}, titleOf(overview)),
    h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    h('meta', { name: 'color-scheme', content: 'light dark' }),
    h('meta', { name: 'robots', content: 'noindex' }),
    h('script', { src: at('page/theme-early.js') }),
    h('link', { rel: 'stylesheet', href: at('page/page.css') }),
    h('link', { rel: 'icon', type: 'image/svg+xml', href: at('page/favicon.svg') }),
  );
}

/** At the very end: nothing of them is needed for what is seen first. */
function scripts({ version, modules }: PageFiles): MarkupElement[] {
  const [entry = '', ...others] = modules.map((path) => `/assets/${version}/${path}`);
  return [
    ...others.map((href) => h('link', { rel: 'modulepreload', href })),
    h('script', { type: 'module', src: entry }),
  ];
}

function body(everything: Everything, now: number, files: PageFiles): MarkupElement {
  return h(
    'body',
    {},
    h('a', { class: 'skip', href: '#connections-heading', 'data-action': 'skip' }, 'Skip to the connections'),
    banner(),
    h('div', { id: 'notice', class: 'notice', role: 'alert', hidden: true }),
    h('p', { id: 'announcer', class: 'hidden-text', role: 'status' }),
    main(everything, now),
    footer(),
    detailsDialog(),
    silenceDialog(),
    liftDialog(),
    scripts(files),
  );
}

function banner(): MarkupElement {
  return h(
    'header',
    { class: 'top' },
    h('p', { class: 'product' }, PRODUCT),
    h('p', { id: 'live', class: 'live quiet needs-script' }, 'Loading …'),
    h('button', { id: 'theme', type: 'button', class: 'plain needs-script', 'data-action': 'theme' }, 'Dark'),
  );
}

function main(everything: Everything, now: number): MarkupElement {
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
    ),
    h(
      'div',
      { class: 'wide' },
      section('incidents', 'Open incidents', [h('div', { id: 'incidents' }, openView(open, now))]),
      section('connections', 'Connections', [
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
      section('gateways', 'Gateways', [h('div', { id: 'gateways' }, gatewaysView(overview, now))]),
      section('expiring', 'Expires next', [h('div', { id: 'expiring' }, expiringView(overview, now))]),
      section('silences', 'Silences', [
        h('div', { id: 'silences' }, silencesView(silences, now, false)),
        h(
          'button',
          { id: 'add-silence', type: 'button', class: 'plain', 'data-action': 'silence', hidden: true },
          'Add a silence …',
        ),
      ]),
      section('resolved', 'Recently resolved', [h('div', { id: 'resolved' }, resolvedView(resolved, now))]),
    ),
  );
}

function section(name: string, title: string, content: readonly Markup[]): MarkupElement {
  const heading = `${name}-heading`;
  return h(
    'section',
    { class: `card card-${name}`, 'aria-labelledby': heading },
    h('h2', { id: heading, tabindex: -1 }, title),
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

function footer(): MarkupElement {
  const link = (href: string, text: string) => h('a', { href }, text);
  return h(
    'footer',
    { class: 'bottom quiet' },
    h(
      'p',
      {},
      'As JSON: ',
      link('/api/v1/connections', 'connections'),
      ', ',
      link('/api/v1/incidents', 'incidents'),
      ', ',
      link('/api/v1/silences', 'silences'),
      '. For Prometheus: ',
      link('/metrics', 'metrics'),
      '. Times are exact, in UTC, where you point at them.',
    ),
  );
}
