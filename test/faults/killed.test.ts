import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Cleanup, checkNow, eventually, kill, lineAfter, ready } from '../e2e/world.ts';
import type { MonitorProcess } from '../helpers/monitor-process.ts';
import { expectGoodEnd } from './invariants.ts';
import { type DurableRedis, startDurableRedis } from './redis-server.ts';
import { type Story, tell } from './story.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

/** Two processes that share the work, the first of them the keeper, and the story told so far. */
async function setScene() {
  const redis = await startDurableRedis(cleanup);
  const story = await tell(cleanup, { redisUrl: redis.url, secretsByProgram: true });
  const keeper = await story.start();
  await story.settle(keeper);
  await keeper.waitFor(({ msg }) => msg === 'this process is the keeper now');
  const other = await story.start();
  await ready(other);
  return { redis, story, keeper, other };
}

/** Lets only the keeper take the check of a key that is refused by now. */
async function letOnlyOneCheck({ keeper, other }: { keeper: MonitorProcess; other: MonitorProcess }) {
  other.signal('SIGSTOP');
  await checkNow(keeper, 'initech-siem');
}

/** Brings its check into this phase; resolves when it is there. */
type Phase = (scene: Awaited<ReturnType<typeof setScene>>) => Promise<void>;

const beforeTheExchange: Phase = async (scene) => {
  const { story } = scene;
  // The program that prints the secret hangs while this file is there, and says so.
  const hold = await story.config.writeFile('hold-initech-siem', '');
  await letOnlyOneCheck(scene);
  const held = join(story.config.folder, 'held-initech-siem');
  await eventually('the check waits for its secret', () => existsSync(held));
  cleanup.add(hold, (it) => rm(it, { force: true }));
};

const duringTheExchange: Phase = async (scene) => {
  const { gateway } = scene.story;
  gateway.setBehaviour('initech-siem-id', { kind: 'stall' });
  const asked = gateway.exchanges('initech-siem-id');
  await letOnlyOneCheck(scene);
  await gateway.waitForExchanges('initech-siem-id', asked + 1);
};

const beforeItIsSaved: Phase = async (scene) => {
  const { redis, story } = scene;
  const { gateway } = story;
  // What the gateway lets through late meets the refusal of the key.
  gateway.setBehaviour('*', { kind: 'latency', delayMs: 1_000 });
  const asked = gateway.exchanges('initech-siem-id');
  await letOnlyOneCheck(scene);
  await gateway.waitForExchanges('initech-siem-id', asked + 1);
  redis.pause();
  const paused = performance.now();
  await eventually('the answer is there', () => performance.now() - paused > 1_500);
};

async function endPhase({ redis, story }: { redis: DurableRedis; story: Story }): Promise<void> {
  redis.resume();
  story.gateway.setBehaviour('*', { kind: 'normal' });
  story.turn();
  await rm(join(story.config.folder, 'hold-initech-siem'), { force: true });
}

describe('a process that is killed, and is the keeper besides,', () => {
  it.each([
    ['before the exchange', beforeTheExchange],
    ['during the exchange', duringTheExchange],
    ['when the answer is there and not saved yet', beforeItIsSaved],
  ])(
    '%s leaves its check to another one, which comes to the same end',
    async (_, reach) => {
      const scene = await setScene();
      const { story, keeper, other } = scene;
      story.turn();
      await reach(scene);
      await kill(keeper);
      other.signal('SIGCONT');
      await endPhase(scene);
      await expectGoodEnd(story, other, { mayRepeat: true });
    },
    180_000,
  );
});

describe('a keeper that is paused past its lease', () => {
  it('finds another one in its office, and neither tells anything twice', async () => {
    const { story, keeper, other } = await setScene();
    const from = keeper.lines.length;
    keeper.signal('SIGSTOP');
    story.turn();
    await other.waitFor(({ msg }) => msg === 'this process is the keeper now');
    await story.receiver.waitFor(({ connection }) => connection?.id === 'initech-siem');
    keeper.signal('SIGCONT');
    await lineAfter(keeper, from, ({ msg }) => msg === 'this process is no longer the keeper');
    await expectGoodEnd(story, keeper);
    await expectGoodEnd(story, other);
    // What it had to decide while it was away was decided by the other one.
    const decided = keeper.lines.slice(from).filter(({ msg }) => msg === 'a notification is on its way');
    expect(decided).toEqual([]);
  }, 180_000);
});
