import type { Bench } from '../bench.ts';
import { sized } from '../bench.ts';
import { median, rangeOf } from '../measure/statistics.ts';
import { atMost, type Row, seconds } from '../results/row.ts';
import { Endings } from '../running/children.ts';
import { startStage } from '../running/stage.ts';

const ROUNDS = 5;

/** From the spawn of the process, with a Redis that knows nothing yet. */
export async function coldStart(bench: Bench): Promise<readonly Row[]> {
  const connections = sized(bench, 100_000, 20_000);
  const first: number[] = [];
  const all: number[] = [];
  for (let round = 0; round < sized(bench, ROUNDS, 2); round += 1) {
    const endings = new Endings();
    bench.endings.add(() => endings.run());
    const fleet = { connections, interval: '60s', timeout: '10s', secrets: 'files' } as const;
    const { monitor, gateway } = await startStage({ ...bench, endings }, 'cold-start', fleet);
    const readyAt = await monitor.ready();
    const { firstAt } = await gateway.seen();
    if (firstAt === null) throw new Error('No check was made before all were scheduled');
    first.push((firstAt - monitor.spawnedAt) / 1_000);
    all.push((readyAt - monitor.spawnedAt) / 1_000);
    await endings.run();
  }
  const what = 'cold start with 100,000';
  const note = (values: readonly number[], how: string) =>
    `median of ${values.length}, ${rangeOf(values, seconds)}; ${how}`;
  return [
    atMost(5, {
      id: 'cold-first',
      what: `${what}: to the first check`,
      value: median(first),
      show: seconds,
      note: note(first, 'from the spawn until the token server sees it; Redis is empty'),
    }),
    atMost(15, {
      id: 'cold-all',
      what: `${what}: to all scheduled`,
      value: median(all),
      show: seconds,
      note: note(all, 'until /readyz says so'),
    }),
  ];
}
