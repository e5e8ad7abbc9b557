import { setImmediate } from 'node:timers/promises';
import { describeReference, type Reference } from '../../domain/reference.ts';
import type { Secret } from '../../domain/secret.ts';
import type { ResolvedSecret } from './clean.ts';
import { type Alarm, startAlarm, within } from './patience.ts';
import { SecretError } from './secret-error.ts';

/** So long is a look-up waited for while the last good value can serve: no check becomes late for it. */
const PATIENCE_MS = 2_000;
/** So long where only its answer will do. A command has 10 s once it is its turn; a file on a dead server has no end. */
const LONGEST_WAIT_MS = 60_000;
/**
 * No more than so many look-ups a second are made because a value has grown old: reading a file safely takes a fifth of a
 * millisecond, which a fleet of 100,000 could not afford every minute.
 */
const MOST_A_SECOND = 200;

/** References looked at between two turns of the event loop. */
const SLICE = 2_000;

export interface ResolverOptions {
  /** Looks a reference up, such as `resolveReference` with an environment. */
  readonly lookUp: (reference: Reference) => Promise<ResolvedSecret>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly maxAgeMs?: number;
  readonly alarm?: Alarm;
  /** Told when a look-up failed or takes too long, and an older value serves instead. */
  readonly onStale?: (reference: Reference, error: unknown) => void;
}

/** A value, and how much its source vouches for it. */
export interface FoundSecret {
  readonly secret: Secret;
  /** When the latest look-up began that was waited for, be it that it failed or was waited for in vain; epoch milliseconds. */
  readonly lookedAt: number;
  /** That one failed, or the next takes too long: the value is the last good one, which lives as long as the process. */
  readonly stale: boolean;
}

export interface SecretResolver {
  /**
   * The value of a reference, at most `maxAgeMs` old (older among more than 12,000: see `MOST_A_SECOND`); `fresh` looks again now. When a look-up fails, or takes longer than
   * 2 s (a minute for who wants a fresh value), the last good value serves; without one a `SecretError` is thrown, after
   * a minute at the latest. What takes longer goes on, and its value serves from when it ends.
   */
  find(reference: Reference, options?: { readonly fresh?: boolean }): Promise<FoundSecret>;
  /** The bare value that `find` gives. */
  resolve(reference: Reference): Promise<Secret>;
  /** Forgets the values of all other references, e.g. after a reload; gives way to other work in between. */
  retain(references: Iterable<Reference>): Promise<void>;
}

/** What is kept of a reference: there may be a hundred thousand, so that it is one object, and a look one of its own. */
interface Entry {
  /** The last good value; null before there is one. */
  secret: Secret | null;
  lookedAt: number;
  stale: boolean;
  /** When the latest look-up ended. */
  endedAt: number;
  /** Null while nothing is looked up, as it is nearly always. */
  look: Look | null;
}

interface Look {
  readonly running: Promise<FoundSecret>;
  /** Somebody has waited for it in vain; nobody else does. */
  slow: boolean;
  /** A look-up that begins when this one has ended; all who want a fresh value meanwhile share it. */
  next: Promise<FoundSecret> | null;
}

