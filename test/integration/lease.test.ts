import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { KEYS } from '../../src/store/keys.ts';
import { createLease } from '../../src/store/lease.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';

describe("the keeper's commit", () => {
  let server: TestRedis;
  let folder: string;

  beforeEach(async () => {
    server = await startTestRedis();
    folder = await mkdtemp(join(tmpdir(), 'mcm-lease-'));
  });

  afterEach(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('is done once when its reply is lost and the client sends it again', async () => {
    const direct = server.client();
    const proxy = await startCuttingProxy(server.socketPath, join(folder, 'proxy.sock'));
    const client = new Redis({ path: join(folder, 'proxy.sock'), maxRetriesPerRequest: null });
    client.on('error', () => undefined);
    try {
      const lease = createLease(client, 60_000);
      expect(await lease.acquire()).toEqual({ held: true, gained: true });
      // Once outside of the cut, so that the server knows the script.
      await lease.commit([['SET', `${KEYS.events}:warm-up`, 'x']]);
      await direct.rpush(KEYS.events, 'first', 'second', 'third', 'fourth');

      proxy.cutNextReply();
      await lease.commit([
        ['RPUSH', 'outbox', 'message'],
        ['LTRIM', KEYS.events, 2, -1],
      ]);
      expect(proxy.cuts()).toBe(1);
      expect(await direct.lrange(KEYS.events, 0, -1)).toEqual(['third', 'fourth']);
      expect(await direct.lrange('outbox', 0, -1)).toEqual(['message']);
    } finally {
      client.disconnect();
      await proxy.close();
    }
  });

  it('changes nothing once another process has become the keeper', async () => {
    const direct = server.client();
    const lease = createLease(direct, 60_000);
    await lease.acquire();
    await direct.set(KEYS.lease, 'somebody else');
    await expect(lease.commit([['SET', 'touched', '1']])).rejects.toMatchObject({ code: 'lease_lost' });
    expect(await direct.exists('touched')).toBe(0);
  });

  it('of an earlier term does not pass in a later one', async () => {
    const direct = server.client();
    const lease = createLease(direct, 60_000);
    await lease.acquire();
    const first = await direct.get(KEYS.lease);
    await direct.del(KEYS.lease);
    expect(await lease.acquire()).toEqual({ held: true, gained: true });
    expect(await direct.get(KEYS.lease)).not.toBe(first);
  });
});

/** Passes everything on, until it is told to swallow one reply and cut the connection instead. */
async function startCuttingProxy(target: string, path: string) {
  let armed = false;
  let cuts = 0;
  const sockets = new Set<Socket>();
  const server: Server = createServer((inner) => {
    const outer = connect(target);
    for (const socket of [inner, outer]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        inner.destroy();
        outer.destroy();
      });
    }
    inner.on('data', (chunk) => outer.write(chunk));
    outer.on('data', (chunk) => {
      if (!armed) {
        inner.write(chunk);
        return;
      }
      armed = false;
      cuts += 1;
      inner.destroy();
    });
  });
  server.listen(path);
  await once(server, 'listening');
  return {
    cutNextReply: () => {
      armed = true;
    },
    cuts: () => cuts,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
