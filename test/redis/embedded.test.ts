import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { identifyProcess } from '../../src/process/process-identity.ts';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../src/redis/embedded.ts';
import { findServerBinary } from '../../src/redis/server-binary.ts';

const logger = pino({ level: 'silent' });
const env = process.env;
let dataDir: string;
const cleanups: (() => Promise<unknown> | unknown)[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp('/tmp/mcm-test-');
  cleanups.push(() => rm(dataDir, { recursive: true, force: true }));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(): Promise<EmbeddedRedis> {
  const redis = await startEmbeddedRedis({ dataDir, logger, env });
  cleanups.push(() => redis.stop());
  return redis;
}

function clientOf(socketPath: string): Redis {
  const client = new Redis({ path: socketPath, maxRetriesPerRequest: null, disconnectTimeout: 100 });
  client.on('error', () => {
    // Expected while the server is being killed; the client connects again by itself.
  });
  cleanups.push(() => client.disconnect());
  return client;
}

interface Owner {
  readonly child: ChildProcess;
  readonly started?: { readonly socketPath: string; readonly pid: number };
  readonly refused?: { readonly code: string; readonly message: string };
}

/** A second real process that tries to take the folder. */
async function startOwner(path = env.PATH): Promise<Owner> {
  const program = join(import.meta.dirname, 'programs', 'embedded-owner.mjs');
  const child = spawn(process.execPath, [program, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...env, PATH: path },
  });
  cleanups.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  });
  const [line]: string[] = await once(createInterface({ input: child.stdout }), 'line');
  return { child, ...(JSON.parse(line ?? '{}') as Omit<Owner, 'child'>) };
}

/** A PATH that leads to the server program and to nothing else, as on systems without util-linux. */
async function pathWithoutSetpriv(): Promise<string> {
  const folder = await mkdtemp('/tmp/mcm-test-');
  cleanups.unshift(() => rm(folder, { recursive: true }));
  await symlink(findServerBinary(env) ?? '', join(folder, 'redis-server'));
  return folder;
}

