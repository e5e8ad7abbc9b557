import { indentOf } from '../config/plain-item.ts';
import type { Line } from './lines.ts';

/** A list written with dashes, by the lines of the file. Only a text that was parsed before may be given. */
export interface BlockList {
  /** White space before a dash. */
  readonly indent: number;
  readonly items: readonly BlockItem[];
}

export interface BlockItem {
  /** The first of the comment lines that belong to it, or the line of its dash. */
  readonly lead: number;
  readonly first: number;
  /** Its last line, comments of its own included. */
  readonly last: number;
}

/** The items that stand between two lines (`from` and before `to`). */
export function readBlockList(text: string, lines: readonly Line[], from: number, to: number): BlockList {
  const contentOf = (index: number) => text.slice(lines[index]?.start, lines[index]?.end);
  const isItem = (content: string) => /^ *-(?: |$)/.test(content);
  let indent = -1;
  const starts: number[] = [];
  for (let index = from; index < to; index += 1) {
    const content = contentOf(index);
    if (!isItem(content)) continue;
    if (indent < 0) indent = indentOf(content);
    if (indentOf(content) === indent) starts.push(index);
  }
  const items: BlockItem[] = [];
  for (const [number, first] of starts.entries()) {
    const last = lastLine(contentOf, first, starts[number + 1] ?? to, indent);
    const above = items.at(-1)?.last ?? from - 1;
    items.push({ lead: leadOf(contentOf, first, above, indent), first, last });
  }
  return { indent: Math.max(indent, 0), items };
}

type ContentOf = (line: number) => string;

/** Comments below the last value are the item's own as long as they are indented like its keys. */
function lastLine(contentOf: ContentOf, first: number, end: number, indent: number): number {
  let last = first;
  for (let index = first + 1; index < end; index += 1) {
    const content = contentOf(index).trim();
    if (content !== '' && !content.startsWith('#')) last = index;
  }
  while (last + 1 < end && isComment(contentOf(last + 1)) && indentOf(contentOf(last + 1)) > indent)
    last += 1;
  return last;
}

/**
 * Comment lines right above an item, without an empty line between, are its own and go when it goes. What looks like
 * a heading, or like an entry that was commented out, stays.
 */
function leadOf(contentOf: ContentOf, first: number, above: number, indent: number): number {
  let lead = first;
  while (lead - 1 > above && isComment(contentOf(lead - 1)) && indentOf(contentOf(lead - 1)) === indent)
    lead -= 1;
  for (let index = lead; index < first; index += 1) if (isOfOthers(contentOf(index))) return first;
  return lead;
}

function isComment(content: string): boolean {
  return /^ *#/.test(content);
}

function isOfOthers(comment: string): boolean {
  return /^ *#+\s*(?:- |[-=#*~_]{2,})|^ *##/.test(comment);
}
