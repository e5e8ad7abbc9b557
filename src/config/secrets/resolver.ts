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

export interface SecretResolver {
  /**
   * The value of a reference, at most `maxAgeMs` old; `fresh` looks again now. When a look-up fails, the last good
   * value serves; without one the `SecretError` is thrown.
   */
  resolve(reference: Reference, options?: { readonly fresh?: boolean }): Promise<Secret>;
  /** Forgets the values of all other references, e.g. after a reload. */
  retain(references: Iterable<Reference>): void;
}

interface Entry {
  good: Secret | null;
  lookedAt: number;
  running: Promise<Secret> | null;
  /** A look-up that begins when the running one has ended; all who want a fresh value meanwhile share it. */
  next: Promise<Secret> | null;
}

/** A cache of secrets shared by all checks and notifications; many who ask at once cause one look-up. */
export function createSecretResolver(options: ResolverOptions): SecretResolver {
  const { lookUp, now, maxAgeMs = 60_000, onStale } = options;
  const entries = new Map<string, Entry>();

  function start(entry: Entry, reference: Reference): Promise<Secret> {
    const running = lookUpOnce(entry, reference).finally(() => {
      entry.running = null;
    });
    entry.running = running;
    return running;
  }

  async function lookUpOnce(entry: Entry, reference: Reference): Promise<Secret> {
    try {
      const { secret } = await lookUp(reference);
      entry.good = secret;
      return secret;
    } catch (error) {
      if (entry.good === null) throw error;
      onStale?.(reference, error);
      return entry.good;
    } finally {
      // A failure counts as a look too: a broken command is not run again for every check.
      entry.lookedAt = now();
    }
  }

  function startNext(entry: Entry, reference: Reference, running: Promise<Secret>): Promise<Secret> {
    entry.next ??= running
      .catch(() => undefined)
      .then(() => {
        entry.next = null;
        return start(entry, reference);
      });
    return entry.next;
  }

  async function resolve(reference: Reference, { fresh = false } = {}): Promise<Secret> {
    if (reference.kind === 'literal') return reference.value;
    const key = JSON.stringify(reference);
    const entry = entries.get(key) ?? { good: null, lookedAt: 0, running: null, next: null };
    entries.set(key, entry);
    // What is under way may have read the old value already: a fresh one needs a look-up that begins later.
    if (entry.running !== null) return fresh ? startNext(entry, reference, entry.running) : entry.running;
    const young = now() - entry.lookedAt < maxAgeMs;
    return entry.good !== null && young && !fresh ? entry.good : start(entry, reference);
  }

  function retain(references: Iterable<Reference>): void {
    const kept = new Set<string>();
    for (const reference of references) kept.add(JSON.stringify(reference));
    for (const key of entries.keys()) if (!kept.has(key)) entries.delete(key);
  }

  return { resolve, retain };
}
