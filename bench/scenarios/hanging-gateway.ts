import { setTimeout as delay } from 'node:timers/promises';
import { type Bench, sized } from '../bench.ts';
import { type Lateness, latenessIn, latenessOver, type Stretch } from '../measure/lateness.ts';
import { median, rangeOf } from '../measure/statistics.ts';
import { atMost, milliseconds, percent, type Row } from '../results/row.ts';
import { type Fleet, writeFleet } from '../running/fleet.ts';
import { startGateway } from '../running/gateway.ts';
import { type Monitor, startMonitor } from '../running/monitor.ts';
import { startRedis } from '../running/redis.ts';
import { untilAllChecked, untilPunctual } from '../running/stage.ts';

const CONNECTIONS = 10_000;
const ROUNDS = 5;
const PHASE_MS = 12_000;
/** A timeout and a bit: from then on as many exchanges hang as ever will. */
const HANGS_AFTER_MS = 6_000;
/** What waits for the gateway that was hanging is done by then. */
const RECOVERY_MS = 10_000;

/** Two gateways with half the fleet each; one of them hangs half the time, the checks of the other are measured. */
export async function hangingGateway(bench: Bench): Promise<readonly Row[]> {
  const steady = await startGateway(bench.endings);
  const hanging = await startGateway(bench.endings);
  const redis = await startRedis(bench.endings);
  const gateways = [steady.origin, hanging.origin];
  const fleet: Fleet = {
    connections: CONNECTIONS,
    interval: '10s',
    timeout: '5s',
    gateways,
    secrets: 'inline',
  };
  const { main } = await writeFleet(bench.folder, 'hanging-gateway', fleet);
  const monitor = startMonitor({ config: main, redisUrl: redis.url }, bench.endings);
  await untilAllChecked(monitor, [steady, hanging], CONNECTIONS);
  await untilPunctual(bench, monitor);
  const quiet: Stretch[] = [];
  const hung: Stretch[] = [];
  const phase = sized(bench, PHASE_MS, 5_000);
  for (let round = 0; round < sized(bench, ROUNDS, 2); round += 1) {
    quiet.push(await stretch(monitor, steady.origin, phase));
    await hanging.hang();
    await delay(HANGS_AFTER_MS);
    hung.push(await stretch(monitor, steady.origin, phase));
    const { left } = await hanging.answer();
    if (left === 0) throw new Error('Nothing was asked of the hanging gateway');
    await delay(RECOVERY_MS);
  }
  return [rowOf(quiet, hung)];
}

async function stretch(monitor: Monitor, gateway: string, forMs: number): Promise<Stretch> {
  const before = latenessIn(await monitor.processMetrics(), gateway);
  await delay(forMs);
  return { before, after: latenessIn(await monitor.processMetrics(), gateway) };
}

function rowOf(quiet: readonly Stretch[], hung: readonly Stretch[]): Row {
  const changes = hung.map((one, index) => {
    const before = quiet[index];
    if (before === undefined) throw new Error('A stretch is missing');
    return latenessOver([one]).p99Ms / latenessOver([before]).p99Ms - 1;
  });
  const show = (value: number) => `${value < 0 ? '−' : '+'}${percent(Math.abs(value))}`;
  const told = ({ p99Ms, p50Ms, meanMs, checks }: Lateness) =>
    `p99 ${milliseconds(p99Ms)}, p50 ${milliseconds(p50Ms)}, mean ${milliseconds(meanMs)} (${checks.toLocaleString('en')} checks)`;
  return atMost(0.2, {
    id: 'hanging-gateway',
    what: "one gateway hanging to its timeout: change of the lateness p99 of the others' checks",
    value: median(changes),
    show,
    note: `median of ${changes.length} turns, ${rangeOf(changes, show)}; all together: while it answers ${told(latenessOver(quiet))}, while it hangs ${told(latenessOver(hung))}; 500 checks a second on each gateway`,
  });
}
