import type { Bench } from '../bench.ts';
import { sized } from '../bench.ts';
import { measureQuietBlocks, measureScrapes } from '../measure/scrapes.ts';
import { median, rangeOf } from '../measure/statistics.ts';
import { measureSteady } from '../measure/steady.ts';
import { atMost, megabytes, milliseconds, percent, type Row } from '../results/row.ts';
import { startStage, untilAllChecked, untilPunctual } from '../running/stage.ts';

const CONNECTIONS = 10_000;
const STEADY_MS = 60_000;
const ROUNDS = 5;

/** A fleet of a large provider, checked every ten seconds. */
export async function tenThousand(bench: Bench): Promise<readonly Row[]> {
  const fleet = { connections: CONNECTIONS, interval: '10s', timeout: '5s', secrets: 'files' } as const;
  const stage = await startStage(bench, 'ten-thousand', fleet);
  const { monitor } = stage;
  await untilAllChecked(monitor, [stage.gateway], CONNECTIONS);
  await untilPunctual(bench, monitor);
  const steady = await measureSteady(stage, sized(bench, STEADY_MS, 8_000));
  const quiet = await measureQuietBlocks(monitor, ROUNDS, 300);
  const scrapes = await measureScrapes(monitor, ROUNDS, 'identity');
  const { lateness } = steady;
  const what = '10,000 connections every 10 s';
  return [
    atMost(250, {
      id: '10k-lateness',
      what: `${what}: lateness p99`,
      value: lateness.p99Ms,
      show: milliseconds,
      note: `one stretch, ${lateness.checks.toLocaleString('en')} checks: p50 ${milliseconds(lateness.p50Ms)}, mean ${milliseconds(lateness.meanMs)}; Node ${percent(steady.nodeCpu)}, Redis ${percent(steady.redisCpu)} of a core`,
    }),
    atMost(150, {
      id: '10k-metrics-total',
      what: `${what}: \`/metrics\`, total`,
      value: median(scrapes.ms),
      show: milliseconds,
      note: `median of ${ROUNDS} while checks go on, ${rangeOf(scrapes.ms, milliseconds)}, ${megabytes(scrapes.bytes)}`,
    }),
    atMost(20, {
      id: '10k-metrics-block',
      what: `${what}: \`/metrics\`, longest block of the event loop`,
      value: median(scrapes.blocks),
      show: milliseconds,
      note: `median of ${ROUNDS}, ${rangeOf(scrapes.blocks, milliseconds)}; without a scrape ${milliseconds(median(quiet))}`,
    }),
  ];
}
