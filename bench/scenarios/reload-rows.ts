import type { Reloads } from '../measure/reloads.ts';
import { median, rangeOf } from '../measure/statistics.ts';
import { atMost, milliseconds, type Row, seconds } from '../results/row.ts';

const WHAT = 'reload that changes 1 of 100,000';

export function reloadRows({
  answered,
  reconciled,
  touched,
  faults,
  lateness,
  quiet,
}: Reloads): readonly Row[] {
  const rounds = reconciled.length;
  const told = Object.entries(faults).map(([fault, count]) => `${fault} ${count}`);
  return [
    atMost(2, {
      id: 'reload-time',
      what: `${WHAT}: until its schedule fits`,
      value: median(reconciled) / 1_000,
      show: seconds,
      note: `median of ${rounds}, ${rangeOf(reconciled, milliseconds)}; the request is answered after ${milliseconds(median(answered))}`,
    }),
    atMost(1, {
      id: 'reload-touched',
      what: `${WHAT}: schedulers touched`,
      value: Math.max(...touched),
      show: String,
      note: `the most of ${rounds}, by the monitor's own count (together: ${told.join(', ')}); the interval of one connection is changed`,
    }),
    atMost(0, {
      id: 'reload-lateness',
      what: `${WHAT}: checks later than 500 ms`,
      value: lateness.over500Ms,
      show: String,
      note: `of ${lateness.checks.toLocaleString('en')} in ${rounds} stretches of 6 s, p99 ${milliseconds(lateness.p99Ms)}; as long without a reload: ${quiet.over500Ms} of ${quiet.checks.toLocaleString('en')}, p99 ${milliseconds(quiet.p99Ms)}`,
    }),
  ];
}
