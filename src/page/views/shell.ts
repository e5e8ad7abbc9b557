import type { Everything } from '../data.ts';
import { toHtml } from '../html.ts';
import { h, type MarkupElement } from '../markup.ts';
import { detailsDialog, liftDialog, silenceDialog } from './controls.ts';
import { PRODUCT, titleOf } from './headline.ts';
import { jump, mainPart } from './main-part.ts';

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
    jump('connections', 'Skip to the connections', 'skip'),
    banner(),
    h('div', { id: 'notice', class: 'notice', role: 'alert', hidden: true }),
    h('p', { id: 'announcer', class: 'hidden-text', role: 'status' }),
    mainPart(everything, now),
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
