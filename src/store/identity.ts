import { createHmac, randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Secret } from '../domain/secret.ts';
import { KEYS } from './keys.ts';
import { StoreError } from './serialise.ts';

/** Layout of all keys. Raised when an older program could no longer read them. */
const LAYOUT = 1;

/** What is made once per Redis and shared by every process on it. */
export interface Identity {
  /** Short, random, lower-case. */
  readonly epoch: string;
  /** Recognises a secret without keeping it: HMAC-SHA256 over origin, client id and secret. */
  fingerprint(gateway: string, clientId: Secret, clientSecret: Secret): string;
}

/** Reads, or makes, this Redis' identity. Throws StoreError when a newer program has written there. */
export async function loadIdentity(redis: Redis): Promise<Identity> {
  await redis.setnx(KEYS.layout, String(LAYOUT));
  const layout = Number(await redis.get(KEYS.layout));
  if (layout > LAYOUT) {
    throw new StoreError(
      'newer_layout',
      `Redis holds data of layout ${layout}, this version knows ${LAYOUT}: run the newer version of the monitor`,
    );
  }
  await redis.setnx(KEYS.epoch, randomBytes(4).toString('hex'));
  await redis.setnx(KEYS.fingerprintKey, randomBytes(32).toString('base64url'));
  const [epoch, key] = await redis.mget(KEYS.epoch, KEYS.fingerprintKey);
  if (!epoch || !key) throw new Error('Redis lost its identity while it was being read');
  // A secret is the same object while it is cached, so most checks find its fingerprint made already.
  const made = new WeakMap<Secret, { gateway: string; clientId: Secret; fingerprint: string }>();
  return {
    epoch,
    fingerprint(gateway, clientId, clientSecret) {
      const known = made.get(clientSecret);
      if (known?.gateway === gateway && known.clientId === clientId) return known.fingerprint;
      // Lengths keep two different triples from ever reading alike.
      const parts = [gateway, clientId.reveal(), clientSecret.reveal()];
      const text = parts.map((part) => `${part.length}:${part}`).join('|');
      const fingerprint = createHmac('sha256', key).update(text).digest('base64url').slice(0, 22);
      made.set(clientSecret, { gateway, clientId, fingerprint });
      return fingerprint;
    },
  };
}
