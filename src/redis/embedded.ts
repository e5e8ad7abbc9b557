import { chmod, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Logger } from 'pino';
import { identifyProcess } from '../process/process-identity.ts';
import { type DataLock, takeDataLock } from './data-lock.ts';
import { endOrphan, RUNTIME_PREFIX, removeRuntimeDirectory } from './orphan.ts';
import { RedisError } from './redis-error.ts';
import { findServerBinary, installHint } from './server-binary.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';
import { superviseServer } from './supervisor.ts';

export interface EmbeddedRedis {
  readonly socketPath: string;
  /** The server's process; null in the moments between its death and its restart. */
  readonly pid: number | null;
  /** Called once when the server keeps dying and is not restarted any more: the monitor should end. */
  onExit(callback: (error: RedisError) => void): void;
  /** Ends the server, waits until it is gone and gives the data folder back. May be called more than once. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  readonly dataDir: string;
  readonly logger: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** sockaddr_un holds 104 bytes on macOS and 108 on Linux, with a closing zero. */
const MAX_SOCKET_PATH = 103;

/** Starts a Redis server of our own on `dataDir`, which no other process can then use. Throws RedisError. */
export async function startEmbeddedRedis(options: EmbeddedOptions): Promise<EmbeddedRedis> {
  const { logger, env } = options;
  const dataDir = resolve(options.dataDir);
  const binary = findServerBinary(env);
  if (binary === null) throw new RedisError('no_server_binary', installHint());
  await onDataDir(dataDir, () => mkdir(dataDir, { recursive: true, mode: 0o700 }));
  const lock = await onDataDir(dataDir, () => takeDataLock({ folder: dataDir, logger }));
  let runtimeDirectory: string | null = null;
  try {
    await cleanUpAfter(lock, logger);
    const runtime = await makeRuntimeDirectory(dataDir, env);
    runtimeDirectory = runtime;
    lock.note({ server: null, runtimeDirectory });
    const socketPath = join(runtime, 'redis.sock');
    const launch = (onLogLine: (line: string) => void): Promise<ServerProcess> =>
      startServerProcess({
        binary,
        directory: dataDir,
        runtimeDirectory: runtime,
        socketPath,
        persistent: true,
        env,
        onSpawned: (pid) => lock.note({ server: identifyProcess(pid), runtimeDirectory: runtime }),
        onLogLine,
      });
    const supervised = await superviseServer(launch, logger);
    const release = async (): Promise<void> => {
      await supervised.stop();
      await removeRuntimeDirectory(runtime);
      lock.release();
    };
    let released: Promise<void> | null = null;
    return {
      socketPath,
      get pid() {
        return supervised.pid();
      },
      onExit: supervised.onGivenUp,
      stop: () => {
        released ??= release();
        return released;
      },
    };
  } catch (error) {
    if (runtimeDirectory !== null) await removeRuntimeDirectory(runtimeDirectory);
    lock.release();
    throw error instanceof RedisError ? withRemedy(error, dataDir) : dataDirError(dataDir, error);
  }
}

async function cleanUpAfter(lock: DataLock, logger: Logger): Promise<void> {
  const { server, runtimeDirectory } = lock.previous;
  if (server !== null) {
    logger.warn(
      { serverPid: server.pid },
      'the previous monitor did not stop its Redis server; ending it first',
    );
    await endOrphan(server);
  }
  if (runtimeDirectory !== null) await removeRuntimeDirectory(runtimeDirectory);
}

async function makeRuntimeDirectory(dataDir: string, env: EmbeddedOptions['env']): Promise<string> {
  const parents = [env.TMPDIR ?? tmpdir(), dataDir, '/tmp'];
  const parent = parents.find((folder) => {
    const longest = join(resolve(folder), `${RUNTIME_PREFIX}XXXXXX`, 'redis.sock');
    return Buffer.byteLength(longest) <= MAX_SOCKET_PATH;
  });
  const folder = await mkdtemp(join(resolve(parent ?? '/tmp'), RUNTIME_PREFIX));
  await chmod(folder, 0o700);
  return folder;
}

async function onDataDir<T>(dataDir: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw error instanceof RedisError ? error : dataDirError(dataDir, error);
  }
}

function dataDirError(dataDir: string, error: unknown): RedisError {
  const { code, message } = error as NodeJS.ErrnoException;
  const remedy =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? 'the disk is full: free some space'
      : code === 'EACCES' || code === 'EPERM' || code === 'EROFS'
        ? 'it is not writable: change its owner or mode, or set another dataDir'
        : code === 'EEXIST' || code === 'ENOTDIR'
          ? 'it is not a folder: set another dataDir'
          : `${message}: set another dataDir`;
  return new RedisError('data_dir_unusable', `The data folder ${dataDir} can't be used, ${remedy}.`);
}

/** The server's own last line says what is wrong; the folder it means, and what to do, is ours to add. */
function withRemedy(error: RedisError, dataDir: string): RedisError {
  if (error.code !== 'server_failed') return error;
  const remedy = /no space left/i.test(error.message)
    ? `free some space on the disk that holds ${dataDir}`
    : /permission denied|read-only file system/i.test(error.message)
      ? `make ${dataDir} and what is in it writable for this user`
      : /can't handle RDB format/i.test(error.message)
        ? `${dataDir} was written by a newer server: install that version again`
        : `data folder: ${dataDir}`;
  return new RedisError(error.code, `${error.message.replace(/\.$/, '')} (${remedy}).`);
}