async function killAndWait(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function untilGone(pid: number): Promise<void> {
  while (identifyProcess(pid) !== null) await setImmediate();
}

describe('the embedded Redis', () => {
  it('answers on a private socket, persists, and listens on no port', async () => {
    const redis = await start();
    const client = clientOf(redis.socketPath);
    expect(await client.config('GET', 'port')).toEqual(['port', '0']);
    expect(await client.config('GET', 'appendonly')).toEqual(['appendonly', 'yes']);
    expect(await client.config('GET', 'appendfsync')).toEqual(['appendfsync', 'everysec']);
    expect(await client.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
    expect((await stat(dirname(redis.socketPath))).mode & 0o777).toBe(0o700);
    expect(Buffer.byteLength(redis.socketPath)).toBeLessThanOrEqual(103);
  });

  it('remembers after a stop, and leaves no process and no socket', async () => {
    const first = await start();
    const { pid, socketPath } = first;
    await clientOf(socketPath).set('acme', 'healthy');
    await Promise.all([first.stop(), first.stop()]);
    expect(identifyProcess(pid ?? 0)).toBeNull();
    expect(existsSync(dirname(socketPath))).toBe(false);
    const second = await start();
    expect(await clientOf(second.socketPath).get('acme')).toBe('healthy');
  });

  it('keeps the environment from the server, which may hold secrets', async () => {
    const redis = await startEmbeddedRedis({ dataDir, logger, env: { ...env, ACME_SECRET: 'hunter2' } });
    cleanups.push(() => redis.stop());
    if (process.platform !== 'linux') return;
    expect(await readFile(`/proc/${redis.pid}/environ`, 'utf8')).not.toContain('hunter2');
  });

  it('is in a session of its own, so that Ctrl-C in the terminal does not end it before the monitor', async () => {
    const redis = await start();
    if (process.platform !== 'linux') return;
    const text = await readFile(`/proc/${redis.pid}/stat`, 'utf8');
    const [, , processGroup, session] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    expect([processGroup, session]).toEqual([String(redis.pid), String(redis.pid)]);
  });

  it('comes back on the same socket with what it knew when it is killed', async () => {
    const redis = await start();
    const { pid, socketPath } = redis;
    const client = clientOf(socketPath);
    await client.set('acme', 'healthy');
    const closed = once(client, 'close');
    process.kill(pid ?? 0, 'SIGKILL');
    await closed;
    expect(await client.get('acme')).toBe('healthy');
    expect(redis.socketPath).toBe(socketPath);
    expect(redis.pid).not.toBe(pid);
  });

  it('is given up, with its own words, when it can not be restarted', async () => {
    const redis = await start();
    const given = new Promise<Error>((resolve) => redis.onExit(resolve));
    const folder = join(dataDir, 'appendonlydir');
    const manifest = (await readdir(folder)).find((name) => name.endsWith('.manifest')) ?? '';
    await writeFile(join(folder, manifest), 'not a manifest\n');
    process.kill(redis.pid ?? 0, 'SIGKILL');
    expect((await given).message).toMatch(/^The embedded Redis keeps dying and was given up: .*manifest/i);
    expect(redis.pid).toBeNull();
  });
});

describe('the data folder of the embedded Redis', () => {
  it('is refused to a second monitor in the same process', async () => {
    await start();
    await expect(startEmbeddedRedis({ dataDir, logger, env })).rejects.toMatchObject({
      code: 'data_dir_in_use',
      message: `${dataDir} is in use by process ${process.pid}: stop that monitor, or give this one another dataDir.`,
    });
  });

  it('is refused to a second process, which leaves the first one alone', async () => {
    const redis = await start();
    const { refused } = await startOwner();
    expect(refused).toMatchObject({
      code: 'data_dir_in_use',
      message: expect.stringContaining(`${process.pid}`),
    });
    expect(await clientOf(redis.socketPath).ping()).toBe('PONG');
  });

  it('goes to exactly one of several processes that start at once', async () => {
    const owners = await Promise.all([startOwner(), startOwner(), startOwner(), startOwner()]);
    expect(owners.filter((owner) => owner.started !== undefined)).toHaveLength(1);
    for (const { refused } of owners) if (refused !== undefined) expect(refused.code).toBe('data_dir_in_use');
  });

  it('goes to exactly one of several processes when its owner was killed', async () => {
    const dead = await startOwner();
    await clientOf(dead.started?.socketPath ?? '').set('acme', 'revoked');
    await killAndWait(dead.child);
    const owners = await Promise.all([startOwner(), startOwner(), startOwner(), startOwner()]);
    const [winner, ...others] = owners.filter((owner) => owner.started !== undefined);
    expect(others).toEqual([]);
    expect(await clientOf(winner?.started?.socketPath ?? '').get('acme')).toBe('revoked');
    expect(identifyProcess(dead.started?.pid ?? 0)).toBeNull();
  });

  it('loses its orphaned server before a new one starts, also where the kernel does not end it', async () => {
    const { child, started } = await startOwner(await pathWithoutSetpriv());
    const { pid: orphan = 0, socketPath = '' } = started ?? {};
    await clientOf(socketPath).set('acme', 'revoked');
    await killAndWait(child);
    expect(identifyProcess(orphan)).not.toBeNull();
    const redis = await start();
    expect(identifyProcess(orphan)).toBeNull();
    expect(existsSync(dirname(socketPath))).toBe(false);
    expect(await clientOf(redis.socketPath).get('acme')).toBe('revoked');
  });

  it('has no server left soon after its monitor was killed', async () => {
    const { child, started } = await startOwner();
    await killAndWait(child);
    if (process.platform === 'linux') await untilGone(started?.pid ?? 0);
    expect((await start()).pid).not.toBeNull();
  });

  it('that is no folder is refused in one line', async () => {
    const path = join(dataDir, 'file');
    await writeFile(path, '');
    await expect(startEmbeddedRedis({ dataDir: path, logger, env })).rejects.toMatchObject({
      code: 'data_dir_unusable',
      message: `The data folder ${path} can't be used, it is not a folder: set another dataDir.`,
    });
  });

  it('with a damaged append-only file is refused with the words of the server, and can be tried again', async () => {
    const first = await start();
    await clientOf(first.socketPath).set('acme', 'healthy');
    await first.stop();
    const folder = join(dataDir, 'appendonlydir');
    const increments = (await readdir(folder)).find((name) => name.endsWith('.incr.aof')) ?? '';
    const intact = await readFile(join(folder, increments));
    await appendFile(join(folder, increments), 'garbage that is no command\r\n');
    await expect(startEmbeddedRedis({ dataDir, logger, env })).rejects.toMatchObject({
      code: 'server_failed',
      message: expect.stringMatching(
        /^The embedded Redis did not start: Bad file format [^\n]*aof[^\n]*data folder/,
      ),
    });
    await writeFile(join(folder, increments), intact);
    expect(await clientOf((await start()).socketPath).get('acme')).toBe('healthy');
  });

  it('is not touched where no server program is installed, and the message says what to type', async () => {
    const elsewhere = join(dataDir, 'never-made');
    await expect(
      startEmbeddedRedis({ dataDir: elsewhere, logger, env: { PATH: dataDir } }),
    ).rejects.toMatchObject({
      code: 'no_server_binary',
      message: expect.stringContaining('apt-get install'),
    });
    expect(existsSync(elsewhere)).toBe(false);
  });
});
