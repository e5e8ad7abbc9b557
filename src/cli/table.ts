/** What a text means to the reader; how it looks is settled in one place. */
export type Tone = 'good' | 'bad' | 'warning' | 'strong' | 'quiet';

/** Colours a text, or leaves it as it is where colours are not wanted. */
export type Paint = (tone: Tone, text: string) => string;

const CODES: Readonly<Record<Tone, string>> = {
  good: '32',
  bad: '31',
  warning: '33',
  strong: '1',
  quiet: '2',
};

/**
 * Colours for a stream: only on a terminal that understands them, and not when `NO_COLOR` is set to anything
 * (no-color.org).
 */
export function paintFor(stream: object, env: Readonly<Record<string, string | undefined>>): Paint {
  const wanted = isTerminal(stream) && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  return wanted ? (tone, text) => `\u001b[${CODES[tone]}m${text}\u001b[0m` : plain;
}

/** True for a stream that a person looks at, not for a pipe or a file. */
export function isTerminal(stream: object): boolean {
  return 'isTTY' in stream && stream.isTTY === true;
}

/** How many characters fit on a line: of the terminal, or of a text made for reading. */
export function lineWidth(stream: object): number {
  const columns = 'columns' in stream && typeof stream.columns === 'number' ? stream.columns : 0;
  // A terminal that does not know its size says 0.
  return columns === 0 ? 100 : Math.max(40, Math.min(columns, 100));
}

export function plain(_tone: Tone, text: string): string {
  return text;
}

export interface Column<Row> {
  readonly title: string;
  /** A missing value is shown as `-`. */
  readonly cell: (row: Row) => string | number | null;
  readonly align?: 'left' | 'right';
  readonly tone?: (row: Row) => Tone | null;
}

/** A table with one line per row, two spaces between columns, and a line break after every line. */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  paint: Paint = plain,
): string {
  const texts = rows.map((row) => columns.map((column) => printable(String(column.cell(row) ?? '-'))));
  // Spreading a row per connection into Math.max would overflow the stack for a large fleet.
  const widths = columns.map(({ title }, index) =>
    texts.reduce((widest, cells) => Math.max(widest, widthOf(cells[index] ?? '')), widthOf(title)),
  );
  const line = (cells: readonly string[], toneOf: (column: Column<Row>) => Tone | null) =>
    columns
      .map((column, index) => {
        const text = cells[index] ?? '';
        const space = ' '.repeat((widths[index] ?? 0) - widthOf(text));
        const tone = toneOf(column);
        const shown = tone === null ? text : paint(tone, text);
        if (column.align === 'right') return space + shown;
        return index === columns.length - 1 ? shown : shown + space;
      })
      .join('  ');
  const head = line(
    columns.map(({ title }) => title),
    () => 'strong',
  );
  const body = rows.map((row, index) => line(texts[index] ?? [], (column) => column.tone?.(row) ?? null));
  return `${[head, ...body].join('\n')}\n`;
}

/** Breaks a text at spaces so that no line is wider than `width`, indent included; long words stay whole. */
export function wrap(text: string, width: number, indent = ''): string {
  const lines: string[] = [];
  let line = '';
  for (const word of printable(text).split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && widthOf(indent + longer) > width) {
      lines.push(indent + line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, indent + line].join('\n');
}

/** Takes out what could move the cursor, recolour or reorder a terminal's text. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ');
}

const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}！-～]/u;
const MARK = /\p{M}/u;

/** How many cells of a terminal a text takes: customers' names are not all Latin. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : MARK.test(character) ? 0 : 1;
  return width;
}
