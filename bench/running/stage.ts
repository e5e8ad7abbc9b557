import { setTimeout as delay } from 'node:timers/promises';
import { type Bench, sized } from '../bench.ts';
import { healthyIn } from '../measure/counters.ts';
import { latenessBetween, latenessIn } from '../measure/lateness.ts';
import { type Fleet, type FleetFiles, writeFleet } from './fleet.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { type Monitor, startMonitor } from './monitor.ts';
import { type BenchRedis, startRedis } from './redis.ts';

/** One monitor with its Redis and its gateway. */
export interface Stage {
  readonly gateway: Gateway;
  readonly redis: BenchRedis;
  readonly fleet: Fleet;
  readonly files: FleetFiles;
  readonly monitor: Monitor;
}

const CHECKED_MS = 600_000;
const PUNCTUAL_MS = 90_000;
const LOOK_MS = 5_000;
const PUNCTUAL_BELOW_MS = 500;

/** Starts all three and a fleet that is not checked yet. */
export async function startStage(bench: Bench, name: string, fleet: Omit<Fleet, 'gateways'>): Promise<Stage> {
  const gateway = await startGateway(bench.endings);
  const redis = await startRedis(bench.endings);
  const whole: Fleet = { ...fleet, gateways: [gateway.origin] };
  const files = await writeFleet(bench.folder, name, whole);
  const monitor = startMonitor({ config: files.main, redisUrl: redis.url }, bench.endings);
  return { gateway, redis, fleet: whole, files, monitor };
}

/** Until each connection was checked once and found healthy. */
export async function untilAllChecked(
  monitor: Monitor,
  gateways: readonly Gateway[],
  connections: number,
): Promise<void> {
  await monitor.ready();
  const deadline = performance.now() + CHECKED_MS;
  while (performance.now() < deadline) {
    await delay(1_000);
    // The gateways know whether it can be so already; asking the monitor costs it a look at the whole fleet.
    const seen = await Promise.all(gateways.map((gateway) => gateway.seen()));
    if (seen.reduce((sum, { answered }) => sum + answered, 0) < connections) continue;
    if (healthyIn(await monitor.fleetMetrics()) === connections) return;
  }
  throw new Error(`${connections} connections were not all checked in time`);
}

/** The first checks of a fleet leave a backlog, whose lateness is not that of the schedule. */
export async function untilPunctual(bench: Bench, monitor: Monitor): Promise<void> {
  const deadline = performance.now() + PUNCTUAL_MS;
  while (performance.now() < deadline) {
    const before = latenessIn(await monitor.processMetrics());
    await delay(sized(bench, LOOK_MS, LOOK_MS / 2));
    const { p99Ms } = latenessBetween(before, latenessIn(await monitor.processMetrics()));
    if (p99Ms <= PUNCTUAL_BELOW_MS) return;
  }
  bench.say('checks are late on this machine before anything is measured');
}
