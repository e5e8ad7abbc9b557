import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Bench, sized } from '../bench.ts';
import { summarise } from '../results/profile.ts';
import type { Row } from '../results/row.ts';
import type { Monitor } from '../running/monitor.ts';
import { startStage, untilAllChecked } from '../running/stage.ts';
import { startSaturated } from './saturated.ts';

const PIPELINE_MS = 10_000;
const SCRAPES = 6;

/** CPU profiles of the two hottest paths, as summaries for readers and as files for a profiler's window. */
export async function profile(bench: Bench): Promise<readonly Row[]> {
  const { monitor: saturated } = await startSaturated(bench, 'profile-pipeline');
  await take(bench, saturated, 'pipeline', 'The pipeline at its limit', () =>
    delay(sized(bench, PIPELINE_MS, 3_000)),
  );
  await saturated.child.end();

  const connections = sized(bench, 100_000, 20_000);
  // No check comes between.
  const fleet = { connections, interval: '24h', timeout: '10s', secrets: 'inline' } as const;
  const { monitor, gateway } = await startStage(bench, 'profile-metrics', fleet);
  await untilAllChecked(monitor, [gateway], connections);
  await take(
    bench,
    monitor,
    'metrics',
    '`/metrics` of 100,000 connections, plain and gzip in turns',
    async () => {
      for (let index = 0; index < SCRAPES; index += 1)
        await monitor.scrape(index % 2 === 0 ? 'identity' : 'gzip');
    },
  );
  return [];
}

async function take(
  bench: Bench,
  monitor: Monitor,
  name: string,
  title: string,
  work: () => Promise<void>,
): Promise<void> {
  const file = join(bench.folder, `${name}.cpuprofile`);
  await monitor.child.ask('profile');
  await work();
  await monitor.child.ask('profiled', file);
  bench.say(await summarise({ file, name, title, keep: !bench.quick, now: new Date() }));
}
