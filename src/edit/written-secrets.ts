import { mappingOf } from '../config/plain-value.ts';
import { valueSpan } from './entry-edit.ts';
import type { Region } from './text-edit.ts';

/** The spans of the text that hold a secret itself and no reference to one, in entries and in comments. */
export function writtenSecrets(
  text: string,
  entries: readonly Region[],
  values: readonly unknown[],
): readonly Region[] {
  const spans = entries.flatMap((entry, index) =>
    typeof mappingOf(values[index])['clientSecret'] === 'string'
      ? (valueSpan(text, entry, 'clientSecret') ?? entry)
      : [],
  );
  const comments = Array.from(text.matchAll(COMMENTED), (match) => {
    const end = match.index + match[0].length;
    return { start: end - (match[1] ?? '').length, end };
  });
  const isApart = (one: Region) => spans.every(({ start, end }) => one.end <= start || one.start >= end);
  return [...spans, ...comments.filter(isApart)];
}

/** An entry that was commented out, or what was noted beside a reference, may hold one, too. */
const COMMENTED = /(?:^|[ \t])#.*clientSecret["']?[ \t]*:[ \t]*(?!\{)(\S.*)$/gm;
