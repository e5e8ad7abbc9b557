import type { Reference } from '../../domain/reference.ts';
import type { Secret } from '../../domain/secret.ts';
import type { ResolvedSecret } from './clean.ts';

export interface ResolverOptions {
  /** Looks a reference up, such as `resolveReference` with an environment. */
  readonly lookUp: (reference: Reference) => Promise<ResolvedSecret>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly maxAgeMs?: number;
  /** Told when a look-up failed and an older value serves instead. */
  readonly onStale?: (reference: Reference, error: unknown) => void;
}

/** A value, and how much its source vouches for it. */
export interface FoundSecret {
  readonly secret: Secret;
  /** When the latest look-up began, be it one that failed; epoch milliseconds. */
  readonly lookedAt: number;
  /** That look-up failed: the value is the last good one, which lives as long as the process. */
  readonly stale: boolean;
}

export interface SecretResolver {
  /**
   * The value of a reference, at most `maxAgeMs` old; `fresh` looks again now. When a look-up fails, the last good
   * value serves; without one the `SecretError` is thrown.
   */
  find(reference: Reference, options?: { readonly fresh?: boolean }): Promise<FoundSecret>;
  /** The bare value that `find` gives. */
  resolve(reference: Reference): Promise<Secret>;
  /** Forgets the values of all other references, e.g. after a reload. */
  retain(references: Iterable<Reference>): void;
}

interface Entry {
  found: FoundSecret | null;
  /** When the latest look-up ended. */
  endedAt: number;
  running: Promise<FoundSecret> | null;
  /** A look-up that begins when the running one has ended; all who want a fresh value meanwhile share it. */
  next: Promise<FoundSecret> | null;
}

/** A cache of secrets shared by all checks and notifications; many who ask at once cause one look-up. */
export function createSecretResolver(options: ResolverOptions): SecretResolver {
  const { lookUp, now, maxAgeMs = 60_000, onStale } = options;
  const entries = new Map<string, Entry>();

  function start(entry: Entry, reference: Reference): Promise<FoundSecret> {
    const running = lookUpOnce(entry, reference).finally(() => {
      entry.running = null;
    });
    entry.running = running;
    return running;
  }

  async function lookUpOnce(entry: Entry, reference: Reference): Promise<FoundSecret> {
    const lookedAt = now();
    try {
      const { secret } = await lookUp(reference);
      entry.found = { secret, lookedAt, stale: false };
    } catch (error) {
      if (entry.found === null) throw error;
      onStale?.(reference, error);
      entry.found = { ...entry.found, lookedAt, stale: true };
    } finally {
      // A failure counts as a look too: a broken command is not run again for every check.
      entry.endedAt = now();
    }
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

  async function find(reference: Reference, { fresh = false } = {}): Promise<FoundSecret> {
    if (reference.kind === 'literal') return { secret: reference.value, lookedAt: now(), stale: false };
    const key = JSON.stringify(reference);
    const entry = entries.get(key) ?? { found: null, endedAt: 0, running: null, next: null };
    entries.set(key, entry);
    // What is under way may have read the old value already: a fresh one needs a look-up that begins later.
    if (entry.running !== null) return fresh ? startNext(entry, reference, entry.running) : entry.running;
    const young = now() - entry.endedAt < maxAgeMs;
    return entry.found !== null && young && !fresh ? entry.found : start(entry, reference);
  }

  async function resolve(reference: Reference): Promise<Secret> {
    return (await find(reference)).secret;
  }

  function retain(references: Iterable<Reference>): void {
    const kept = new Set<string>();
    for (const reference of references) kept.add(JSON.stringify(reference));
    for (const key of entries.keys()) if (!kept.has(key)) entries.delete(key);
  }

  return { find, resolve, retain };
}
