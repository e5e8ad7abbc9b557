import { type BlockSection, colonOf, editBlock } from './block-edit.ts';
import { readBlockList } from './block-list.ts';
import { editBraces, editFlowList } from './brace-edit.ts';
import type { ListChange } from './entry.ts';
import { scanFlow } from './flow-scan.ts';
import { editJsonLines } from './json-lines.ts';
import { eolOf, type Line, linesOf } from './lines.ts';
import { NotEditable } from './not-editable.ts';
import { type Manner, renderPairs } from './render.ts';
import type { TextEdit } from './text-edit.ts';

/**
 * What has to be replaced in the text of a config file so that its list of connections changes as told; everything
 * else stays. `name` is the file's, whose extension tells how it is written. The text must have been parsed before.
 *
 * @throws NotEditable
 */
export function editText(name: string, text: string, change: ListChange): TextEdit {
  if (name.endsWith('.ndjson')) return editJsonLines(text, change);
  const manner: Manner = { language: name.endsWith('.json') ? 'json' : 'yaml', eol: eolOf(text) };
  const open = /^(?:[ \t]*(?:#[^\r\n]*)?\r?\n)*[ \t]*\{/.exec(text);
  return open === null
    ? editLines(text, change, manner)
    : editBraces(text, open[0].length - 1, change, manner);
}

const KEY = /^(?:connections|"connections"|'connections')[ \t]*:(?:\s|$)/;
/** What follows a key at the beginning of its line, up to the next such key. */
const BELOW_KEY = /^(?:\s|#|- |-$|\]|$)/;

/** A file whose keys stand at the beginning of lines. */
function editLines(text: string, change: ListChange, manner: Manner): TextEdit {
  const lines = linesOf(text);
  const contentOf = (line: Line) => text.slice(line.start, line.end);
  const key = lines.findIndex((line) => KEY.test(contentOf(line)));
  const keyLine = lines[key];
  if (keyLine === undefined) return withKey(text, lines, change, manner);
  const below = lines.findIndex((line, index) => index > key && !BELOW_KEY.test(contentOf(line)));
  const to = below < 0 ? lines.length : below;
  const region = { start: keyLine.start, end: lines[to - 1]?.next ?? text.length };
  const colon = colonOf(text, keyLine);
  const open = colon + (/^\s*/.exec(text.slice(colon, region.end))?.[0].length ?? 0);
  if (text.charAt(open) === '[') {
    return { ...editBrackets(text, open, { lines, key, to }, change, manner), region };
  }
  const list = readBlockList(text, lines, key + 1, to);
  const entries = list.items.map(({ first, last }) => ({
    start: lines[first]?.start ?? 0,
    end: lines[last]?.end ?? text.length,
  }));
  return { splices: editBlock(text, { lines, key, to, list }, change, manner), region, entries };
}

/** The list in brackets below a key; one without entries becomes one with dashes. */
function editBrackets(
  text: string,
  open: number,
  section: Omit<BlockSection, 'list'>,
  change: ListChange,
  manner: Manner,
): Omit<TextEdit, 'region'> {
  const flow = scanFlow(text, open);
  if (flow === null) throw new NotEditable('The list of connections does not end.');
  if (flow.elements.length > 0) {
    return { splices: editFlowList(text, flow, change, manner), entries: flow.elements };
  }
  if (change.added.length === 0) return { splices: [], entries: [] };
  const keyLine = section.lines[section.key];
  const start = keyLine === undefined ? open : colonOf(text, keyLine);
  const key = section.lines.findIndex(({ next }) => next > flow.close);
  const list = { indent: 0, items: [] };
  const splices = [
    { start, end: flow.close + 1, text: '' },
    ...editBlock(text, { ...section, key, list }, change, manner),
  ];
  return { splices, entries: [] };
}

/** A file without the key gets it at its end. */
function withKey(text: string, lines: readonly Line[], { added }: ListChange, manner: Manner): TextEdit {
  const ending = lines.find(({ start, end }) => /^\.\.\.(?:\s|$)/.test(text.slice(start, end)));
  const end = ending?.start ?? text.length;
  const region = { start: end, end };
  if (added.length === 0) return { splices: [], region, entries: [] };
  const items = added.flatMap((entry) =>
    renderPairs(entry, manner).map((pair, index) => `${index === 0 ? '  - ' : '    '}${pair}`),
  );
  const body = ['connections:', ...items].map((line) => line + manner.eol).join('');
  const broken = end === 0 || text.charAt(end - 1) === '\n' ? '' : manner.eol;
  return { splices: [{ start: end, end, text: broken + body }], region, entries: [] };
}
