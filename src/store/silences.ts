import type { Redis } from 'ioredis';
import { type Silence, silenceStatus } from '../domain/silence.ts';
import { KEYS } from './keys.ts';
import { StoreError } from './serialise.ts';

/** A silence that is over still answers "why was I not told?" for this long. */
const KEEP_MS = 90 * 86_400_000;

/** Layout of a stored silence. A newer one is refused, never rewritten. */
const SCHEMA = 1;

export interface SilenceStore {
  /** Each under its own id, so that two who add at once don't take each other's away. */
  add(silence: Silence): Promise<void>;
  /** Every silence that is kept, by its start; those that ended longer ago than 90 days are dropped. */
  list(now: number): Promise<Silence[]>;
  /**
   * Ends an active one now; it is kept like others that are over. One that has not begun is forgotten. False when
   * there is none of this id.
   */
  remove(id: string, now: number): Promise<boolean>;
}

export function createSilenceStore(redis: Redis): SilenceStore {
  const put = (silence: Silence) =>
    redis.hset(KEYS.silences, silence.id, JSON.stringify({ schema: SCHEMA, ...silence }));
  return {
    async add(silence) {
      await put(silence);
    },
    async list(now) {
      const all = (await redis.hvals(KEYS.silences)).map(readSilence);
      const old = all.filter(({ endsAt }) => endsAt < now - KEEP_MS).map(({ id }) => id);
      if (old.length > 0) await redis.hdel(KEYS.silences, ...old);
      const kept = all.filter(({ id }) => !old.includes(id));
      return kept.toSorted(
        (a, b) => a.startsAt - b.startsAt || a.endsAt - b.endsAt || (a.id < b.id ? -1 : 1),
      );
    },
    async remove(id, now) {
      const text = await redis.hget(KEYS.silences, id);
      if (text === null) return false;
      const silence = readSilence(text);
      const status = silenceStatus(silence, now);
      if (status === 'active') await put({ ...silence, endsAt: now });
      if (status === 'pending') await redis.hdel(KEYS.silences, id);
      return true;
    },
  };
}

function readSilence(text: string): Silence {
  const { schema, ...silence } = JSON.parse(text) as Silence & { readonly schema: number };
  if (schema === SCHEMA) return silence;
  throw new StoreError(
    'newer_record',
    `Redis holds silences of schema ${schema}, this version knows ${SCHEMA}: run the newer version of the monitor`,
  );
}
