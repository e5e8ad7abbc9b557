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
  /**
   * Looks whether Redis still holds this identity. If it was emptied, a new epoch begins there (the key of the
   * fingerprints is put back) and the time is noted. Resolves with the time of the last such loss, if any.
   */
  confirm(now: number): Promise<{ lostAt: number | null; lostNow: boolean }>;
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
  let key = await setOnce(redis, KEYS.fingerprintKey, randomBytes(32).toString('base64url'));
  let fingerprint = createFingerprint(key);
  let epoch = await setOnce(redis, KEYS.epoch, newEpoch());
  return {
    get epoch() {
      return epoch;
    },
    fingerprint: (...of) => fingerprint(...of),
    async confirm(now) {
      const stored = await redis.get(KEYS.epoch);
      const lostNow = stored !== epoch;
      if (stored === null) {
        await redis.mset(
          KEYS.layout,
          String(LAYOUT),
          KEYS.fingerprintKey,
          key,
          KEYS.historyLostAt,
          String(now),
        );
        epoch = await setOnce(redis, KEYS.epoch, newEpoch());
      } else if (lostNow) {
        // Another process was first: its key is the one that counts, or each would take the other's for a new secret.
        epoch = stored;
        key = await setOnce(redis, KEYS.fingerprintKey, key);
        fingerprint = createFingerprint(key);
      }
      const lostAt = await redis.get(KEYS.historyLostAt);
      return { lostAt: lostAt === null ? null : Number(lostAt), lostNow };
    },
  };
}

function newEpoch(): string {
  return randomBytes(4).toString('hex');
}

async function setOnce(redis: Redis, name: string, value: string): Promise<string> {
  await redis.setnx(name, value);
  return (await redis.get(name)) ?? value;
}

function createFingerprint(key: string): Identity['fingerprint'] {
  // A secret is the same object while it is cached, so most checks find its fingerprint made already.
  const made = new WeakMap<Secret, { gateway: string; clientId: Secret; fingerprint: string }>();
  return (gateway, clientId, clientSecret) => {
    const known = made.get(clientSecret);
    if (known?.gateway === gateway && known.clientId === clientId) return known.fingerprint;
    // Lengths keep two different triples from ever reading alike.
    const parts = [gateway, clientId.reveal(), clientSecret.reveal()];
    const text = parts.map((part) => `${part.length}:${part}`).join('|');
    const fingerprint = createHmac('sha256', key).update(text).digest('base64url').slice(0, 22);
    made.set(clientSecret, { gateway, clientId, fingerprint });
    return fingerprint;
  };
}
