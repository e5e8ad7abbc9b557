import { type FlowElement, type FlowText, lineEnd } from './flow-scan.ts';
import type { Splice } from './splice.ts';

/** The elements that go, and the text of those that come, for what stands between two brackets. */
export interface FlowChange {
  readonly removed: ReadonlySet<number>;
  readonly added: readonly string[];
}

export interface FlowLayout {
  readonly eol: string;
  /** How elements begin where there are none to learn from; null: all on the line of the brackets. */
  readonly freshIndent: string | null;
  /** What stands between a bracket and an element of the same line. */
  readonly padding: string;
}

/** Takes elements out and appends others; commas, comments and line breaks of the others stay with them. */
export function editFlow(
  text: string,
  flow: FlowText,
  change: FlowChange,
  layout: FlowLayout,
): readonly Splice[] {
  const { elements } = flow;
  const lastKept = elements.findLastIndex((_, index) => !change.removed.has(index));
  const kept = elements[lastKept];
  if (kept === undefined) return replaceAll(text, flow, change.added, layout);
  const gone = elements.filter((_, index) => change.removed.has(index)).map((it) => withoutElement(text, it));
  const wasLast = lastKept === elements.length - 1;
  if (change.added.length === 0) {
    // What was last had no comma after it, and neither may what is last now.
    const dangling = !wasLast && elements.at(-1)?.comma === null ? kept.comma : null;
    return dangling === null ? gone : [...gone, { start: dangling, end: dangling + 1, text: '' }];
  }
  const trailing = elements.at(-1)?.comma === null ? '' : ',';
  return [...gone, ...append(text, { flow, kept, trailing }, change.added, layout)];
}

/** A comma after it goes along, and so do its lines where nothing else stands on them. */
function withoutElement(text: string, { start, end, comma }: FlowElement): Splice {
  const after = comma === null ? end : comma + 1;
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const restEnd = lineEnd(text, after);
  const alone = text.slice(lineStart, start).trim() === '' && text.slice(after, restEnd).trim() === '';
  if (alone && lineStart > 0) return { start: lineStart, end: Math.min(restEnd + 1, text.length), text: '' };
  const spaces = /^[ \t]*/.exec(text.slice(after, restEnd))?.[0].length ?? 0;
  return { start, end: comma === null ? end : after + spaces, text: '' };
}

interface Tail {
  readonly flow: FlowText;
  readonly kept: FlowElement;
  /** What stood after the last element. */
  readonly trailing: string;
}

function append(
  text: string,
  { flow, kept, trailing }: Tail,
  added: readonly string[],
  { eol }: FlowLayout,
): readonly Splice[] {
  const comma: readonly Splice[] = kept.comma === null ? [{ start: kept.end, end: kept.end, text: ',' }] : [];
  const after = kept.comma === null ? kept.end : kept.comma + 1;
  const indent = indentBefore(text, kept.start);
  const end = lineEnd(text, after);
  if (indent === null || flow.close <= end) {
    return [...comma, { start: after, end: after, text: ` ${added.join(', ')}${trailing}` }];
  }
  // Behind a comment on the line, which belongs to what it follows.
  const at = text.charAt(end - 1) === '\r' ? end - 1 : end;
  const lines = added.map((one) => `${eol}${indent}${one}`).join(',');
  return [...comma, { start: at, end: at, text: `${lines}${trailing}` }];
}

/** Where nothing is left, nothing of what was there shows what the new elements should look like but their line. */
function replaceAll(
  text: string,
  { open, close, elements }: FlowText,
  added: readonly string[],
  { eol, freshIndent, padding }: FlowLayout,
): readonly Splice[] {
  const inner = { start: open + 1, end: close };
  if (added.length === 0) return [{ ...inner, text: '' }];
  const first = elements[0];
  const indent = first === undefined ? freshIndent : indentBefore(text, first.start);
  if (indent === null) return [{ ...inner, text: `${padding}${added.join(', ')}${padding}` }];
  const lineStart = text.lastIndexOf('\n', open) + 1;
  const outer = /^[ \t]*/.exec(text.slice(lineStart, open))?.[0] ?? '';
  return [{ ...inner, text: `${added.map((one) => `${eol}${indent}${one}`).join(',')}${eol}${outer}` }];
}

/** The white space before an element that begins its line; null for one that does not. */
export function indentBefore(text: string, start: number): string | null {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const before = text.slice(lineStart, start);
  return lineStart > 0 && before.trim() === '' ? before : null;
}
