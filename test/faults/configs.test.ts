import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { Cleanup, checkNow, connections, eventually, kill, ready, sampleOf, samples } from '../e2e/world.ts';
import type { MonitorProcess } from '../helpers/monitor-process.ts';
import { expectGoodEnd } from './invariants.ts';
import { startDurableRedis } from './redis-server.ts';
import { configOf, IDS, tell } from './story.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

async function hashOf(monitor: MonitorProcess): Promise<number | undefined> {
  return sampleOf(await samples(monitor), 'mimecast_monitor_config_hash');
}

it("of two processes with different configs the keeper's counts, and neither asks or tells what its own does not say", async () => {
  const redis = await startDurableRedis(cleanup);
  const options = { redisUrl: redis.url };
  const story = await tell(cleanup, options);
  const { gateway, receiver, config } = story;
  const keeper = await story.start();
  await story.settle(keeper);

  // One that has not been told of initech yet.
  const smaller = await config.writeFile(
    'smaller.yaml',
    stringify(configOf(gateway, receiver, options, ['acme-siem', 'globex-siem'])),
  );
  const other = await cleanup.start(['--config', smaller]);
  await ready(other);
  expect(await hashOf(other)).not.toBe(await hashOf(keeper));
  story.turn();
  // A turn of initech's that falls to the other one is left out, and that may be every one: so it is asked for, too.
  let asking = true;
  const asked = (async () => {
    for (; asking; await pause(500)) await checkNow(keeper, 'initech-siem');
  })();
  try {
    await expectGoodEnd(story, keeper);
  } finally {
    asking = false;
    await asked;
  }
  expect((await connections(other)).map(({ id }) => id)).toEqual(['acme-siem', 'globex-siem']);

  // Now it is the other one who decides, and for it there is no initech any more.
  await kill(keeper);
  await other.waitFor(({ msg }) => msg === 'this process is the keeper now');
  const over = await receiver.waitFor((n) => n.connection?.id === 'initech-siem' && n.status === 'resolved');
  expect(over.resolution).toBe('removed');
  const [acme = 0, globex = 0, initech = 0] = IDS.map((id) => gateway.exchanges(`${id}-id`));
  await gateway.waitForExchanges('acme-siem-id', acme + 2);
  await gateway.waitForExchanges('globex-siem-id', globex + 2);
  expect(gateway.exchanges('initech-siem-id')).toBe(initech);

  // The same key under the config that knows it is the same trouble, told of once more and as what it was.
  await other.stop();
  const again = await story.start();
  const firing = await receiver.waitFor(
    (n) => n.incident !== over.incident && n.connection?.id === 'initech-siem',
  );
  expect(firing).toMatchObject({ status: 'firing', kind: 'credential_invalid' });
  await eventually('everybody is known again', async () => {
    const all = await connections(again);
    return all.map(({ state }) => state).join() === 'healthy,healthy,revoked';
  });
  const told = receiver.received.map(({ notification: n }) => `${n.connection?.id} ${n.status}`);
  expect(told.filter((one) => one.startsWith('initech'))).toEqual([
    'initech-siem firing',
    'initech-siem resolved',
    'initech-siem firing',
  ]);
}, 180_000);
