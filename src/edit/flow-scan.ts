/** One element between commas: an entry of a list, or a pair of a mapping. */
export interface FlowElement {
  readonly start: number;
  /** Right after its last character. */
  readonly end: number;
  /** Where the comma after it stands; null for a last one without. */
  readonly comma: number | null;
}

/** What stands between two brackets. */
export interface FlowText {
  readonly open: number;
  readonly close: number;
  readonly elements: readonly FlowElement[];
}

const SPACE = /\s/;
const OPENS = new Set(['[', '{']);
const CLOSES = new Set([']', '}']);

/**
 * Finds the elements of the `[ ]` or `{ }` that opens at `open`, in JSON or in YAML's likeness of it. Only a text that
 * was parsed before may be given: this looks for places, not for mistakes. Null when it does not end.
 */
export function scanFlow(text: string, open: number): FlowText | null {
  const elements: FlowElement[] = [];
  let depth = 0;
  /** The first and last character of the element, as far as it goes. */
  let start = -1;
  let end = -1;
  /** The last character that was no space: a quote opens a text only at the beginning of one. */
  let before = '';
  const finish = (comma: number | null) => {
    if (start >= 0) elements.push({ start, end, comma });
    start = -1;
  };
  for (let at = open; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (SPACE.test(char)) continue;
    if (char === '#' && isCommentAt(text, at)) {
      at = lineEnd(text, at);
      continue;
    }
    if (CLOSES.has(char)) {
      depth -= 1;
      if (depth === 0) {
        finish(null);
        return { open, close: at, elements };
      }
    }
    if (depth === 1 && char === ',') {
      finish(at);
    } else if (depth > 0) {
      if (start < 0) start = at;
      if ((char === '"' || char === "'") && '[{,:'.includes(before)) at = quoteEnd(text, at, char);
      end = at + 1;
    }
    if (OPENS.has(char)) depth += 1;
    before = char;
  }
  return null;
}

/** `#` begins a comment only after white space; in JSON it is always inside a text. */
function isCommentAt(text: string, at: number): boolean {
  return at === 0 || SPACE.test(text.charAt(at - 1));
}

/** The place of the line break, or the end of the text. */
export function lineEnd(text: string, at: number): number {
  const found = text.indexOf('\n', at);
  return found < 0 ? text.length : found;
}

/** The place of the quote that ends a text. */
function quoteEnd(text: string, open: number, quote: string): number {
  for (let at = open + 1; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (quote === '"' && char === '\\') at += 1;
    else if (char === quote) {
      if (quote === '"' || text.charAt(at + 1) !== "'") return at;
      at += 1;
    }
  }
  return text.length;
}
