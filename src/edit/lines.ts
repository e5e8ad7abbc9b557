/** One line of a text, by places. */
export interface Line {
  readonly start: number;
  /** Before the line break. */
  readonly end: number;
  /** After it, which is where the next line starts. */
  readonly next: number;
}

export function linesOf(text: string): readonly Line[] {
  const lines: Line[] = [];
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf('\n', start);
    const next = found < 0 ? text.length : found + 1;
    const broken = found < 0 ? next : found;
    const end = found > start && text.charAt(found - 1) === '\r' ? found - 1 : broken;
    lines.push({ start, end, next });
    start = next;
  }
  return lines;
}

/** What ends the lines of a text: that of its first line. */
export function eolOf(text: string): '\n' | '\r\n' {
  const first = text.indexOf('\n');
  return first > 0 && text.charAt(first - 1) === '\r' ? '\r\n' : '\n';
}
