import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { CHANNEL_TYPES } from '../../src/alerts/drivers.ts';
import { startSecretWatch } from '../../src/app/secret-watch.ts';
import { loadConfig } from '../../src/config/load.ts';
import { checkQueueOf } from '../../src/domain/schedule.ts';
import { KEYS } from '../../src/store/keys.ts';
import { writeRecord } from '../../src/store/serialise.ts';
import { Cleanup, eventually } from '../e2e/world.ts';
import { makeConfigFolder } from '../helpers/config-file.ts';
import { recordOf, US } from '../helpers/fleet.ts';
import { processOf } from '../helpers/parts.ts';
import { startTestRedis } from '../helpers/redis.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

it('keys that were replaced are checked at once, on the word of the keeper alone', async () => {
  const server = cleanup.add(await startTestRedis(), (it) => it.stop());
  const folder = cleanup.add(
    await makeConfigFolder({
      version: 1,
      connections: [
        { id: 'acme', region: 'us', clientId: 'acme-id', clientSecret: { file: './acme-secret' } },
      ],
    }),
    (it) => it.remove(),
  );
  await writeFile(join(folder.folder, 'acme-secret'), 'the-new-one', { mode: 0o600 });
  const config = await loadConfig(folder.path, { channelTypes: CHANNEL_TYPES });
  const { parts, lines, waitFor } = cleanup.add(await processOf(server, config), (it) => it.close());
  const record = recordOf({ fingerprint: 'of-the-old-one' });
  await parts.redis.hset(KEYS.records, 'acme', writeRecord(record));

  let keeper = false;
  let asked = 0;
  const isKeeper = () => {
    asked += 1;
    return keeper;
  };
  const watch = cleanup.add(startSecretWatch({ parts, isKeeper, everyMs: 5 }), (it) => it.stop());
  await eventually('it had several turns', () => asked > 5);
  const jobs = async () => (await parts.checkQueues.counts(checkQueueOf(US)))['prioritized'];
  expect(await jobs()).toBe(0);

  keeper = true;
  const told = await waitFor(({ msg }) => msg === 'keys were replaced and are checked at once');
  expect(told).toMatchObject({ gateway: US, connections: 1 });
  await watch.stop();
  expect(await jobs()).toBe(1);
  expect(lines.filter(({ level }) => Number(level) >= 40)).toEqual([]);
});
