import type { Bench } from '../bench.ts';
import { sized } from '../bench.ts';
import { measureReloads } from '../measure/reloads.ts';
import { measureQuietBlocks, measureScrapes, type Scrapes } from '../measure/scrapes.ts';
import { mean, median, rangeOf } from '../measure/statistics.ts';
import { measureSteady, type Steady } from '../measure/steady.ts';
import { atMost, megabytes, milliseconds, percent, type Row, seconds } from '../results/row.ts';
import { startStage, untilAllChecked, untilPunctual } from '../running/stage.ts';
import { reloadRows } from './reload-rows.ts';

const STEADY_MS = 120_000;
const ROUNDS = 5;
const WHAT = '100,000 connections every 60 s';

/** The whole of what one process is meant to carry: its steady state, scrapes and reloads, in one run. */
export async function hundredThousand(bench: Bench): Promise<readonly Row[]> {
  const connections = sized(bench, 100_000, 20_000);
  const fleet = { connections, interval: '60s', timeout: '10s', secrets: 'files' } as const;
  const stage = await startStage(bench, 'hundred-thousand', fleet);
  const { monitor } = stage;
  await untilAllChecked(monitor, [stage.gateway], connections);
  await untilPunctual(bench, monitor);
  bench.say('measuring the steady state');
  const steady = await measureSteady(stage, sized(bench, STEADY_MS, 10_000));
  bench.say('measuring scrapes');
  const quiet = await measureQuietBlocks(monitor, ROUNDS, 1_000);
  const plain = await measureScrapes(monitor, ROUNDS, 'identity');
  const packed = await measureScrapes(monitor, ROUNDS, 'gzip');
  bench.say('measuring reloads');
  const reloads = await measureReloads(stage, ROUNDS);
  return [
    ...steadyRows(steady),
    ...scrapeRows('plain', plain, median(quiet)),
    ...scrapeRows('gzip', packed, median(quiet)),
    ...reloadRows(reloads),
  ];
}

function steadyRows({ lateness, nodeCpu, redisCpu, residentBytes, redisBytes }: Steady): readonly Row[] {
  const one = 'one stretch of two minutes';
  return [
    atMost(500, {
      id: '100k-lateness',
      what: `${WHAT}: lateness p99`,
      value: lateness.p99Ms,
      show: milliseconds,
      note: `${one}, ${lateness.checks.toLocaleString('en')} checks: p50 ${milliseconds(lateness.p50Ms)}, mean ${milliseconds(lateness.meanMs)}, later than 500 ms: ${lateness.over500Ms}`,
    }),
    atMost(0.6, {
      id: '100k-cpu',
      what: `${WHAT}: CPU of Node, of one core`,
      value: nodeCpu,
      show: percent,
      note: `${one}, all threads; Redis ${percent(redisCpu)}; each secret stands in a file of its own, which is looked after`,
    }),
    atMost(400e6, {
      id: '100k-resident',
      what: `${WHAT}: resident memory of Node`,
      value: Math.max(...residentBytes),
      show: megabytes,
      note: `the most of ${residentBytes.length} samples, after all were checked; mean ${megabytes(mean(residentBytes))}`,
    }),
    atMost(300e6, {
      id: '100k-redis-memory',
      what: `${WHAT}: memory of Redis`,
      value: Math.max(...redisBytes),
      show: megabytes,
      note: `the most of ${redisBytes.length} samples of used_memory; mean ${megabytes(mean(redisBytes))}`,
    }),
  ];
}

function scrapeRows(
  how: string,
  { ms, blocks, bytes, lateness }: Scrapes,
  quietBlock: number,
): readonly Row[] {
  const what = `\`/metrics\` of 100,000, ${how}`;
  return [
    atMost(1.5, {
      id: `100k-metrics-${how}-total`,
      what: `${what}: total`,
      value: median(ms) / 1_000,
      show: seconds,
      note: `median of ${ms.length} while checks go on, ${rangeOf(ms, milliseconds)}, ${megabytes(bytes)}`,
    }),
    atMost(20, {
      id: `100k-metrics-${how}-block`,
      what: `${what}: longest block of the event loop`,
      value: median(blocks),
      show: milliseconds,
      note: `median of ${blocks.length}, ${rangeOf(blocks, milliseconds)}; without a scrape ${milliseconds(quietBlock)}`,
    }),
    atMost(500, {
      id: `100k-metrics-${how}-lateness`,
      what: `${what}: lateness p99 of the checks meanwhile`,
      value: lateness.p99Ms,
      show: milliseconds,
      note: `${lateness.checks.toLocaleString('en')} checks that began during ${ms.length} scrapes or 250 ms after; later than 500 ms: ${lateness.over500Ms}`,
    }),
  ];
}
