import { randomInt } from 'node:crypto';
import { describe, expect, it, jest } from '@jest/globals';
import { fuzz, type Outcome } from './supervise.ts';

// Seconds, but for a machine that is busy with other things; what hangs is ended by a watchdog of its own.
jest.setTimeout(600_000);

const seed = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31));

describe('whatever comes from outside', () => {
  it('throws nothing but what it may, comes to an end and tells no secret, in 2,000 cases', async () => {
    const { failure, ran } = await fuzz({ cases: 2_000, seed });
    expect(failure).toBeNull();
    expect(ran.map(({ target }) => target)).toEqual(['answers', 'configs', 'imports', 'requests']);
    expect(ran.reduce((sum, { cases }) => sum + cases, 0)).toBeGreaterThanOrEqual(1_999);
  });
});

describe('the fuzzing itself', () => {
  const wrong = (target: string, more = {}): Promise<Outcome> =>
    fuzz({ cases: 500, seed: 7, targets: [target], ...more });

  it('finds an exception, and says how to see it again', async () => {
    const { failure } = await wrong('broken');
    expect(failure).toContain('nobody thought of this');
    expect(failure).toMatch(/in case \d+ of broken, FUZZ_SEED=7/);
  });

  it('finds a case that never ends, and ends it', async () => {
    const { failure } = await wrong('endless', { mostMsPerCase: 5_000 });
    expect(failure).toContain('in case 2 of endless');
    expect(failure).toContain('no end after 5000 ms');
  });

  it('finds a part of a secret', async () => {
    expect((await wrong('talkative')).failure).toContain('a secret is told by the talkative');
  });
});
