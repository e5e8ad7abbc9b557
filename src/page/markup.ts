/**
 * A piece of the page as data: made by pure functions, written as HTML by the server and brought into the document by
 * the browser, so that both show the same and neither can take a tenant's name for markup.
 */
export type Markup = string | MarkupElement;

export interface MarkupElement {
  readonly tag: string;
  /** Tells it from its siblings, so that it stays the same element when they change. */
  readonly key: string | null;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Markup[];
}

export type Attributes = Readonly<Record<string, string | number | boolean | null>>;

/** What may stand between the tags; null and false are nothing. */
export type Child = Markup | number | null | false | readonly Child[];

/** One element. An attribute that is true is there without a value, one that is false or null is not there. */
export function h(tag: string, attributes: Attributes = {}, ...children: readonly Child[]): MarkupElement {
  const { key = null, ...rest } = attributes;
  const given = Object.entries(rest).flatMap(([name, value]): [string, string][] =>
    value === null || value === false ? [] : [[name, value === true ? '' : String(value)]],
  );
  return {
    tag,
    key: key === null ? null : String(key),
    attributes: Object.fromEntries(key === null ? given : [...given, ['data-key', String(key)]]),
    children: flat(children),
  };
}

/** Neighbouring texts are one, as they are once a browser has read them. */
function flat(children: readonly Child[]): Markup[] {
  const found: Markup[] = [];
  for (const child of children) {
    if (child === null || child === false) continue;
    const added = Array.isArray(child) ? flat(child) : [typeof child === 'number' ? String(child) : child];
    for (const one of added as Markup[]) {
      const last = found.at(-1);
      if (one === '') continue;
      if (typeof one === 'string' && typeof last === 'string') found[found.length - 1] = last + one;
      else found.push(one);
    }
  }
  return found;
}

/** A long name that may go on in the next line after a dot or an underscore, rather than anywhere. */
export function breakable(name: string): readonly Markup[] {
  return name.split(/(?<=[._])/).flatMap((part, index) => (index === 0 ? [part] : [h('wbr'), part]));
}
