/** Takes the place of `[start, end)` of a text. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** In the order of their places; of several at one place, in the order given. */
export function inOrder(splices: readonly Splice[]): readonly Splice[] {
  return splices.toSorted((a, b) => a.start - b.start || a.end - b.end);
}

/** The splices may stand in any order but must not overlap. All other text stays as it is. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const { start, end, text: replacement } of inOrder(splices)) {
    if (start < at) throw new Error('Two changes of a text overlap.');
    parts.push(text.slice(at, start), replacement);
    at = end;
  }
  parts.push(text.slice(at));
  return parts.join('');
}

export function shifted(splices: readonly Splice[], by: number): readonly Splice[] {
  return splices.map(({ start, end, text }) => ({ start: start + by, end: end + by, text }));
}
