import type { Redis } from 'ioredis';
import type { ChannelDelivery, Delivery } from '../domain/delivery.ts';
import { KEYS, pendingKey } from './keys.ts';

/** So many incidents are asked for at once: Redis serves nobody else meanwhile. */
const SLICE = 5_000;

/** What became of the messages of some incidents, and what waits of them: a handful of reads, however many there are. */
export async function readDeliveries(
  redis: Redis,
  incidents: readonly string[],
): Promise<ReadonlyMap<string, readonly ChannelDelivery[]>> {
  const found = new Map<string, readonly ChannelDelivery[]>();
  if (incidents.length === 0) return found;
  const channels = await redis.smembers(KEYS.channels);
  for (let start = 0; start < incidents.length; start += SLICE) {
    await readSlice(redis, channels, incidents.slice(start, start + SLICE), found);
  }
  return found;
}

/** In one transaction: a message is seen waiting or dealt with, never neither. */
async function readSlice(
  redis: Redis,
  channels: readonly string[],
  incidents: readonly string[],
  found: Map<string, readonly ChannelDelivery[]>,
): Promise<void> {
  const asked = redis.multi().hmget(KEYS.deliveries, ...incidents);
  for (const channel of channels) asked.smismember(pendingKey(channel), ...incidents);
  const answers = await asked.exec();
  const [noted = [], ...waiting] = (answers ?? []).map(([error, answer]) => {
    if (error) throw error;
    return answer as readonly unknown[];
  });
  incidents.forEach((incident, index) => {
    const text = noted[index];
    const last = typeof text === 'string' ? (JSON.parse(text) as Readonly<Record<string, string>>) : {};
    const waitsIn = new Set(channels.filter((_, at) => waiting[at]?.[index] === 1));
    const all = [...new Set([...Object.keys(last), ...waitsIn])].map((channel) => ({
      channel,
      last: parseDelivery(last[channel]),
      waits: waitsIn.has(channel),
    }));
    if (all.length > 0) found.set(incident, all);
  });
}

function parseDelivery(text: string | undefined): Delivery | null {
  return text === undefined ? null : (JSON.parse(text) as Delivery);
}
