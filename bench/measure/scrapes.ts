import { setTimeout as delay } from 'node:timers/promises';
import type { Monitor } from '../running/monitor.ts';
import { type Lateness, latenessIn, latenessOver, type Stretch } from './lateness.ts';

export interface Scrapes {
  readonly ms: readonly number[];
  readonly blocks: readonly number[];
  readonly bytes: number;
  /** Of the checks that began during a scrape or a moment after. */
  readonly lateness: Lateness;
}

const REST_MS = 2_000;
/** What a scrape held up begins shortly after it. */
const AFTERWARDS_MS = 250;

/** One scrape after the other with a rest between; each tells the histogram as it was when it began. */
export async function measureScrapes(
  monitor: Monitor,
  rounds: number,
  encoding: 'identity' | 'gzip',
): Promise<Scrapes> {
  const ms: number[] = [];
  const blocks: number[] = [];
  let bytes = 0;
  const stretches: Stretch[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await delay(REST_MS);
    await monitor.watchLoop();
    const scrape = await monitor.scrape(encoding);
    await delay(AFTERWARDS_MS);
    blocks.push(await monitor.longestBlock());
    const after = latenessIn(await monitor.processMetrics());
    ms.push(scrape.ms);
    bytes = scrape.bytes;
    stretches.push({ before: latenessIn(scrape.text), after });
  }
  return { ms, blocks, bytes, lateness: latenessOver(stretches) };
}

/** The longest blocks of stretches in which nothing but checks was under way, to hold the others against. */
export async function measureQuietBlocks(monitor: Monitor, rounds: number, forMs: number): Promise<number[]> {
  const blocks: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await delay(REST_MS / 2);
    await monitor.watchLoop();
    await delay(forMs);
    blocks.push(await monitor.longestBlock());
  }
  return blocks;
}
