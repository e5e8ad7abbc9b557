import { request } from 'undici';
import { planSlots, type Slot, scheduleFault, slotQueueOf } from '../../src/domain/schedule.ts';
import { KEY_PREFIX, KEYS } from '../../src/store/keys.ts';
import { parseMetrics, type Sample } from '../../test/helpers/text-format.ts';
import type { IncidentJudge } from './incidents.ts';
import type { SoakWorld } from './world.ts';

/** How the monitor stands in quiet times: schedules, keeper, readiness and metrics. */
export async function judgeStanding(world: SoakWorld, incidents: IncidentJudge): Promise<void> {
  const { monitors, violated, redis } = world;
  const keepers = monitors.keepers().map(({ name }) => name);
  if (keepers.length !== 1) violated(`${keepers.length} keepers: ${keepers.join(' and ')}`);
  if ((await redis.client.exists(KEYS.lease)) !== 1) violated('nobody holds the keeper’s lease');
  await judgeSchedules(world);
  for (const { name, process } of monitors.posts) {
    const ready = await get(process.url, '/readyz');
    if (ready.status !== 200) violated(`/readyz of ${name} answered ${ready.status}: ${ready.text}`);
    const metrics = await get(process.url, '/metrics');
    judgeMetrics(parseMetrics(metrics.text), name, world, incidents);
  }
}

/** Every slot of the fleet has its schedule with a job that is yet to run, and there is no other. */
async function judgeSchedules({ fleet, gateway, redis, violated, now }: SoakWorld): Promise<void> {
  const connections = fleet.present().map((one) => ({ ...one, gateway: gateway.origin, enabled: true }));
  for (const [queue, wanted] of planSlots(connections)) {
    const base = `${KEY_PREFIX}:${slotQueueOf(queue)}`;
    const flat = await redis.client.zrange(`${base}:repeat`, 0, '-1', 'WITHSCORES');
    const runs = new Map<string, number>();
    for (let i = 0; i + 1 < flat.length; i += 2) runs.set(flat[i] ?? '', Number(flat[i + 1]));
    const faulty = [...wanted].filter(([name, slot]) => isFaulty(slot, runs.get(name) ?? null, now()));
    if (faulty.length > 0)
      violated(`${faulty.length} of ${wanted.size} schedules stand still or are missing`);
    const strays = [...runs.keys()].filter((name) => !wanted.has(name));
    if (strays.length > 0) violated(`${strays.length} schedules are nobody’s, such as ${strays[0]}`);
  }
}

function isFaulty(slot: Slot, nextRun: number | null, now: number): boolean {
  // The product allows for two minutes until it repairs; in quiet times a schedule is never late by a turn.
  return scheduleFault(slot, nextRun, now) !== null || (nextRun ?? 0) < now - slot.everyMs;
}

function judgeMetrics(
  samples: readonly Sample[],
  name: string,
  { truth, fleet, violated, now }: SoakWorld,
  incidents: IncidentJudge,
): void {
  const only = (family: string) => samples.find((sample) => sample.name === family)?.value;
  if (only('mimecast_monitor_redis_up') !== 1) violated(`the metrics of ${name} say that Redis is away`);
  const present = fleet.present();
  const configured = only('mimecast_connections_configured');
  if (configured !== present.length)
    violated(`${name} counts ${configured} of ${present.length} connections`);
  const valid = new Map(
    samples
      .filter((sample) => sample.name === 'mimecast_credential_valid')
      .map(({ labels, value }) => [labels['connection'] ?? '', value]),
  );
  for (const { id } of present) {
    const last = truth.badTimes(id).at(-1);
    const since = last === undefined ? 0 : (last.to ?? last.from);
    if (last !== undefined && now() <= incidents.deadline(id, since)) continue;
    const expected = last?.to === null ? 0 : 1;
    if (valid.get(id) !== expected)
      violated(`${name} shows ${id} as ${valid.get(id) ?? 'unknown'}, not ${expected}`);
  }
}

async function get(url: string, path: string): Promise<{ status: number; text: string }> {
  const { statusCode, body } = await request(new URL(path, url), { reset: true });
  return { status: statusCode, text: await body.text() };
}
