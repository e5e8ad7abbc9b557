import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { startEmbeddedRedis } from '../../src/redis/embedded.ts';
import type { Endings } from './children.ts';

/** A server as the program embeds it, started by the bench so that its process and its memory can be looked at. */
export interface BenchRedis {
  readonly url: string;
  readonly pid: number;
  usedMemoryBytes(): Promise<number>;
  version(): Promise<string>;
}

export async function startRedis(endings: Endings): Promise<BenchRedis> {
  const dataDir = await mkdtemp(join(tmpdir(), 'mcm-bench-'));
  endings.add(() => rm(dataDir, { recursive: true, force: true }));
  const server = await startEmbeddedRedis({ dataDir, logger: pino({ level: 'error' }), env: process.env });
  endings.add(() => server.stop());
  const client = new Redis({ path: server.socketPath });
  endings.add(async () => client.disconnect());
  if (server.pid === null) throw new Error('The Redis server is gone already');
  const field = async (section: string, name: string) =>
    new RegExp(`^${name}:(\\S+)`, 'm').exec(await client.info(section))?.[1] ?? '';
  return {
    url: `unix://${server.socketPath}`,
    pid: server.pid,
    usedMemoryBytes: async () => Number(await field('memory', 'used_memory')),
    version: () => field('server', 'redis_version'),
  };
}
