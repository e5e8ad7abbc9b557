import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findServerBinary, installHint } from '../../src/redis/server-binary.ts';
import { type ServerProcess, startServerProcess } from '../../src/redis/server-process.ts';

/** A server of the soak's own, with an append-only file, that can be ended and started again on the same data. */
export class SoakRedis {
  readonly #folder: string;
  readonly client: Redis;
  #server: ServerProcess | null = null;

  private constructor(folder: string) {
    this.#folder = folder;
    this.client = new Redis({ path: this.socketPath, maxRetriesPerRequest: null, lazyConnect: true });
    // It is ended on purpose; the client connects again by itself.
    this.client.on('error', () => undefined);
  }

  static async start(): Promise<SoakRedis> {
    // Directly under /tmp: a socket's path may have 104 bytes at most, and TMPDIR can be long.
    const redis = new SoakRedis(await mkdtemp('/tmp/mcm-soak-'));
    await redis.begin();
    await redis.client.connect();
    return redis;
  }

  get socketPath(): string {
    return join(this.#folder, 'redis.sock');
  }

  async begin(): Promise<void> {
    const binary = findServerBinary(process.env);
    if (binary === null) throw new Error(installHint());
    this.#server = await startServerProcess({
      binary,
      directory: this.#folder,
      runtimeDirectory: this.#folder,
      socketPath: this.socketPath,
      persistent: true,
      env: process.env,
    });
  }

  signal(name: NodeJS.Signals): void {
    if (this.#server) process.kill(this.#server.pid, name);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#server?.exited;
    this.#server = null;
  }

  async remove(): Promise<void> {
    this.client.disconnect();
    if (this.#server) this.signal('SIGCONT');
    await this.#server?.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
