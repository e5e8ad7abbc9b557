import { setTimeout as delay } from 'node:timers/promises';
import { type Bench, sized } from '../bench.ts';
import { cpuSeconds } from '../measure/usage.ts';
import { atMost, forInformation, percent, type Row } from '../results/row.ts';
import { type Stage, startStage, untilAllChecked, untilPunctual } from '../running/stage.ts';

/** The same rate of checks from ever more connections: 167 a second. */
const SIZES = [
  { connections: 1_000, interval: '6s' },
  { connections: 10_000, interval: '60s' },
  { connections: 100_000, interval: '600s' },
] as const;
/** The same relations for a quick run. */
const QUICK_SIZES = [
  { connections: 200, interval: '6s' },
  { connections: 2_000, interval: '60s' },
  { connections: 20_000, interval: '600s' },
] as const;
/** Twice the minute in which a watchdog looks through the whole fleet. */
const STRETCH_MS = 120_000;

interface Cost {
  readonly connections: number;
  /** CPU milliseconds for one check. */
  readonly node: number;
  readonly redis: number;
}

/** All three run at a time, each with its own Redis and gateway, so that the same noise is in all their figures. */
export async function growth(bench: Bench): Promise<readonly Row[]> {
  const stages: Stage[] = [];
  for (const { connections, interval } of bench.quick ? QUICK_SIZES : SIZES) {
    const fleet = { connections, interval, timeout: '4s', secrets: 'inline' } as const;
    const stage = await startStage(bench, `growth-${connections}`, fleet);
    await untilAllChecked(stage.monitor, [stage.gateway], connections);
    stages.push(stage);
  }
  for (const { monitor } of stages) await untilPunctual(bench, monitor);
  const before = await Promise.all(stages.map(look));
  await delay(sized(bench, STRETCH_MS, 15_000));
  const after = await Promise.all(stages.map(look));
  const costs = stages.map(({ fleet }, index): Cost => {
    const [first, last] = [before[index], after[index]];
    if (first === undefined || last === undefined) throw new Error('A look is missing');
    const checks = last.checks - first.checks;
    return {
      connections: fleet.connections,
      node: ((last.node - first.node) / checks) * 1_000,
      redis: ((last.redis - first.redis) / checks) * 1_000,
    };
  });
  return rowsOf(costs);
}

/** Counted by the gateway: a look at the metrics would cost the larger fleets more than the smaller ones. */
async function look({ gateway, monitor, redis }: Stage) {
  const { answered } = await gateway.seen();
  return { checks: answered, node: cpuSeconds(monitor.pid), redis: cpuSeconds(redis.pid) };
}

function rowsOf(costs: readonly Cost[]): readonly Row[] {
  const totals = costs.map(({ node, redis }) => node + redis);
  const shown = costs.map(
    ({ connections, node, redis }) =>
      `${connections.toLocaleString('en')}: ${(node + redis).toFixed(2)} ms (Node ${node.toFixed(2)}, Redis ${redis.toFixed(2)})`,
  );
  return [
    atMost(0.2, {
      id: 'growth-cpu',
      what: 'growth: CPU per check at 1,000, 10,000 and 100,000 connections, the most over the least',
      value: Math.max(...totals) / Math.min(...totals) - 1,
      show: (value) => `+${percent(value)}`,
      note: `one stretch of two minutes, 167 checks a second for each, all three at a time; ${shown.join('; ')}`,
    }),
    ...fixedCost(costs),
  ];
}

/** What a connection costs that is not checked at all, from the difference between the largest and the smallest. */
function fixedCost(costs: readonly Cost[]): readonly Row[] {
  const [small, large] = [costs[0], costs.at(-1)];
  if (small === undefined || large === undefined) return [];
  const perCheck = large.node + large.redis - small.node - small.redis;
  const share = (perCheck / 1_000) * (small.connections / 6);
  return [
    forInformation({
      id: 'growth-fixed',
      what: 'growth: CPU of 99,000 connections more at the same rate of checks, of one core',
      value: share,
      show: (value) => `${(value * 100).toFixed(1)} %`,
      note: 'from the same stretch; what does not depend on how often a connection is checked',
    }),
  ];
}
