import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findServerBinary, installHint } from '../../src/redis/server-binary.ts';
import { type ServerProcess, startServerProcess } from '../../src/redis/server-process.ts';
import type { Cleanup } from '../e2e/world.ts';

export interface DurableRedis {
  readonly url: string;
  /** A connection that reconnects; ends with the test. */
  readonly admin: Redis;
  /** SIGKILL: only what the kernel has of its append-only file is left. */
  kill(): Promise<void>;
  /** From what the append-only file holds. */
  startAgain(): Promise<void>;
  /** It keeps its connections and answers nothing. */
  pause(): void;
  resume(): void;
}

/** A server that keeps its data in a file, as a real one would. */
export async function startDurableRedis(cleanup: Cleanup): Promise<DurableRedis> {
  const binary = findServerBinary(process.env);
  if (binary === null) throw new Error(installHint());
  // Directly under /tmp: a socket's path may have 104 bytes at most, and TMPDIR can be long.
  const folder = cleanup.add(await mkdtemp('/tmp/mcm-test-'), (it) =>
    rm(it, { recursive: true, force: true }),
  );
  const socketPath = join(folder, 'redis.sock');
  const start = (): Promise<ServerProcess> =>
    startServerProcess({
      ...{ binary, socketPath, directory: folder, runtimeDirectory: folder },
      persistent: true,
      env: process.env,
    });
  let server = await start();
  cleanup.add(server, async () => {
    process.kill(server.pid, 'SIGCONT');
    await server.stop();
  });
  const admin = new Redis({ path: socketPath, maxRetriesPerRequest: null });
  cleanup.add(admin, (it) => it.disconnect());
  // It is killed on purpose.
  admin.on('error', () => undefined);
  return {
    url: `unix://${socketPath}`,
    admin,
    async kill() {
      process.kill(server.pid, 'SIGKILL');
      await server.exited;
    },
    async startAgain() {
      server = await start();
    },
    pause: () => process.kill(server.pid, 'SIGSTOP'),
    resume: () => process.kill(server.pid, 'SIGCONT'),
  };
}
