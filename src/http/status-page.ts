import { createHash } from 'node:crypto';
import type { State } from '../domain/state.ts';
import type { ConnectionView } from './views.ts';
import { WORST_FIRST } from './worst-first.ts';

const STYLE =
  'body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color-scheme:light dark}' +
  'table{border-collapse:collapse;margin:1rem 0}th,td{text-align:left;padding:.25rem 1rem .25rem 0;vertical-align:top}' +
  'th{border-bottom:1px solid}td{border-bottom:1px solid #8884}';

/** The content security policy allows this one style sheet, and nothing else. */
export const PAGE_STYLE_SOURCE = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`;

export interface StatusPage {
  readonly totals: ReadonlyMap<State, number>;
  /** Worst first. */
  readonly wrong: readonly ConnectionView[];
  /** How many more there are than the page shows. */
  readonly more: number;
}

/** One page of HTML without a script. */
export function statusPage({ totals, wrong, more }: StatusPage): string {
  const rows = WORST_FIRST.filter((state) => (totals.get(state) ?? 0) > 0).map((state) =>
    row([state, String(totals.get(state) ?? 0)]),
  );
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Mimecast credential monitor</title>',
    '<meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="30">',
    `<style>${STYLE}</style></head><body><h1>Mimecast credential monitor</h1>`,
    rows.length === 0 ? '<p>No connection is configured.</p>' : table(['State', 'Connections'], rows),
    wrongTable(wrong),
    more > 0 ? `<p>${more} more are not shown here.</p>` : '',
    '<p><a href="/api/v1/connections">All connections</a> · <a href="/api/v1/incidents?status=open">Open incidents</a>',
    ' · <a href="/metrics">Metrics</a> (times are UTC)</p></body></html>\n',
  ].join('');
}

function wrongTable(wrong: readonly ConnectionView[]): string {
  if (wrong.length === 0) return '<p>Nothing is wrong.</p>';
  const head = [
    'Tenant',
    'Connection',
    'State',
    'Since',
    'Last check',
    'Last verdict',
    'Last success',
    'Gateway',
  ];
  const rows = wrong.map((view) =>
    row([
      view.tenant,
      view.id,
      view.state,
      time(view.since),
      time(view.lastCheckAt),
      view.lastVerdict ?? 'none',
      time(view.lastSuccessAt),
      view.gateway,
    ]),
  );
  return `<h2>What is wrong</h2>${table(head, rows)}`;
}

function table(head: readonly string[], rows: readonly string[]): string {
  const cells = head.map((text) => `<th scope="col">${text}</th>`).join('');
  return `<table><thead><tr>${cells}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function row(cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`;
}

function time(iso: string | null): string {
  return iso === null ? 'never' : iso.slice(0, 19).replace('T', ' ');
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
