import { setTimeout as delay } from 'node:timers/promises';
import type { Stage } from '../running/stage.ts';
import { type Lateness, latenessBetween, latenessIn } from './lateness.ts';
import { cpuSeconds, residentBytes } from './usage.ts';

/** A stretch in which nothing but checks is under way. */
export interface Steady {
  readonly lateness: Lateness;
  /** Shares of one core. */
  readonly nodeCpu: number;
  readonly redisCpu: number;
  readonly residentBytes: readonly number[];
  readonly redisBytes: readonly number[];
}

/** The looks at the ends have the monitor read its fleet; so short after one, their work would be counted. */
const AFTER_LOOK_MS = 1_000;

export async function measureSteady({ monitor, redis }: Stage, forMs: number): Promise<Steady> {
  const before = latenessIn(await monitor.processMetrics());
  await delay(AFTER_LOOK_MS);
  const begun = performance.now();
  const [node, server] = [cpuSeconds(monitor.pid), cpuSeconds(redis.pid)];
  const resident: number[] = [];
  const used: number[] = [];
  while (performance.now() - begun < forMs) {
    await delay(1_000);
    resident.push(residentBytes(monitor.pid));
    used.push(await redis.usedMemoryBytes());
  }
  const took = (performance.now() - begun) / 1_000;
  const nodeCpu = (cpuSeconds(monitor.pid) - node) / took;
  const redisCpu = (cpuSeconds(redis.pid) - server) / took;
  const lateness = latenessBetween(before, latenessIn(await monitor.processMetrics()));
  return { lateness, nodeCpu, redisCpu, residentBytes: resident, redisBytes: used };
}
