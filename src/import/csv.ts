import { CsvError, type Options, parse } from 'csv-parse/sync';
import { COLUMN_NAMES, fill, type Heading, headingOf } from './columns.ts';
import { type ImportProblem, type ImportRow, type ImportTable, nothingBut } from './table.ts';

/** Spreadsheets write a semicolon where the comma is the decimal sign, and a tab when told to. */
const DELIMITERS = [',', ';', '\t'] as const;

const SOME_NAMES = `${COLUMN_NAMES.slice(0, 6).join(',')},…`;

interface Line {
  /** Where it begins, counted from 1; one line of a table may be several of the file. */
  readonly line: number;
  readonly cells: readonly string[];
}

/**
 * Reads a CSV file (RFC 4180, first line: the names of the columns). What is wrong with one row leaves the others in
 * place; what is wrong with the headings leaves none, since every row would mean something else.
 */
export function readCsv(text: string): ImportTable {
  const problems: ImportProblem[] = [];
  const [head, ...lines] = linesOf(text, delimiterOf(text), problems);
  if (head === undefined) {
    return problems.length > 0
      ? { rows: [], problems }
      : nothingBut(1, `is empty; its first line names the columns: ${SOME_NAMES}`);
  }
  const headings = head.cells.map(headingOf);
  const wrong = wrongHeadings(headings);
  if (wrong.length > 0) return { rows: [], problems: wrong.map((message) => ({ line: head.line, message })) };
  const rows: ImportRow[] = [];
  for (const { line, cells } of lines) {
    const { item, mistakes } = itemOf(cells, headings);
    if (mistakes.length === 0) rows.push({ line, item });
    else problems.push(...mistakes.map((message) => ({ line, message })));
  }
  return { rows, problems: problems.toSorted((a, b) => a.line - b.line) };
}

function linesOf(text: string, delimiter: string, problems: ImportProblem[]): readonly Line[] {
  const lines: Line[] = [];
  let end = 0;
  let lost = false;
  let quotes = 0;
  const options: Options = {
    delimiter,
    bom: true,
    relax_column_count: true,
    // Blanks around a value are no part of it, but those inside quotes are kept.
    trim: true,
    skip_records_with_error: true,
    on_skip: (error) => {
      const last = error instanceof CsvError && typeof error['lines'] === 'number' ? error['lines'] : end + 1;
      // A second quote of the same row is no second mistake.
      if (lost || last === end) {
        quotes += 1;
        if (quotes > MOST_QUOTES) throw new TooManyQuotes();
        return undefined;
      }
      quotes = 0;
      problems.push({ line: end + 1, message: wordsOf(error) });
      lost = losesTheRest(error);
      end = last;
      return undefined;
    },
    on_record: (cells: string[], { lines: last }) => {
      const line = end + 1;
      end = last;
      if (!lost && cells.some((cell) => cell !== '')) lines.push({ line, cells });
      return null;
    },
  };
  try {
    parse(text, options);
  } catch (error) {
    if (!(error instanceof TooManyQuotes)) throw error;
    problems.push({ line: end + 1, message: `${QUOTE_INSIDE}; nothing after it could be read` });
  }
  return lines;
}

/** The parser takes the whole row in hand again for each of them: a file full of them would never come to an end. */
const MOST_QUOTES = 100;

class TooManyQuotes extends Error {
  override readonly name = 'TooManyQuotes';
}

/** Whether the parser can't know any more which quotes open a cell and which close one, and so reads on in a cell for ever. */
function losesTheRest(error: unknown): boolean {
  return error instanceof CsvError && error.code !== 'INVALID_OPENING_QUOTE';
}

const QUOTE_INSIDE =
  'a double quote stands inside a cell; write it twice, and the whole cell in double quotes';

function wordsOf(error: unknown): string {
  const code = error instanceof CsvError ? error.code : '';
  switch (code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'a cell begins with a double quote that is never closed; nothing after it could be read';
    case 'INVALID_OPENING_QUOTE':
      return QUOTE_INSIDE;
    case 'CSV_INVALID_CLOSING_QUOTE':
    case 'CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE':
      return `${QUOTE_INSIDE}; nothing after it could be read`;
    default:
      return 'is not CSV here; save the table as CSV (UTF-8) again';
  }
}

function wrongHeadings(headings: readonly Heading[]): readonly string[] {
  // That is a row without its headings, whose cells must not be repeated: one may be a secret.
  if (headings.every(({ kind }) => kind === 'unknown')) return [`must name the columns first: ${SOME_NAMES}`];
  const unknown = headings.flatMap((heading) => (heading.kind === 'unknown' ? [heading.message] : []));
  const names = headings.flatMap((heading) => (heading.kind === 'unknown' ? [] : [heading.name]));
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  return [
    ...unknown,
    ...twice.map((name) => `the column ${name} is there twice; keep one of them`),
    ...(names.includes('id') ? [] : ['the column id is missing; it names each connection']),
  ];
}

function itemOf(cells: readonly string[], headings: readonly Heading[]) {
  const item: Record<string, unknown> = {};
  const mistakes: string[] = [];
  if (cells.length > headings.length && cells.slice(headings.length).some((cell) => cell !== '')) {
    const counts = `${cells.length} cells, but the first line names ${headings.length} columns`;
    mistakes.push(`has ${counts}; put a text that holds the separator in double quotes`);
  }
  for (const [index, heading] of headings.entries()) {
    const mistake = fill(item, heading, cells[index] ?? '');
    if (mistake !== null) mistakes.push(mistake);
  }
  return { item, mistakes };
}

/** The one by which the first line falls into the most columns. */
function delimiterOf(text: string): string {
  const head = /^[^\r\n]*/.exec(text)?.[0] ?? '';
  const [best] = DELIMITERS.toSorted((a, b) => head.split(b).length - head.split(a).length);
  return best ?? ',';
}
