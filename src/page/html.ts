import type { Markup } from './markup.ts';

const VOID = new Set(['br', 'hr', 'img', 'input', 'link', 'meta']);

/** The markup as HTML, with everything that is data escaped. */
export function toHtml(markup: Markup | readonly Markup[]): string {
  if (typeof markup === 'string') return escaped(markup);
  if (!('tag' in markup)) return markup.map(toHtml).join('');
  const { tag, attributes, children } = markup;
  const inside = Object.entries(attributes).map(([name, value]) =>
    value === '' ? ` ${name}` : ` ${name}="${escaped(value)}"`,
  );
  const start = `<${tag}${inside.join('')}>`;
  return VOID.has(tag) ? start : `${start}${children.map(toHtml).join('')}</${tag}>`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
