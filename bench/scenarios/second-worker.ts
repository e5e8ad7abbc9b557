import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { type Bench, sized } from '../bench.ts';
import { median, rangeOf } from '../measure/statistics.ts';
import { atLeast, forInformation, perSecond, type Row, ratio } from '../results/row.ts';
import type { Gateway } from '../running/gateway.ts';
import { type Monitor, startMonitor } from '../running/monitor.ts';
import { onSlowCores } from '../running/slow-cores.ts';
import { startSaturated } from './saturated.ts';

const ROUNDS = 5;
const SETTLE_MS = 1_500;
const TURN_MS = 4_000;
/** Two processes, Redis and the token server: with fewer cores they compete for them. */
const CORES_NEEDED = 4;

interface Rates {
  readonly one: number;
  readonly two: number;
}

/**
 * A process of role all and a second one of role worker, against the first one alone, turn by turn. The second one is
 * started for its turns and ended after them: stopped instead, it would keep what it has taken from the queue.
 */
export async function secondWorker(bench: Bench): Promise<readonly Row[]> {
  const { monitor, gateway, files, redis } = await startSaturated(bench, 'second-worker');
  const full: Rates[] = [];
  const slow: Rates[] = [];
  for (let round = 0; round < sized(bench, ROUNDS, 2); round += 1) {
    const one = { full: await rateOf(gateway), slow: await slowRateOf([monitor], gateway) };
    const options = { config: files.main, redisUrl: redis.url, role: 'worker' } as const;
    const second = startMonitor(options, bench.endings);
    await second.ready();
    full.push({ one: one.full, two: await rateOf(gateway) });
    slow.push({ one: one.slow, two: await slowRateOf([monitor, second], gateway) });
    await second.child.end();
  }
  return rowsOf(full, slow);
}

async function slowRateOf(running: readonly Monitor[], gateway: Gateway): Promise<number> {
  const free = onSlowCores(running);
  try {
    return await rateOf(gateway);
  } finally {
    free();
  }
}

async function rateOf(gateway: Gateway): Promise<number> {
  await delay(SETTLE_MS);
  const before = { ...(await gateway.seen()), at: performance.now() };
  await delay(TURN_MS);
  const { answered } = await gateway.seen();
  return (answered - before.answered) / ((performance.now() - before.at) / 1_000);
}

function rowsOf(full: readonly Rates[], slow: readonly Rates[]): readonly Row[] {
  const what = 'a second worker process on the same Redis: × the checks/s';
  const figure = (rates: readonly Rates[]) => {
    const gains = rates.map(({ one, two }) => two / one);
    const middle = (of: (rate: Rates) => number) => perSecond(median(rates.map(of)));
    const note = `median of ${rates.length} turns, ${rangeOf(gains, ratio)}: ${middle(({ one }) => one)} → ${middle(({ two }) => two)}`;
    return { value: median(gains), show: ratio, note };
  };
  const cores = cpus().length;
  const [free, held] = [figure(full), figure(slow)];
  const enough = cores >= CORES_NEEDED;
  const asIs = {
    ...free,
    id: 'second-worker',
    what: `${what}, on the ${cores} cores as they are`,
    note: `${free.note}${enough ? '' : `; two processes, Redis and the token server share ${cores} cores, so that nothing is left for the second`}`,
  };
  return [
    enough ? atLeast(1.5, asIs) : forInformation(asIs),
    atLeast(1.5, {
      ...held,
      id: 'second-worker-slow',
      what: `${what}, each held to a third of a core`,
      note: `${held.note}; each process is stopped two thirds of the time, as if on a slow core of its own, so that Redis and the token server have the rest`,
    }),
  ];
}
