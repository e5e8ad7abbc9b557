import { readdirSync, readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { request } from 'undici';
import { historyKey, KEYS } from '../../src/store/keys.ts';
import type { SoakWorld } from './world.ts';

const MEGABYTE = 2 ** 20;

/** What must not grow, by name, at one moment. Sizes are in megabytes. */
export type Levels = Readonly<Record<string, number>>;

/** No event stream may be longer: BullMQ trims to 100, in whole nodes of as many entries. */
export const LONGEST_STREAM = 300;

/** Kept for 90 days so that what was told can be looked up, or for 7 in case a connection comes back: it grows by design. */
const KEPT_BY_DESIGN = [
  KEYS.pastIncidents,
  KEYS.deliveries,
  KEYS.deliveryTimes,
  KEYS.silences,
  KEYS.tombstones,
  KEYS.events,
] as const;

export async function measureLevels({ monitors, redis, fleet }: SoakWorld): Promise<Levels> {
  const levels: Record<string, number> = {};
  for (const { name, process } of monitors.posts) {
    levels[`resident memory of ${name}, MB`] = residentOf(process.pid);
    levels[`heap of ${name}, MB`] = await heapOf(process.url);
    levels[`descriptors of ${name}`] = readdirSync(`/proc/${process.pid}/fd`).length;
  }
  const { client } = redis;
  const used = Number(/^used_memory:(\d+)/m.exec(await client.info('memory'))?.[1]);
  const histories = [...fleet.spares, ...fleet.members].map(({ id }) => historyKey(id));
  const byDesign = await sizeOf([...KEPT_BY_DESIGN, ...histories], client);
  const streams = await lengthsOf('stream', client);
  const lists = await lengthsOf('list', client);
  return {
    ...levels,
    'memory of Redis, MB': (used - byDesign) / MEGABYTE,
    'kept by design, MB': byDesign / MEGABYTE,
    'keys of Redis': await client.dbsize(),
    'entries of all event streams': sum(streams),
    'longest event stream': Math.max(0, ...streams),
    'entries of all lists but histories': sum(lists),
  };
}

/** By the process' own metrics: garbage that was not collected yet included, so that only a floor says something. */
async function heapOf(url: string): Promise<number> {
  const { body } = await request(new URL('/metrics', url), { reset: true });
  return Number(/^nodejs_heap_size_used_bytes (\S+)$/m.exec(await body.text())?.[1]) / MEGABYTE;
}

function residentOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
}

async function sizeOf(keys: readonly string[], client: Redis): Promise<number> {
  const pipeline = client.pipeline();
  for (const key of keys) pipeline.memory('USAGE', key, 'SAMPLES', 0);
  const sizes = (await pipeline.exec()) ?? [];
  return sum(sizes.map(([, size]) => Number(size ?? 0)));
}

/** How long every key of a type is; the history of a connection has its own bound, of 100 entries. */
async function lengthsOf(type: 'stream' | 'list', client: Redis): Promise<number[]> {
  const keys: string[] = [];
  let cursor = '0';
  do {
    const [next, found] = await client.scan(cursor, 'COUNT', 1_000, 'TYPE', type);
    keys.push(...found.filter((key) => !key.startsWith(historyKey(''))));
    cursor = next;
  } while (cursor !== '0');
  return Promise.all(keys.map((key) => (type === 'stream' ? client.xlen(key) : client.llen(key))));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
