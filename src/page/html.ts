import { escapeHtml } from '../domain/escape-html.ts';
import type { Markup } from './markup.ts';

const VOID = new Set(['br', 'hr', 'img', 'input', 'link', 'meta', 'wbr']);

/** The markup as HTML, with everything that is data escaped. */
export function toHtml(markup: Markup | readonly Markup[]): string {
  if (typeof markup === 'string') return escapeHtml(markup);
  if (!('tag' in markup)) return markup.map(toHtml).join('');
  const { tag, attributes, children } = markup;
  const inside = Object.entries(attributes).map(([name, value]) =>
    value === '' ? ` ${name}` : ` ${name}="${escapeHtml(value)}"`,
  );
  const start = `<${tag}${inside.join('')}>`;
  return VOID.has(tag) ? start : `${start}${children.map(toHtml).join('')}</${tag}>`;
}