/** A cache of secrets shared by all checks and notifications; many who ask at once cause one look-up. */
export function createSecretResolver(options: ResolverOptions): SecretResolver {
  const { lookUp, now, maxAgeMs = 60_000, alarm = startAlarm, onStale } = options;
  const entries = new Map<string, Entry>();

  function start(entry: Entry, reference: Reference): Promise<FoundSecret> {
    const running = lookUpOnce(entry, reference).finally(() => {
      if (entry.look === look) entry.look = null;
    });
    const look: Look = { running, slow: false, next: null };
    entry.look = look;
    return running;
  }

  async function lookUpOnce(entry: Entry, reference: Reference): Promise<FoundSecret> {
    const lookedAt = now();
    try {
      const { secret } = await lookUp(reference);
      return keep(entry, { secret, lookedAt, stale: false });
    } catch (error) {
      return keep(entry, { ...lastGood(entry, reference, error), lookedAt });
    } finally {
      // A failure counts as a look too: a broken command is not run again for every check.
      entry.endedAt = now();
    }
  }

  /** The last good value; throws the error of the look-up where there is none. */
  function lastGood({ secret, lookedAt, stale }: Entry, reference: Reference, error: unknown): FoundSecret {
    if (secret === null) throw error;
    // Told once an outage, and not at every look.
    if (!stale) onStale?.(reference, error);
    return { secret, lookedAt, stale: true };
  }

  async function waitFor(
    looking: Promise<FoundSecret>,
    entry: Entry,
    reference: Reference,
    fresh: boolean,
  ): Promise<FoundSecret> {
    const askedAt = now();
    const ms = entry.secret === null || fresh ? LONGEST_WAIT_MS : PATIENCE_MS;
    const found = await within(looking, ms, alarm);
    if (found !== null) return found;
    const source = describeReference(reference);
    const message = `${source} gave no answer within ${ms / 1_000} s; look there for what keeps it`;
    const last = lastGood(entry, reference, new SecretError('unanswered', message));
    if (entry.look !== null) entry.look.slow = true;
    // Whom the last value does not serve after all may still wait for a fresh one, once.
    return keep(entry, fresh ? { ...last, lookedAt: askedAt } : last);
  }

  function startNext(entry: Entry, reference: Reference, look: Look): Promise<FoundSecret> {
    look.next ??= look.running.catch(() => undefined).then(() => start(entry, reference));
    return look.next;
  }

  function lookUpFor(entry: Entry, reference: Reference, fresh: boolean): Promise<FoundSecret> {
    if (entry.look === null) return start(entry, reference);
    // What is under way may have read the old value already: a fresh one needs a look-up that begins later.
    return fresh ? startNext(entry, reference, entry.look) : entry.look.running;
  }

  function entryOf(reference: Reference): Entry {
    const key = keyOf(reference);
    const known = entries.get(key);
    if (known !== undefined) return known;
    const entry: Entry = { secret: null, lookedAt: 0, stale: false, endedAt: 0, look: null };
    entries.set(key, entry);
    return entry;
  }

  async function find(reference: Reference, { fresh = false } = {}): Promise<FoundSecret> {
    if (reference.kind === 'literal') return { secret: reference.value, lookedAt: now(), stale: false };
    const entry = entryOf(reference);
    const { secret, lookedAt, stale, look } = entry;
    const young = now() - entry.endedAt < Math.max(maxAgeMs, (entries.size / MOST_A_SECOND) * 1_000);
    if (secret !== null && !fresh && (look === null ? young : look.slow)) return { secret, lookedAt, stale };
    return waitFor(lookUpFor(entry, reference, fresh), entry, reference, fresh);
  }

  async function resolve(reference: Reference): Promise<Secret> {
    return (await find(reference)).secret;
  }

  async function retain(references: Iterable<Reference>): Promise<void> {
    const kept = new Set<string>();
    let count = 0;
    for (const reference of references) {
      // A literal has no entry.
      if (reference.kind !== 'literal') kept.add(keyOf(reference));
      count += 1;
      if (count % SLICE === 0) await setImmediate();
    }
    for (const key of entries.keys()) if (!kept.has(key)) entries.delete(key);
  }

  return { find, resolve, retain };
}

/** A path is absolute, so that it is no JSON; it stands in the config already, and a large fleet's are not kept twice. */
function keyOf(reference: Reference): string {
  return reference.kind === 'file' ? reference.path : JSON.stringify(reference);
}

/** A value that is as before stays the same object: what was made of it, such as its fingerprint, need not be made anew. */
function keep(entry: Entry, found: FoundSecret): FoundSecret {
  const secret = entry.secret?.equals(found.secret) ? entry.secret : found.secret;
  entry.secret = secret;
  entry.lookedAt = found.lookedAt;
  entry.stale = found.stale;
  return { ...found, secret };
}
