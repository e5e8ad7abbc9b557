import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Logger, pino } from 'pino';
import { Teardown } from '../../src/app/teardown.ts';

const never = () => new Promise<never>(() => undefined);

/** Notes in which order parts ended, and what was logged of those that did not. */
class Scene {
  readonly ended: string[] = [];
  readonly warnings: { part: string; reason: string }[] = [];
  readonly teardown = new Teardown(this.#logger());

  ends(name: string, afterMs = 0): () => Promise<void> {
    return async () => {
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      this.ended.push(name);
    };
  }

  /** Resolves with how much time passed, on the clock of the test. */
  async run(): Promise<number> {
    const begun = Date.now();
    let tookMs: number | null = null;
    void this.teardown.run().then(() => {
      tookMs = Date.now() - begun;
    });
    while (tookMs === null) await jest.advanceTimersByTimeAsync(50);
    return tookMs;
  }

  #logger(): Logger {
    const write = (line: string) => this.warnings.push(JSON.parse(line) as { part: string; reason: string });
    return pino({ base: null }, { write });
  }
}

/** The parts of a process, with a Redis that answers for so long after the teardown began. */
function monitorWith({ redisAnswersForMs, busyMs }: { redisAnswersForMs: number; busyMs: number }): Scene {
  const scene = new Scene();
  const begun = Date.now();
  const redis = <T>(work: () => Promise<T>) => (Date.now() - begun < redisAnswersForMs ? work() : never());
  scene.teardown.add('embedded Redis', scene.ends('embedded Redis', 10_000), 15_000);
  scene.teardown.addRedis('Redis', { ask: () => redis(async () => 'PONG'), end: scene.ends('Redis') });
  for (const name of ['queues', 'token requests', 'heartbeat', 'config watch', 'HTTP']) {
    scene.teardown.add(name, () => redis(scene.ends(name)));
  }
  scene.teardown.add('drains', () => redis(scene.ends('drains', busyMs)), 12_000);
  scene.teardown.add('checks', () => redis(scene.ends('checks', busyMs)), 12_000);
  scene.teardown.add('keeper', () => redis(scene.ends('keeper')));
  return scene;
}

const ALL = [
  ...['keeper', 'checks', 'drains', 'HTTP', 'config watch', 'heartbeat', 'token requests', 'queues'],
  ...['Redis', 'embedded Redis'],
];

describe('the teardown', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('ends the parts in reverse order, waits for those that are busy, and ends the own Redis last', async () => {
    const scene = monitorWith({ redisAnswersForMs: Number.POSITIVE_INFINITY, busyMs: 11_000 });
    await scene.run();
    expect(scene.ended).toEqual(ALL);
    expect(scene.warnings).toEqual([]);
  });

  it('waits for no part that needs a Redis that hangs, only for the own server, which ends last', async () => {
    const scene = monitorWith({ redisAnswersForMs: 0, busyMs: 0 });
    expect(await scene.run()).toBeLessThan(16_000);
    expect(scene.ended).toEqual(['Redis', 'embedded Redis']);
    expect(scene.warnings.map(({ part }) => part)).toEqual(ALL.slice(0, -2));
    expect(new Set(scene.warnings.map(({ reason }) => reason))).toEqual(new Set(['Redis does not answer']));
  });

  it('notices a Redis that begins to hang while parts end', async () => {
    const scene = monitorWith({ redisAnswersForMs: 3_000, busyMs: 2_000 });
    expect(await scene.run()).toBeLessThan(20_000);
    expect(scene.ended).toEqual(['keeper', 'checks', 'drains', 'Redis', 'embedded Redis']);
  });

  it('waits for a part whose Redis is merely slow', async () => {
    const scene = new Scene();
    const slow = () => new Promise((resolve) => setTimeout(resolve, 3_000));
    scene.teardown.addRedis('Redis', { ask: slow, end: scene.ends('Redis') });
    scene.teardown.add('checks', scene.ends('checks', 11_000), 12_000);
    await scene.run();
    expect(scene.ended).toEqual(['checks', 'Redis']);
  });

  it('takes an error for an answer: a Redis that refuses is not one that hangs', async () => {
    const scene = new Scene();
    const refuse = () => Promise.reject(new Error('LOADING Redis is loading the dataset in memory'));
    scene.teardown.addRedis('Redis', { ask: refuse, end: scene.ends('Redis') });
    scene.teardown.add('checks', scene.ends('checks', 11_000), 12_000);
    await scene.run();
    expect(scene.ended).toEqual(['checks', 'Redis']);
  });

  it('goes on after a part that fails, or hangs although Redis answers, and says which', async () => {
    const scene = new Scene();
    scene.teardown.addRedis('Redis', { ask: async () => 'PONG', end: scene.ends('Redis') });
    scene.teardown.add('queues', never);
    scene.teardown.add('HTTP', () => Promise.reject(new Error('no such socket')));
    expect(await scene.run()).toBeLessThan(6_000);
    expect(scene.ended).toEqual(['Redis']);
    expect(scene.warnings).toMatchObject([
      { part: 'HTTP', reason: 'no such socket', msg: 'a part did not end well' },
      { part: 'queues', reason: 'it took longer than 5000 ms' },
    ]);
  });

  it('ends everything once, however often it is asked to, and leaves no timer behind', async () => {
    const scene = monitorWith({ redisAnswersForMs: Number.POSITIVE_INFINITY, busyMs: 0 });
    const first = scene.teardown.run();
    expect(scene.teardown.run()).toBe(first);
    await scene.run();
    expect(scene.ended).toEqual(ALL);
    await jest.advanceTimersByTimeAsync(1);
    expect(jest.getTimerCount()).toBe(0);
  });
});
