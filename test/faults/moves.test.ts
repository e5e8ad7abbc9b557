import { mkdir } from 'node:fs/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { CAST, memoryOf, setScene } from '../docs/operations-scene.ts';
import { blocksUnder, startOwnRedis } from '../docs/operations-shell.ts';
import { becomes, Cleanup, eventually } from '../e2e/world.ts';

const LONG = 180_000;

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

describe('the commands of the page for operators', () => {
  it(
    'back up a running monitor, try the backup, and restore it: what was told meanwhile is told anew, nothing else',
    async () => {
      const { gateway, receiver, shell, start, told, revoke } = await setScene(cleanup);
      let monitor = await start();
      for (const id of CAST) await becomes(monitor, id, 'healthy');
      await revoke(monitor, 'acme');
      await shell.run(blocksUnder('Back up')[0]);
      expect(await shell.run(blocksUnder('Test a backup')[0])).toMatch(/^3\n1$/m);

      gateway.setBehaviour('acme-id', { kind: 'normal' });
      await becomes(monitor, 'acme', 'healthy');
      await receiver.waitFor(({ status }) => status === 'resolved');
      await revoke(monitor, 'globex');
      await monitor.stop();
      const before = told();
      expect(before.map(({ what }) => what)).toEqual(['firing acme', 'resolved acme', 'firing globex']);

      await shell.run(blocksUnder('Restore')[0]);
      const news = receiver.received.length;
      monitor = await start();
      await becomes(monitor, 'acme', 'healthy');
      await becomes(monitor, 'globex', 'revoked');
      for (const what of ['resolved acme', 'firing globex']) {
        await eventually(`${what} is told anew`, () =>
          told()
            .slice(news)
            .some((message) => message.what === what),
        );
      }
      // Whatever else could be said would have been said before this.
      await revoke(monitor, 'initech');
      const after = told().slice(news);
      const whats = after.map(({ what }) => what);
      expect(whats.toSorted()).toEqual(['firing globex', 'firing initech', 'resolved acme']);
      expect(after.find(({ what }) => what === 'resolved acme')?.incident).toBe(before[0]?.incident);
      expect(after.find(({ what }) => what === 'firing globex')?.incident).not.toBe(before[2]?.incident);
      expect(monitor.output()).not.toContain('Redis was emptied');
    },
    LONG,
  );

  it(
    'move from the embedded server to a Redis of one’s own, to another one and back from a backup, telling nothing twice',
    async () => {
      const { gateway, receiver, place, shell, shellFor, useRedis, start, told, revoke } =
        await setScene(cleanup);
      let monitor = await start();
      for (const id of CAST) await becomes(monitor, id, 'healthy');
      await revoke(monitor, 'acme');
      const memory = await memoryOf(monitor);
      await monitor.stop();

      await shell.run(blocksUnder('Embedded to a Redis of your own')[0]);
      const first = cleanup.add(await startOwnRedis(place('redis'), 'first'), (it) => it.stop());
      await useRedis(first);
      monitor = await start();
      expect(await memoryOf(monitor)).toEqual(memory);

      await mkdir(place('second'));
      const second = cleanup.add(await startOwnRedis(place('second'), 'second'), (it) => it.stop());
      const [follow, lead] = blocksUnder('From one Redis to another, with seconds of pause');
      const asNew = `new() { redis-cli -p ${second.port} "$@"; }`;
      const env = {
        ...{ REDISCLI_AUTH: 'second', OLD_PASSWORD: 'first' },
        ...{ OLD_HOST: '127.0.0.1', OLD_PORT: String(first.port) },
      };
      await shell.run(`${asNew}\n${follow}`, env);
      await monitor.stop();
      await shell.run(`${asNew}\n${lead}`, env);
      await useRedis(second);
      monitor = await start();
      expect(await memoryOf(monitor)).toEqual(memory);

      await shellFor(second).run(blocksUnder('Back up')[0], env);
      await monitor.stop();
      await first.stop();
      await shell.run(blocksUnder('Restore')[1]);
      const again = cleanup.add(await startOwnRedis(place('redis'), 'again'), (it) => it.stop());
      await shellFor(again).run(blocksUnder('Restore')[2], { REDISCLI_AUTH: 'again' });
      await useRedis(again);
      monitor = await start();
      expect(await memoryOf(monitor)).toEqual(memory);

      gateway.setBehaviour('acme-id', { kind: 'normal' });
      await becomes(monitor, 'acme', 'healthy');
      await receiver.waitFor(({ status }) => status === 'resolved');
      const [firing, resolved, ...more] = told();
      expect([firing?.what, resolved?.what, more]).toEqual(['firing acme', 'resolved acme', []]);
      expect(resolved?.incident).toBe(firing?.incident);
    },
    LONG,
  );

  it(
    'move key by key to a Redis that others use, too',
    async () => {
      const { place, shell, shellFor, useRedis, start, told, revoke } = await setScene(cleanup);
      let monitor = await start();
      for (const id of CAST) await becomes(monitor, id, 'healthy');
      await revoke(monitor, 'acme');
      const memory = await memoryOf(monitor);
      await monitor.stop();

      const target = cleanup.add(await startOwnRedis(place('redis'), 'shared'), (it) => it.stop());
      const env = { REDISCLI_AUTH: 'shared' };
      await shellFor(target).run('r set of:others 1', env);
      const counted = await shell.run(blocksUnder('Key by key')[0], {
        ...{ TARGET_HOST: '127.0.0.1', TARGET_PORT: String(target.port), TARGET_PASSWORD: 'shared' },
      });
      expect(counted.trim()).toMatch(/^\d+ OK$/);
      expect(await shellFor(target).run('r get of:others', env)).toBe('1\n');
      await useRedis(target);
      monitor = await start();
      expect(await memoryOf(monitor)).toEqual(memory);
      await revoke(monitor, 'globex');
      expect(told().map(({ what }) => what)).toEqual(['firing acme', 'firing globex']);
    },
    LONG,
  );
});
