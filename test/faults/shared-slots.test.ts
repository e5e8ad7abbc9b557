import { afterEach, it } from '@jest/globals';
import { startSimulator } from '../../src/simulator/server.ts';
import { Cleanup, eventually, QUICK_CHECKS, ready, sampleOf, samples } from '../e2e/world.ts';
import { makeConfigFolder } from '../helpers/config-file.ts';
import { expectRedis } from './invariants.ts';
import { startDurableRedis } from './redis-server.ts';
import { INTERVAL_MS } from './story.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

/** Some ten for each of an interval's slots, so that checks of one slot are always under way while others still wait. */
const IDS = Array.from({ length: 500 }, (_, index) => `acme-${index}`);

it('a Redis that runs full while checks of a slot still wait ends no process, and all are made in their turn afterwards', async () => {
  const redis = await startDurableRedis(cleanup);
  const keys = IDS.map((id) => ({ clientId: `${id}-id`, clientSecret: `${id}-secret` }));
  const gateway = cleanup.add(await startSimulator({ keys }), (it) => it.close());
  const config = await makeConfigFolder({
    version: 1,
    checks: QUICK_CHECKS,
    redis: { url: redis.url },
    connections: keys.map((key, index) => ({ id: IDS[index], baseUrl: gateway.origin, ...key })),
  });
  cleanup.add(config, (it) => it.remove());
  const monitor = await cleanup.start(['--config', config.path]);
  const areHealthy = () =>
    eventually('all are healthy', async () => {
      return sampleOf(await samples(monitor), 'mimecast_connections', { state: 'healthy' }) === IDS.length;
    });
  await ready(monitor);
  await areHealthy();

  await redis.admin.config('SET', 'maxmemory', '1');
  await expectRedis(monitor, 'down');
  const since = performance.now();
  await eventually('it refused for two intervals', () => performance.now() - since > 2 * INTERVAL_MS);
  await redis.admin.config('SET', 'maxmemory', '0');
  await ready(monitor);
  const asked = IDS.map((id) => gateway.exchanges(`${id}-id`));
  await Promise.all(IDS.map((id, index) => gateway.waitForExchanges(`${id}-id`, (asked[index] ?? 0) + 2)));
  await areHealthy();
}, 180_000);
