import { withoutTexts } from './brace-edit.ts';
import type { ListChange } from './entry.ts';
import { editEntry } from './entry-edit.ts';
import { eolOf, type Line, linesOf } from './lines.ts';
import { NotEditable } from './not-editable.ts';
import { type Manner, renderValue } from './render.ts';
import type { TextEdit } from './text-edit.ts';

/** A file of one JSON object per line; empty lines stay where they are. */
export function editJsonLines(text: string, change: ListChange): TextEdit {
  const lines = linesOf(text);
  const entries = lines.filter(({ start, end }) => text.slice(start, end).trim() !== '');
  const lineOf = (index: number): Line => {
    const line = entries[index];
    if (line === undefined) throw new NotEditable('An entry could not be found among the lines.');
    return line;
  };
  const sample = entries.at(-1);
  const compact = sample === undefined || !/\s/.test(withoutTexts(text.slice(sample.start, sample.end)));
  const manner: Manner = { language: 'json', eol: eolOf(text), compact };
  const removed = [...change.removed].map((index) => {
    const { start, next } = lineOf(index);
    return { start, end: next, text: '' };
  });
  const changed = [...change.changed].flatMap(([index, settings]) =>
    editEntry(text, lineOf(index), settings, manner),
  );
  const body = change.added.map((entry) => renderValue(entry, manner) + manner.eol).join('');
  const broken = text === '' || text.endsWith('\n') ? '' : manner.eol;
  const added = body === '' ? [] : [{ start: text.length, end: text.length, text: broken + body }];
  return { splices: [...removed, ...changed, ...added], region: { start: 0, end: text.length }, entries };
}
