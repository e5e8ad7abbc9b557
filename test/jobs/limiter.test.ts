import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Limiter, type LimiterOptions, type Urgency } from '../../src/jobs/limiter.ts';

/** A limiter, and the works that were handed to it, each of which ends when the test says so. */
class Site {
  readonly booked: number[] = [];
  /** Answers to bookings; none to wait for once they are used up. */
  readonly answers: (() => Promise<number>)[] = [];
  readonly begun: string[] = [];
  readonly endings = new Map<string, Promise<string>>();
  readonly limiter: Limiter;
  most = 0;
  readonly #ends = new Map<string, () => void>();

  constructor(options: Partial<LimiterOptions> = {}) {
    this.limiter = new Limiter({
      concurrency: 2,
      maxPerSecond: 100,
      book: async (count) => {
        this.booked.push(count);
        return (await this.answers.shift()?.()) ?? 0;
      },
      ...options,
    });
  }

  hand(urgency: Urgency, ...names: readonly string[]): void {
    for (const name of names) {
      const ending = this.limiter.run(urgency, () => {
        this.begun.push(name);
        return new Promise<string>((resolve) => {
          this.#ends.set(name, () => resolve(`${name} is done`));
          this.most = Math.max(this.most, this.#ends.size);
        });
      });
      this.endings.set(
        name,
        ending.catch((error: Error) => error.message),
      );
    }
  }

  /** How a work ended. */
  async ending(name: string): Promise<string | undefined> {
    return this.endings.get(name);
  }

  end(name: string): void {
    const end = this.#ends.get(name);
    if (!end) throw new Error(`${name} is not under way`);
    this.#ends.delete(name);
    end();
  }

  /** Ends whatever is under way, until nothing is. */
  async finish(): Promise<void> {
    await settled();
    while (this.#ends.size > 0) {
      for (const name of [...this.#ends.keys()]) this.end(name);
      await settled();
    }
  }
}

/** All that can go on without anything from outside has gone on. */
async function settled(): Promise<void> {
  await setImmediate();
}

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}

describe('a limiter', () => {
  it('lets begin no more at the same time than it may, and all of them in the end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 0, max: 40 }),
        async (concurrency, maxPerSecond, count) => {
          const site = new Site({ concurrency, maxPerSecond });
          site.hand('scheduled', ...names('acme', count));
          await site.finish();
          expect(site.begun).toEqual(names('acme', count));
          expect(site.most).toBe(Math.min(concurrency, count));
        },
      ),
    );
  });

  it('lets begin what is asked for first, and each kind in its order', async () => {
    const site = new Site({ concurrency: 1 });
    site.hand('scheduled', 'acme', 'globex');
    await settled();
    site.hand('asked', 'initech', 'umbrella');
    await site.finish();
    expect(site.begun).toEqual(['acme', 'initech', 'umbrella', 'globex']);
  });

  it('books a tenth of a second at a time, never more than wait, and each of them once', async () => {
    const site = new Site({ concurrency: 100, maxPerSecond: 50 });
    site.hand('scheduled', ...names('acme', 12));
    await site.finish();
    // The first of them asked before the others had come.
    expect(site.booked).toEqual([1, 5, 5, 1]);
  });

  it('has a work that was not needed hand its place to the next, though the next booking has long to wait', async () => {
    const site = new Site({ concurrency: 5, maxPerSecond: 10 });
    site.answers.push(
      async () => 0,
      async () => 60_000,
    );
    let begin: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const unneeded = names('acme', 20).map((name) =>
      site.limiter.run(
        'scheduled',
        async () => {
          await begun;
          return name;
        },
        () => true,
      ),
    );
    await settled();
    expect(site.booked).toEqual([1, 1]);
    begin();
    expect(await Promise.all(unneeded)).toEqual(names('acme', 20));
    site.limiter.close();
  });

