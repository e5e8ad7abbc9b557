import type { ReportedSilence } from './monitor-answers.ts';
import { type Column, type Paint, printable, renderTable } from './table.ts';

/** One silence, in one line. */
export function silenceText(silence: ReportedSilence): string {
  const { id, status, startsAt, endsAt } = silence;
  const from = status === 'pending' ? `from ${shortTime(startsAt)} ` : '';
  return printable(`${id}: mutes ${matchText(silence)} ${from}until ${shortTime(endsAt)} (UTC)`);
}

export function silenceTable(silences: readonly ReportedSilence[], paint: Paint): string {
  return silences.length === 0 ? 'nothing is muted\n' : renderTable(silences, COLUMNS, paint);
}

const COLUMNS: readonly Column<ReportedSilence>[] = [
  { title: 'ID', cell: ({ id }) => id },
  {
    title: 'STATUS',
    cell: ({ status }) => status,
    tone: ({ status }) => (status === 'active' ? 'warning' : 'quiet'),
  },
  { title: 'MUTES', cell: matchText },
  { title: 'FROM (UTC)', cell: ({ startsAt }) => shortTime(startsAt) },
  { title: 'UNTIL', cell: ({ endsAt }) => shortTime(endsAt) },
  { title: 'AUTHOR', cell: ({ author }) => author },
  { title: 'REASON', cell: ({ reason }) => reason },
];

function matchText({ match }: ReportedSilence): string {
  const { labels = {}, ...fields } = match;
  return [
    ...Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`])),
    ...Object.entries(labels).map(([name, value]) => `label ${name}=${value}`),
  ].join(', ');
}

function shortTime(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}
