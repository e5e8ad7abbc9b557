import { readFile, rename, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { lineOf } from '../running/fleet.ts';
import type { Stage } from '../running/stage.ts';
import { type Lateness, latenessIn, latenessOver, type Stretch } from './lateness.ts';

export interface Reloads {
  /** From the request to its answer, ms. */
  readonly answered: readonly number[];
  /** From the request until the schedules fit. */
  readonly reconciled: readonly number[];
  /** Schedulers that were made, changed or removed, by the monitor's own count. */
  readonly touched: readonly number[];
  readonly lateness: Lateness;
  /** Of stretches of the same length without a reload. */
  readonly quiet: Lateness;
}

const STRETCH_MS = 6_000;
/** A watchdog reconciles, too; what follows a new config counts. */
const READ_AGAIN = 'the config was read again';
const RECONCILED = 'reconciled the fleet with the config';

/** Gives another connection another interval each time, and has the config read again. */
export async function measureReloads(stage: Stage, rounds: number): Promise<Reloads> {
  const answered: number[] = [];
  const reconciled: number[] = [];
  const touched: number[] = [];
  const busy: Stretch[] = [];
  const quiet: Stretch[] = [];
  for (let round = 0; round < rounds; round += 1) {
    quiet.push(await stretch(stage, async () => undefined));
    busy.push(
      await stretch(stage, async () => {
        await changeOne(stage, 1_000 + round, `${51 + round}s`);
        const begun = performance.now();
        const line = stage.monitor.next(READ_AGAIN, RECONCILED);
        answered.push(await stage.monitor.reload());
        touched.push(countIn(await line));
        reconciled.push(performance.now() - begun);
      }),
    );
  }
  return { answered, reconciled, touched, lateness: latenessOver(busy), quiet: latenessOver(quiet) };
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

/** `scheduled` counts by what was wrong with each. */
function countIn(line: Readonly<Record<string, unknown>>): number {
  const counts = Object.values(line['scheduled'] ?? {}) as number[];
  return counts.reduce((sum, count) => sum + count, 0) + Number(line['unscheduled'] ?? 0);
}
