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

interface Entry {
  found: FoundSecret | null;
  /** When the latest look-up ended. */
  endedAt: number;
  running: Promise<FoundSecret> | null;
  /** Somebody has waited for the running one in vain; nobody else does. */
  slow: boolean;
  /** A look-up that begins when the running one has ended; all who want a fresh value meanwhile share it. */
  next: Promise<FoundSecret> | null;
}

/** A cache of secrets shared by all checks and notifications; many who ask at once cause one look-up. */
export function createSecretResolver(options: ResolverOptions): SecretResolver {
  const { lookUp, now, maxAgeMs = 60_000, alarm = startAlarm, onStale } = options;
  const entries = new Map<string, Entry>();

  function start(entry: Entry, reference: Reference): Promise<FoundSecret> {
    const running = lookUpOnce(entry, reference).finally(() => {
      entry.running = null;
    });
    entry.running = running;
    entry.slow = false;
    return running;
  }

  async function lookUpOnce(entry: Entry, reference: Reference): Promise<FoundSecret> {
    const lookedAt = now();
    try {
      const { secret } = await lookUp(reference);
      entry.found = { secret, lookedAt, stale: false };
    } catch (error) {
      entry.found = { ...lastGood(entry, reference, error), lookedAt };
    } finally {
      // A failure counts as a look too: a broken command is not run again for every check.
      entry.endedAt = now();
    }
    return entry.found;
  }

  /** The last good value; throws the error of the look-up where there is none. */
  function lastGood(entry: Entry, reference: Reference, error: unknown): FoundSecret {
    const { found } = entry;
    if (found === null) throw error;
    // Told once an outage, and not at every look.
    if (!found.stale) onStale?.(reference, error);
    return { ...found, stale: true };
  }

  async function waitFor(
    looking: Promise<FoundSecret>,
    entry: Entry,
    reference: Reference,
    fresh: boolean,
  ): Promise<FoundSecret> {
    const askedAt = now();
    const ms = entry.found === null || fresh ? LONGEST_WAIT_MS : PATIENCE_MS;
    const found = await within(looking, ms, alarm);
    if (found !== null) return found;
    const source = describeReference(reference);
    const message = `${source} gave no answer within ${ms / 1_000} s; look there for what keeps it`;
    const last = lastGood(entry, reference, new SecretError('unanswered', message));
    // Whom the last value does not serve after all may still wait for a fresh one, once.
    entry.found = fresh ? { ...last, lookedAt: askedAt } : last;
    entry.slow = true;
    return entry.found;
  }

  function startNext(
    entry: Entry,
    reference: Reference,
    running: Promise<FoundSecret>,
  ): Promise<FoundSecret> {
    entry.next ??= running
      .catch(() => undefined)
      .then(() => {
        entry.next = null;
        return start(entry, reference);
      });
    return entry.next;
  }

  function lookUpFor(entry: Entry, reference: Reference, fresh: boolean): Promise<FoundSecret> {
    if (entry.running === null) return start(entry, reference);
    // What is under way may have read the old value already: a fresh one needs a look-up that begins later.
    return fresh ? startNext(entry, reference, entry.running) : entry.running;
  }

  async function find(reference: Reference, { fresh = false } = {}): Promise<FoundSecret> {
    if (reference.kind === 'literal') return { secret: reference.value, lookedAt: now(), stale: false };
    const key = JSON.stringify(reference);
    const entry = entries.get(key) ?? { found: null, endedAt: 0, running: null, slow: false, next: null };
    entries.set(key, entry);
    const { found, running, slow } = entry;
    const young = now() - entry.endedAt < Math.max(maxAgeMs, (entries.size / MOST_A_SECOND) * 1_000);
    if (found !== null && !fresh && (running === null ? young : slow)) return found;
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
      if (reference.kind !== 'literal') kept.add(JSON.stringify(reference));
      count += 1;
      if (count % SLICE === 0) await setImmediate();
    }
    for (const key of entries.keys()) if (!kept.has(key)) entries.delete(key);
  }

  return { find, resolve, retain };
}
