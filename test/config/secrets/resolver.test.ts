import { describe, expect, it } from '@jest/globals';
import { createSecretResolver, type ResolverOptions } from '../../../src/config/secrets/resolver.ts';
import { SecretError } from '../../../src/config/secrets/secret-error.ts';
import type { Reference } from '../../../src/domain/reference.ts';
import { Secret } from '../../../src/domain/secret.ts';

const ACME: Reference = { kind: 'env', name: 'ACME' };
const GLOBEX: Reference = { kind: 'env', name: 'GLOBEX' };

/** A resolver over a look-up that the test answers by hand, and a clock that the test moves. */
function setUp(options: Partial<ResolverOptions> = {}) {
  const pending: { resolve: (value: string) => void; reject: (error: Error) => void }[] = [];
  let now = 1_000_000;
  const alarms = new Map<() => void, number>();
  const resolver = createSecretResolver({
    lookUp: () =>
      new Promise((resolve, reject) => {
        pending.push({ resolve: (value) => resolve({ secret: new Secret(value), notes: [] }), reject });
      }),
    now: () => now,
    alarm: (ms, ring) => {
      alarms.set(ring, ms);
      return () => alarms.delete(ring);
    },
    ...options,
  });
  let answered = 0;
  const next = () => {
    const look = pending[answered];
    if (look === undefined) throw new Error('Nothing is being looked up.');
    answered += 1;
    return look;
  };
  return {
    ...resolver,
    looks: () => pending.length,
    answer: (value: string) => next().resolve(value),
    fail: () => next().reject(new SecretError('env_missing', 'env ACME is not set')),
    pass: (ms: number) => {
      now += ms;
    },
    /** How long each who waits now is ready to, in seconds. */
    patience: () => [...alarms.values()].map((ms) => ms / 1_000),
    /** All who wait now have waited long enough. */
    ring: () => {
      for (const ring of alarms.keys()) ring();
      alarms.clear();
    },
  };
}

async function reveal(secret: Promise<Secret>): Promise<string> {
  return (await secret).reveal();
}

async function fresh(set: ReturnType<typeof setUp>): Promise<Secret> {
  return (await set.find(ACME, { fresh: true })).secret;
}

