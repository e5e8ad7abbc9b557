import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findServerBinary, installHint } from '../../src/redis/server-binary.ts';
import { startServerProcess } from '../../src/redis/server-process.ts';

export interface TestRedis {
  readonly socketPath: string;
  readonly pid: number;
  /** A new connection, closed by `stop()`. Commands wait for the connection and never give up. */
  client(): Redis;
  /** Empties the server. */
  flush(): Promise<void>;
  /** Closes every connection of `client()` and ends the server. */
  stop(): Promise<void>;
}

/** A real server of its own for one test file: on a unix socket in a temporary folder, without persistence. */
export async function startTestRedis(): Promise<TestRedis> {
  const binary = findServerBinary(process.env);
  if (binary === null) throw new Error(installHint());
  // Directly under /tmp: a socket's path may have 104 bytes at most, and TMPDIR can be long.
  const folder = await mkdtemp('/tmp/mcm-test-');
  const socketPath = join(folder, 'redis.sock');
  const server = await startServerProcess({
    binary,
    directory: folder,
    runtimeDirectory: folder,
    socketPath,
    persistent: false,
    env: process.env,
  });
  const clients: Redis[] = [];
  const client = (): Redis => {
    const redis = new Redis({ path: socketPath, maxRetriesPerRequest: null });
    clients.push(redis);
    return redis;
  };
  let flusher: Redis | null = null;
  return {
    socketPath,
    pid: server.pid,
    client,
    flush: async () => {
      flusher ??= client();
      await flusher.flushall();
    },
    stop: async () => {
      for (const redis of clients) redis.disconnect();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
