import { readFile, rename, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { lineOf } from '../running/fleet.ts';
import type { Line } from '../running/monitor.ts';
import type { Stage } from '../running/stage.ts';
import { type Lateness, latenessIn, latenessOver, type Stretch } from './lateness.ts';

export interface Reloads {
  /** From the request to its answer, ms. */
  readonly answered: readonly number[];
  /** From the request until the schedules fit. */
  readonly reconciled: readonly number[];
  /** Schedulers that were made, changed or removed, by the monitor's own count. */
  readonly touched: readonly number[];
  /** By what was wrong with each. */
  readonly faults: Readonly<Record<string, number>>;
  readonly lateness: Lateness;
  /** Of stretches of the same length without a reload. */
  readonly quiet: Lateness;
}

const STRETCH_MS = 6_000;
const RECONCILED = 'reconciled the fleet with the config';

/** Gives another connection another interval each time, and has the config read again. */
export async function measureReloads(stage: Stage, rounds: number): Promise<Reloads> {
  const answered: number[] = [];
  const reconciled: number[] = [];
  const touched: number[] = [];
  const faults: Record<string, number> = {};
  const busy: Stretch[] = [];
  const quiet: Stretch[] = [];
  for (let round = 0; round < rounds; round += 1) {
    quiet.push(await stretch(stage, async () => undefined));
    busy.push(
      await stretch(stage, async () => {
        await changeOne(stage, 1_000 + round, `${51 + round}s`);
        const begun = performance.now();
        const [told, answer] = await Promise.all([
          stage.monitor.next(RECONCILED, madeNew),
          stage.monitor.reload(),
        ]);
        reconciled.push(performance.now() - begun);
        answered.push(answer);
        touched.push(countIn(told));
        for (const [fault, count] of Object.entries(scheduledIn(told)))
          faults[fault] = (faults[fault] ?? 0) + count;
      }),
    );
  }
  return { answered, reconciled, touched, faults, lateness: latenessOver(busy), quiet: latenessOver(quiet) };
}

async function stretch({ monitor }: Stage, work: () => Promise<void>): Promise<Stretch> {
  const before = latenessIn(await monitor.processMetrics());
  await Promise.all([work(), delay(STRETCH_MS)]);
  return { before, after: latenessIn(await monitor.processMetrics()) };
}

/** In one go, as editors and deployments do: nobody ever sees half of it. */
async function changeOne({ files, fleet }: Stage, index: number, interval: string): Promise<void> {
  const lines = (await readFile(files.ndjson, 'utf8')).split('\n');
  lines[index] = lineOf(fleet, index, { interval }).trimEnd();
  const aside = `${files.ndjson}.new`;
  await writeFile(aside, lines.join('\n'), { mode: 0o600 });
  await rename(aside, files.ndjson);
}

/** A watchdog reconciles, too, and may find what is overdue on a machine that can't keep up. */
function madeNew(line: Line): boolean {
  return 'missing' in scheduledIn(line);
}

function countIn(line: Line): number {
  const counts = Object.values(scheduledIn(line));
  return counts.reduce((sum, count) => sum + count, 0) + Number(line['unscheduled'] ?? 0);
}

/** Schedulers that were made or made again, by what was wrong with them. */
function scheduledIn(line: Line): Readonly<Record<string, number>> {
  return (line['scheduled'] ?? {}) as Readonly<Record<string, number>>;
}
