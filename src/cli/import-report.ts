import { counted } from '../domain/counted.ts';
import type { ImportProblem } from '../import/table.ts';
import type { Fate, RowFate } from './import-run.ts';
import { type Column, type Paint, renderTable, type Tone } from './table.ts';

export interface ImportOutcome {
  readonly fates: readonly RowFate[];
  /** Of rows that could not even be read. */
  readonly problems: readonly ImportProblem[];
  readonly dryRun: boolean;
}

/** A row of the file, whether it could be read or not. */
interface Shown {
  readonly line: number;
  readonly id: string | null;
  readonly fate: Fate;
  readonly notes: readonly string[];
}

/** 0: all are registered. 1: keys were rejected. 2: rows were left out for another reason. */
export function exitCodeOf(outcome: ImportOutcome): number {
  const fates = new Set(shownOf(outcome).map(({ fate }) => fate));
  if (fates.has('refused')) return 1;
  return fates.has('wrong') || fates.has('unanswered') || fates.has('differs') ? 2 : 0;
}

/** The document of `import --json`. */
export function importDocument(outcome: ImportOutcome) {
  const rows = shownOf(outcome);
  return { dryRun: outcome.dryRun, summary: countFates(rows), rows };
}

/** A dry run shows every row; otherwise only those about which there is something to say. */
export function importText(outcome: ImportOutcome, file: string, paint: Paint): string {
  const rows = shownOf(outcome);
  const shown = outcome.dryRun ? rows : rows.filter(({ fate }) => fate !== 'added' && fate !== 'unchanged');
  const table = shown.length === 0 ? '' : `${renderTable(shown, COLUMNS, paint)}\n`;
  const advice = ADVICE.flatMap(([fate, text]) =>
    rows.some((row) => row.fate === fate) ? [`${text}\n`] : [],
  );
  return `${table}${advice.join('')}${file}: ${summaryOf(outcome, rows)}\n`;
}

const COLUMNS: readonly Column<Shown>[] = [
  { title: 'LINE', cell: ({ line }) => line, align: 'right' },
  { title: 'CONNECTION', cell: ({ id }) => id },
  { title: 'FATE', cell: ({ fate }) => fate, tone: ({ fate }) => TONES[fate] },
  { title: '', cell: ({ notes }) => notes.join('; ') },
];

const TONES: Readonly<Record<Fate, Tone | null>> = {
  added: 'good',
  changed: 'good',
  unchanged: null,
  differs: 'warning',
  wrong: 'bad',
  refused: 'bad',
  unanswered: 'warning',
};

const ADVICE: readonly (readonly [Fate, string])[] = [
  ['differs', 'differs: registered otherwise, and left as it is; --update changes it.'],
  [
    'refused',
    "refused: asked twice, 2 s apart. The keys may be mistyped, or of another region; a new application's keys start to " +
      'work about 30 minutes after it is made (--no-check registers them all the same).',
  ],
  ['unanswered', 'unanswered: the gateway said nothing certain about the keys; do the same again later.'],
];

function shownOf({ fates, problems }: ImportOutcome): readonly Shown[] {
  const unread = problems.map(({ line, message }) => ({
    line,
    id: null,
    fate: 'wrong' as const,
    notes: [message],
  }));
  return [...fates, ...unread].toSorted((a, b) => a.line - b.line);
}

function countFates(rows: readonly Shown[]): Readonly<Record<Fate, number>> {
  const counts = { added: 0, changed: 0, unchanged: 0, differs: 0, wrong: 0, refused: 0, unanswered: 0 };
  for (const { fate } of rows) counts[fate] += 1;
  return counts;
}

function summaryOf({ dryRun }: ImportOutcome, rows: readonly Shown[]): string {
  const parts = Object.entries(countFates(rows)).flatMap(([fate, count]) =>
    count > 0 ? [`${count} ${fate}`] : [],
  );
  const what = rows.length === 0 ? 'no rows' : `${counted(rows.length, 'row')}: ${parts.join(', ')}`;
  return dryRun ? `${what} (dry run: nothing was written)` : what;
}