/** Lets everything that is due happen. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('the secret resolver', () => {
  it('looks nothing up before it is asked, and literals never', async () => {
    const set = setUp();
    expect(await reveal(set.resolve({ kind: 'literal', value: new Secret('a') }))).toBe('a');
    expect(set.looks()).toBe(0);
  });

  it('looks once for many who ask at the same time', async () => {
    const set = setUp();
    const asked = Promise.all([1, 2, 3].map(() => reveal(set.resolve(ACME))));
    set.answer('first');
    expect(await asked).toEqual(['first', 'first', 'first']);
    expect(set.looks()).toBe(1);
  });

  it('serves what it knows for a minute, then looks again', async () => {
    const set = setUp();
    const first = reveal(set.resolve(ACME));
    set.answer('first');
    await first;
    set.pass(59_999);
    expect(await reveal(set.resolve(ACME))).toBe('first');
    set.pass(1);
    const second = reveal(set.resolve(ACME));
    set.answer('second');
    expect(await second).toBe('second');
  });

  it('serves it for longer where there are many, so that no more than 200 a second are looked up for their age', async () => {
    const set = setUp({ lookUp: async () => ({ secret: new Secret('known'), notes: [] }) });
    const names = Array.from(
      { length: 20_000 },
      (_, index) => ({ kind: 'env', name: `ACME_${index}` }) as const,
    );
    const lookedAt = async () => (await set.find(names[0] ?? ACME)).lookedAt;
    for (const name of names) await set.find(name);
    const first = await lookedAt();
    set.pass(99_999);
    expect(await lookedAt()).toBe(first);
    set.pass(1);
    expect(await lookedAt()).toBe(first + 100_000);
  });

  it('gives the same object as long as the value is the same, so that what was made of it stays good', async () => {
    const set = setUp();
    const first = set.resolve(ACME);
    set.answer('first');
    const again = fresh(set);
    await turn();
    set.answer('first');
    expect(await again).toBe(await first);
    const other = fresh(set);
    set.answer('second');
    expect(await reveal(other)).toBe('second');
    expect(await reveal(set.resolve(ACME))).toBe('second');
  });

  it('does not take a file for a variable or a command that is named like it', async () => {
    const set = setUp();
    const references: Reference[] = [
      { kind: 'env', name: '/run/acme' },
      { kind: 'file', path: '/run/acme' },
      { kind: 'exec', command: ['/run/acme'], directory: '/' },
    ];
    const values = references.map((reference) => reveal(set.resolve(reference)));
    for (const value of ['env', 'file', 'exec']) set.answer(value);
    expect(await Promise.all(values)).toEqual(['env', 'file', 'exec']);
  });

  it('looks at once for who wants a fresh value', async () => {
    const set = setUp();
    const first = reveal(set.resolve(ACME));
    set.answer('first');
    await first;
    const anew = reveal(fresh(set));
    set.answer('second');
    expect(await anew).toBe('second');
    expect(await reveal(set.resolve(ACME))).toBe('second');
  });

  it('does not take an answer for fresh that was on its way before; all who want one share the next', async () => {
    const set = setUp();
    const first = reveal(set.resolve(ACME));
    const anew = Promise.all([1, 2].map(() => reveal(fresh(set))));
    set.answer('old');
    expect(await first).toBe('old');
    await turn();
    expect(set.looks()).toBe(2);
    set.answer('new');
    expect(await anew).toEqual(['new', 'new']);
  });

  it('serves the last good value when a look fails, and says so', async () => {
    const stale: unknown[] = [];
    const set = setUp({ onStale: (reference, error) => stale.push(reference, (error as SecretError).code) });
    const first = reveal(set.resolve(ACME));
    set.answer('first');
    await first;
    const anew = reveal(fresh(set));
    set.fail();
    expect(await anew).toBe('first');
    expect(stale).toEqual([ACME, 'env_missing']);
  });

  it('says whether the source vouches for a value, and since when', async () => {
    const set = setUp();
    const first = set.find(ACME);
    set.answer('first');
    expect(await first).toMatchObject({ lookedAt: 1_000_000, stale: false });
    set.pass(60_000);
    const second = set.find(ACME);
    set.fail();
    expect(await second).toMatchObject({ lookedAt: 1_060_000, stale: true });
    set.pass(59_999);
    expect(await set.find(ACME)).toMatchObject({ lookedAt: 1_060_000, stale: true });
    set.pass(1);
    const third = set.find(ACME);
    set.answer('second');
    expect(await third).toMatchObject({ lookedAt: 1_120_000, stale: false });
  });

  it('waits two seconds for a look that hangs, serves the last good value, and takes up the answer when it comes', async () => {
    const stale: unknown[] = [];
    const set = setUp({ onStale: (_, error) => stale.push((error as SecretError).message) });
    const first = set.find(ACME);
    set.answer('first');
    await first;
    set.pass(60_000);
    const asked = Promise.all([set.find(ACME), set.find(ACME)]);
    expect(set.patience()).toEqual([2, 2]);
    set.ring();
    for (const found of await asked) {
      expect(found).toMatchObject({ lookedAt: 1_000_000, stale: true });
      expect(found.secret.reveal()).toBe('first');
    }
    // Nobody waits for it again, and it is not made a second time.
    expect(await set.find(ACME)).toMatchObject({ stale: true });
    expect(set.looks()).toBe(2);
    expect(set.patience()).toEqual([]);
    expect(stale).toEqual(['env ACME gave no answer within 2 s; look there for what keeps it']);
    set.answer('second');
    await turn();
    expect(await set.find(ACME)).toMatchObject({ lookedAt: 1_060_000, stale: false });
    expect(await reveal(set.resolve(ACME))).toBe('second');
    expect(set.looks()).toBe(2);
  });

  it('that hung and then failed has looked, and is told of once', async () => {
    const stale: unknown[] = [];
    const set = setUp({ onStale: (_, error) => stale.push((error as SecretError).code) });
    const first = set.find(ACME);
    set.answer('first');
    await first;
    set.pass(60_000);
    const second = set.find(ACME);
    set.ring();
    await second;
    set.fail();
    await turn();
    expect(await set.find(ACME)).toMatchObject({ lookedAt: 1_060_000, stale: true });
    expect(set.looks()).toBe(2);
    expect(stale).toEqual(['unanswered']);
  });

  it('waits for the answer itself where somebody wants a fresh value, and not without end', async () => {
    const set = setUp();
    const first = set.find(ACME);
    set.answer('first');
    await first;
    set.pass(60_000);
    const second = set.find(ACME);
    set.ring();
    await second;
    const anew = set.find(ACME, { fresh: true });
    expect(set.patience()).toEqual([60]);
    set.answer('second');
    await turn();
    set.answer('third');
    expect((await anew).secret.reveal()).toBe('third');
    const vain = set.find(ACME, { fresh: true });
    set.ring();
    expect(await vain).toMatchObject({ lookedAt: 1_060_000, stale: true });
  });

  it('waits a minute where there is no value yet, and takes up an answer that comes later', async () => {
    const set = setUp();
    const first = set.find(ACME);
    expect(set.patience()).toEqual([60]);
    set.ring();
    await expect(first).rejects.toMatchObject({ code: 'unanswered' });
    set.answer('first');
    await turn();
    expect(await reveal(set.resolve(ACME))).toBe('first');
    expect(set.looks()).toBe(1);
  });

  it('throws what went wrong when it never knew a value, and looks again the next time', async () => {
    const set = setUp();
    const first = set.resolve(ACME);
    set.fail();
    await expect(first).rejects.toThrow('env ACME is not set');
    const second = reveal(set.resolve(ACME));
    set.answer('late');
    expect(await second).toBe('late');
  });

  it('keeps references apart, and forgets those that nobody uses any more', async () => {
    const set = setUp();
    const both = Promise.all([reveal(set.resolve(ACME)), reveal(set.resolve(GLOBEX))]);
    set.answer('a');
    set.answer('g');
    expect(await both).toEqual(['a', 'g']);
    await set.retain([{ kind: 'env', name: 'GLOBEX' }]);
    expect(await reveal(set.resolve(GLOBEX))).toBe('g');
    const again = reveal(set.resolve(ACME));
    set.answer('a2');
    expect(await again).toBe('a2');
  });
});
