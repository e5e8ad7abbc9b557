import { createHmac, randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Secret } from '../domain/secret.ts';
import { KEYS } from './keys.ts';
import { Script } from './script.ts';
import { StoreError } from './serialise.ts';

/** Layout of all keys. Raised when an older program could no longer read them. */
const LAYOUT = 1;

/** What is made once per Redis and shared by every process on it, as it was at one moment. */
export interface Identity {
  /** Short, random, lower-case. */
  readonly epoch: string;
  /** Recognises a secret without keeping it: HMAC-SHA256 over origin, client id and secret. */
  fingerprint(gateway: string, clientId: Secret, clientSecret: Secret): string;
}

/** When Redis was found emptied, and which records were made because of it. */
export interface HistoryLoss {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Records registered later than this (epoch ms) are of connections that are really new. */
  readonly rebuiltAt: number;
}

export interface IdentityHolder {
  /** The identity this process goes by. What was made with one must not be saved under another. */
  current(): Identity;
  /**
   * Looks whether Redis still holds this identity, and takes up the one it holds now. If Redis was emptied, a new
   * epoch begins there, the key of the fingerprints is put back and the time is noted.
   */
  confirm(now: number): Promise<void>;
  historyLoss(): Promise<HistoryLoss | null>;
}

/**
 * The first process on an empty Redis makes the identity, everybody else takes it over; one script, so that two
 * processes never go by two. A process that knew another epoch proves that data was lost, and notes when.
 */
const CONFIRM = new Script(`
local epoch = redis.call('GET', KEYS[1])
local key = redis.call('GET', KEYS[2])
if not epoch or not key then
  epoch = ARGV[2]
  key = ARGV[3]
  redis.call('SET', KEYS[1], epoch)
  redis.call('SET', KEYS[2], key)
end
if ARGV[1] ~= '' and ARGV[1] ~= epoch then redis.call('SET', KEYS[3], ARGV[4], 'NX') end
redis.call('SET', KEYS[4], ARGV[5], 'NX')
return {epoch, key, redis.call('GET', KEYS[4])}
`);

/**
 * Reads, or makes, this Redis' identity. Throws StoreError when a newer program has written there. `onLoss` is told
 * whenever this process finds that Redis was emptied since it last looked.
 */
export async function loadIdentity(redis: Redis, onLoss: () => void): Promise<IdentityHolder> {
  let epoch = '';
  let key = randomBytes(32).toString('base64url');
  let identity: Identity;

  async function confirm(now: number): Promise<void> {
    const before = epoch;
    const answer = await CONFIRM.run(
      redis,
      [KEYS.epoch, KEYS.fingerprintKey, KEYS.historyLostAt, KEYS.layout],
      [before, randomBytes(4).toString('hex'), key, now, LAYOUT],
    );
    const [storedEpoch, storedKey, layout] = answer as [string, string, string];
    if (Number(layout) > LAYOUT) {
      throw new StoreError(
        'newer_layout',
        `Redis holds data of layout ${layout}, this version knows ${LAYOUT}: run the newer version of the monitor`,
      );
    }
    if (storedEpoch !== epoch || storedKey !== key) {
      epoch = storedEpoch;
      key = storedKey;
      identity = { epoch, fingerprint: createFingerprint(key) };
    }
    if (before !== '' && before !== epoch) onLoss();
  }

  identity = { epoch, fingerprint: createFingerprint(key) };
  await confirm(0);
  return {
    current: () => identity,
    confirm,
    async historyLoss() {
      const [at, rebuiltAt] = await redis.mget(KEYS.historyLostAt, KEYS.firstReconciledAt);
      // Not rebuilt yet: whatever is registered now is registered because of the loss.
      return at
        ? { at: Number(at), rebuiltAt: rebuiltAt ? Number(rebuiltAt) : Number.MAX_SAFE_INTEGER }
        : null;
    },
  };
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
    // Half of it is as good, and is made from its bytes: a part of a text would keep the whole text.
    const half = createHmac('sha256', key).update(text).digest().subarray(0, 16);
    const fingerprint = half.toString('base64url');
    made.set(clientSecret, { gateway, clientId, fingerprint });
    return fingerprint;
  };
}
