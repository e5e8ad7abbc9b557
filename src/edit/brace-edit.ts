import type { Entry, ListChange } from './entry.ts';
import { editEntry } from './entry-edit.ts';
import { editFlow, indentBefore } from './flow-edit.ts';
import { type FlowElement, type FlowText, scanFlow } from './flow-scan.ts';
import { NotEditable } from './not-editable.ts';
import { type Manner, renderPairs, renderValue } from './render.ts';
import type { Splice } from './splice.ts';
import type { TextEdit } from './text-edit.ts';

/** A file that is one mapping in braces, as JSON is; they open at `open`. */
export function editBraces(text: string, open: number, change: ListChange, manner: Manner): TextEdit {
  const file = scanFlow(text, open);
  if (file === null) throw new NotEditable('The braces of the file do not end.');
  const isList = ({ start }: FlowElement) => /^(["']?)connections\1\s*:/.test(text.slice(start, start + 40));
  const member = file.elements.find(isList);
  if (member === undefined) return withMember(text, file, change, manner);
  const bracket = text.indexOf('[', member.start);
  const flow = bracket < 0 || bracket >= member.end ? null : scanFlow(text, bracket);
  if (flow === null) throw new NotEditable('The connections are no list.');
  const region = { start: member.start, end: member.end };
  return { splices: editFlowList(text, flow, change, manner), region, entries: flow.elements };
}

/** A file without the key gets it as its last one. */
function withMember(text: string, file: FlowText, { added }: ListChange, manner: Manner): TextEdit {
  const last = file.elements.at(-1);
  const region = { start: last?.end ?? file.open + 1, end: file.close };
  if (added.length === 0) return { splices: [], region, entries: [] };
  const indent = last === undefined ? '  ' : indentBefore(text, last.start);
  const items = added.map((entry) => renderValue(entry, manner));
  const inner = `${manner.eol}${indent}${indent}`;
  const list =
    indent === null ? `[${items.join(', ')}]` : `[${inner}${items.join(`,${inner}`)}${manner.eol}${indent}]`;
  const layout = { eol: manner.eol, freshIndent: indent, padding: '' };
  const splices = editFlow(text, file, { removed: new Set(), added: [`"connections": ${list}`] }, layout);
  return { splices, region, entries: [] };
}

/** A list of entries in brackets. */
export function editFlowList(
  text: string,
  flow: FlowText,
  change: ListChange,
  manner: Manner,
): readonly Splice[] {
  const changed = [...change.changed].flatMap(([index, settings]) => {
    const element = flow.elements[index];
    if (element === undefined) throw new NotEditable('An entry could not be found in its list.');
    return editEntry(text, element, settings, manner);
  });
  const lineStart = text.lastIndexOf('\n', flow.open) + 1;
  const outer = /^[ \t]*/.exec(text.slice(lineStart, flow.open))?.[0] ?? '';
  const freshIndent = text.includes('\n') ? outer + (outer || '  ') : null;
  const added = change.added.map(writerLike(text, flow.elements.at(-1), manner));
  const layout = { eol: manner.eol, freshIndent, padding: '' };
  return [...changed, ...editFlow(text, flow, { removed: change.removed, added }, layout)];
}

/** Writes an entry the way its neighbour is written: on one line, or with a line for each key. */
function writerLike(text: string, sample: FlowElement | undefined, manner: Manner): (entry: Entry) => string {
  if (sample === undefined) return (entry) => renderValue(entry, manner);
  const own = text.slice(sample.start, sample.end);
  const compact = manner.language === 'json' && !/\s/.test(withoutTexts(own));
  const inner = /^\{\r?\n([ \t]*)/.exec(own)?.[1];
  if (inner === undefined) return (entry) => renderValue(entry, { ...manner, compact });
  const outer = indentBefore(text, sample.start) ?? '';
  return (entry) => {
    const pairs = renderPairs(entry, manner).map((pair) => `${manner.eol}${inner}${pair}`);
    return `{${pairs.join(',')}${manner.eol}${outer}}`;
  };
}

/** What is left of JSON when the texts in quotes are taken out. */
export function withoutTexts(json: string): string {
  return json.replaceAll(/"(?:[^"\\]|\\.)*"/g, '');
}
