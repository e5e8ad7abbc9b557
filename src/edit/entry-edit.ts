import { isMap, isScalar, isSeq, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml';
import type { Settings, Value } from './entry.ts';
import { editFlow } from './flow-edit.ts';
import { scanFlow } from './flow-scan.ts';
import { NotEditable } from './not-editable.ts';
import { type Manner, renderPair, renderValue } from './render.ts';
import { type Splice, shifted } from './splice.ts';
import type { Region } from './text-edit.ts';

type Entry = YAMLMap<Node, Node | null>;
type EntryPair = Pair<Node, Node | null>;

/** Changes some keys of one entry, be it an item of a YAML list (`- id: …`) or a mapping in braces. */
export function editEntry(
  text: string,
  { start, end }: Region,
  settings: Settings,
  manner: Manner,
): readonly Splice[] {
  const own = text.slice(start, end);
  const entry = entryOf(own);
  if (entry === null) throw new NotEditable('The text of an entry is not that of a mapping.');
  const splices = entry.flow
    ? editFlowMap(own, entry, settings, manner)
    : editBlockMap(own, entry, settings, manner);
  return shifted(splices, start);
}

/** Where the value of a key stands; null when there is none. */
export function valueSpan(text: string, { start, end }: Region, key: string): Region | null {
  const own = text.slice(start, end);
  const pair = entryOf(own)?.items.find((item) => isScalar(item.key) && item.key.value === key);
  return pair?.value ? { start: start + startOf(pair.value), end: start + endOf(own, pair.value) } : null;
}

function entryOf(text: string): Entry | null {
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: false, logLevel: 'error' });
  const { contents } = document;
  const node = isSeq<Node>(contents) && contents.items.length === 1 ? contents.items[0] : contents;
  return isMap<Node, Node | null>(node) ? node : null;
}

interface Sorted {
  readonly replaced: readonly { readonly pair: EntryPair; readonly value: Value }[];
  /** Indices of pairs. */
  readonly removed: ReadonlySet<number>;
  readonly added: readonly (readonly [string, Value])[];
}

function sortSettings(entry: Entry, settings: Settings): Sorted {
  const replaced: { pair: EntryPair; value: Value }[] = [];
  const removed = new Set<number>();
  const added: [string, Value][] = [];
  for (const [key, value] of Object.entries(settings)) {
    const index = entry.items.findIndex((pair) => isScalar(pair.key) && pair.key.value === key);
    const pair = entry.items[index];
    if (pair === undefined) {
      if (value !== undefined) added.push([key, value]);
    } else if (value === undefined) removed.add(index);
    else replaced.push({ pair, value });
  }
  return { replaced, removed, added };
}

function editFlowMap(text: string, entry: Entry, settings: Settings, manner: Manner): readonly Splice[] {
  const { replaced, removed, added } = sortSettings(entry, settings);
  const flow = scanFlow(text, startOf(entry));
  if (flow === null || flow.elements.length !== entry.items.length) {
    throw new NotEditable('The pairs of an entry could not be told from one another.');
  }
  const texts = added.map(([key, value]) => renderPair(key, value, manner));
  const layout = { eol: manner.eol, freshIndent: null, padding: manner.language === 'yaml' ? ' ' : '' };
  return [
    ...replaced.map(({ pair, value }) => replaceValue(text, pair, renderValue(value, manner))),
    ...editFlow(text, flow, { removed, added: texts }, layout),
  ];
}

function editBlockMap(text: string, entry: Entry, settings: Settings, manner: Manner): readonly Splice[] {
  const { replaced, removed, added } = sortSettings(entry, settings);
  const column = startOf(entry) - lineStartOf(text, startOf(entry));
  const end = lineEndOf(text, endOf(text, entry));
  const lines = added.map(
    ([key, value]) => `${manner.eol}${' '.repeat(column)}${renderPair(key, value, manner)}`,
  );
  return [
    ...replaced.map(({ pair, value }) => replaceValue(text, pair, renderValue(value, manner))),
    ...[...removed].map((index) => removeLines(text, entry, index)),
    ...(lines.length === 0 ? [] : [{ start: end, end, text: lines.join('') }]),
  ];
}

function replaceValue(text: string, { key, value }: EntryPair, rendered: string): Splice {
  const colon = text.indexOf(':', endOf(text, key)) + 1;
  const start = value === null ? colon : startOf(value);
  const end = value === null ? colon : endOf(text, value);
  // A value that began on a line below its key moves up to it.
  const isBelow = value === null || end <= start || text.slice(colon, start).includes('\n');
  return isBelow
    ? { start: colon, end: Math.max(colon, end), text: ` ${rendered}` }
    : { start, end, text: rendered };
}

/** The first key stands behind the dash, and the next one takes its place there. */
function removeLines(text: string, entry: Entry, index: number): Splice {
  const pair = entry.items[index];
  const next = entry.items[index + 1];
  if (pair === undefined) throw new NotEditable('There is no such pair.');
  if (index === 0) return { start: startOf(pair.key), end: startOf(next?.key ?? pair.key), text: '' };
  const end = lineEndOf(text, endOf(text, pair.value ?? pair.key));
  // The line break before it goes, so that one at the end of the text needs none after it.
  return { start: lineBreakBefore(text, lineStartOf(text, startOf(pair.key))), end, text: '' };
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

/** Right after the last character of a node, without the comments and line breaks that the library counts in. */
function endOf(text: string, node: Node): number {
  if (isMap<Node, Node | null>(node) && !node.flow) {
    const last = node.items.at(-1);
    if (last !== undefined) return endOf(text, last.value ?? last.key);
  }
  if (isSeq<Node>(node) && !node.flow) {
    const last = node.items.at(-1);
    if (last) return endOf(text, last);
  }
  const end = node.range?.[1] ?? 0;
  return startOf(node) + text.slice(startOf(node), end).trimEnd().length;
}

function lineStartOf(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}

function lineEndOf(text: string, at: number): number {
  const rest = /\r?\n/.exec(text.slice(at));
  return rest === null ? text.length : at + rest.index;
}

function lineBreakBefore(text: string, lineStart: number): number {
  if (lineStart === 0) return 0;
  return text.charAt(lineStart - 2) === '\r' ? lineStart - 2 : lineStart - 1;
}