  it('lets begin no more at the same time than it may, though places are handed on, and loses none of them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.record({ needed: fc.boolean(), steps: fc.integer({ min: 0, max: 5 }) }), {
          maxLength: 40,
        }),
        async (concurrency, works) => {
          const limiter = new Limiter({ concurrency, maxPerSecond: 40, book: async () => 0 });
          let running = 0;
          let most = 0;
          const hand = (all: typeof works) =>
            Promise.all(
              all.map(({ needed, steps }) =>
                limiter.run(
                  'scheduled',
                  async () => {
                    running += 1;
                    most = Math.max(most, running);
                    for (let step = 0; step < steps; step++) await null;
                    running -= 1;
                    return needed;
                  },
                  (ended) => !ended,
                ),
              ),
            );
          expect(await hand(works)).toEqual(works.map(({ needed }) => needed));
          expect(most).toBeLessThanOrEqual(concurrency);
          // As many as at the beginning may begin.
          most = 0;
          await hand(Array.from({ length: 2 * concurrency }, () => ({ needed: true, steps: 1_000 })));
          expect(most).toBe(concurrency);
        },
      ),
    );
  });

  it('books one at a time where a tenth of a second is not enough for one', async () => {
    const site = new Site({ concurrency: 100, maxPerSecond: 3 });
    site.hand('scheduled', 'acme', 'globex');
    await site.finish();
    expect(site.booked).toEqual([1, 1]);
  });

  it('lets nobody begin before the time that was booked', async () => {
    const site = new Site();
    let goOn: (waitMs: number) => void = () => undefined;
    site.answers.push(() => new Promise<number>((resolve) => (goOn = resolve)));
    site.hand('asked', 'acme');
    await settled();
    expect(site.begun).toEqual([]);
    const asked = performance.now();
    goOn(40);
    await settled();
    expect(site.begun).toEqual([]);
    while (site.begun.length === 0) await settled();
    // Timers may be a millisecond early.
    expect(performance.now() - asked).toBeGreaterThanOrEqual(38);
    await site.finish();
  });

  it('fails all that wait when the booking fails, and goes on with the next', async () => {
    const site = new Site();
    site.answers.push(async () => {
      throw new Error('Redis is full');
    });
    site.hand('scheduled', 'acme', 'globex');
    site.hand('asked', 'initech');
    for (const name of ['acme', 'globex', 'initech']) expect(await site.ending(name)).toBe('Redis is full');
    expect(site.begun).toEqual([]);
    site.hand('scheduled', 'umbrella');
    await site.finish();
    expect(await site.ending('umbrella')).toBe('umbrella is done');
  });

  it('goes on with whoever comes in the very moment in which all others failed', async () => {
    const site = new Site();
    site.answers.push(async () => {
      throw new Error('Redis is full');
    });
    site.hand('scheduled', 'acme');
    await site.ending('acme').then(() => site.hand('scheduled', 'globex'));
    await site.finish();
    expect(await site.ending('globex')).toBe('globex is done');
  });

  it('is not held up by works that end at once, however many', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 60 }),
        async (steps) => {
          const limiter = new Limiter({ concurrency: 3, maxPerSecond: 40, book: async () => 0 });
          const ends = steps.map((count, index) =>
            limiter.run('scheduled', async () => {
              for (let step = 0; step < count; step++) await null;
              return index;
            }),
          );
          expect(await Promise.all(ends)).toEqual(steps.map((_, index) => index));
        },
      ),
    );
  });

  it('passes on what a work throws, and gives its place to the next', async () => {
    const site = new Site({ concurrency: 1 });
    const broken = site.limiter.run('asked', () => Promise.reject(new Error('Redis is gone')));
    site.hand('asked', 'acme');
    await expect(broken).rejects.toThrow('Redis is gone');
    await site.finish();
    expect(await site.ending('acme')).toBe('acme is done');
  });
});

describe('a limiter that is closed', () => {
  it('ends what waits as closed, and lets finish what is under way', async () => {
    const site = new Site({ concurrency: 1 });
    site.hand('scheduled', 'acme', 'globex');
    await settled();
    site.hand('asked', 'initech');
    site.limiter.close();
    expect(await site.ending('globex')).toBe('closed');
    expect(await site.ending('initech')).toBe('closed');
    expect(site.begun).toEqual(['acme']);
    site.end('acme');
    expect(await site.ending('acme')).toBe('acme is done');
  });

  it('lets nothing begin any more, whatever was booked', async () => {
    const site = new Site();
    let goOn: (waitMs: number) => void = () => undefined;
    site.answers.push(() => new Promise<number>((resolve) => (goOn = resolve)));
    site.hand('asked', 'acme');
    await settled();
    site.limiter.close();
    goOn(0);
    site.hand('asked', 'globex');
    await settled();
    expect(await site.ending('acme')).toBe('closed');
    expect(await site.ending('globex')).toBe('closed');
    expect(site.begun).toEqual([]);
    expect(site.booked).toEqual([1]);
  });

  it('does not wait for the end of a pause', async () => {
    const site = new Site();
    site.answers.push(async () => 60_000);
    site.hand('scheduled', 'acme', 'globex');
    await settled();
    site.limiter.close();
    expect(await site.ending('acme')).toBe('closed');
    expect(await site.ending('globex')).toBe('closed');
    expect(site.begun).toEqual([]);
  });
});
