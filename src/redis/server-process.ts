import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { RedisError } from './redis-error.ts';
import { findOnPath, serverNameFor } from './server-binary.ts';
import { sayOnSocket } from './socket-command.ts';

export interface ServerOptions {
  readonly binary: string;
  /** Where the server keeps its files. */
  readonly directory: string;
  /** A folder of our own, mode 0700, that holds the socket; its path must be short. */
  readonly runtimeDirectory: string;
  readonly socketPath: string;
  /** False only for tests, whose data need not outlive them. */
  readonly persistent: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * Called when the process exists but has not been told its configuration yet. If we die before it returns, the
   * server finds an empty configuration and exits, so whatever is noted here is known of every server that runs.
   */
  readonly onSpawned?: (pid: number) => void;
  readonly onLogLine?: (line: string) => void;
}

export interface ServerProcess {
  readonly pid: number;
  /** Resolves when the process is gone, with the last line that explains why (or a plain description). */
  readonly exited: Promise<string>;
  /** SIGTERM, then SIGKILL after 10 s; resolves when the process is gone. */
  stop(): Promise<void>;
}

const STOP_TIMEOUT_MS = 10_000;
const PING_INTERVAL_MS = 10;
/** A server that neither answers nor exits for this long (30 s) is given up; one that is loading its file is not. */
const MAX_SILENT_PINGS = 3_000;

/** Starts a server and resolves when it answers PING; rejects with a RedisError when it exits instead. */
export async function startServerProcess(options: ServerOptions): Promise<ServerProcess> {
  const child = await spawnServer(options);
  const { pid } = child;
  const exited = describeExit(child, options.onLogLine);
  if (pid === undefined)
    throw new RedisError('server_failed', `Redis could not be started: ${await exited}.`);
  try {
    options.onSpawned?.(pid);
  } catch (error) {
    child.kill('SIGKILL');
    await exited;
    throw error;
  }
  child.stdin?.on('error', () => {
    // The server died before it read its configuration; `exited` says why.
  });
  child.stdin?.end(serverConfig(options));
  const server = { pid, exited, stop: () => stopChild(child, exited) };
  await untilReady(server, options.socketPath);
  return server;
}

async function spawnServer(options: ServerOptions): Promise<ChildProcess> {
  const name = serverNameFor(options.binary);
  const program = name === null ? options.binary : join(options.runtimeDirectory, name);
  if (name !== null) await linkOnce(options.binary, program);
  // An empty standard input must not make it listen on the default port; `-` has to come last.
  const command = [program, '--port', '0', '-'];
  command.unshift(...(await deathSignalPrefix(program, options.env)));
  const [file = program, ...args] = command;
  return spawn(file, args, {
    // A session of its own: Ctrl-C in the terminal must not end Redis before the monitor has drained.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    // The server needs nothing of the environment, which may hold secrets.
    env: { PATH: options.env.PATH, LC_ALL: 'C' },
  });
}

/**
 * What makes the kernel end the server when this process dies without a chance to do so itself: util-linux's
 * setpriv. Busybox has a setpriv that can't, so it is tried first.
 */
async function deathSignalPrefix(program: string, env: ServerOptions['env']): Promise<string[]> {
  const setpriv = process.platform === 'linux' ? findOnPath('setpriv', env) : null;
  if (setpriv === null) return [];
  const prefix = ['--pdeathsig', 'TERM', '--'];
  try {
    await promisify(execFile)(setpriv, [...prefix, program, '--version'], { env: { PATH: env.PATH } });
    return [setpriv, ...prefix];
  } catch {
    return [];
  }
}

async function linkOnce(target: string, path: string): Promise<void> {
  try {
    await symlink(target, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function serverConfig(options: ServerOptions): string {
  return [
    'port 0',
    `unixsocket ${quote(options.socketPath)}`,
    'unixsocketperm 700',
    `dir ${quote(options.directory)}`,
    'daemonize no',
    'save ""',
    options.persistent ? 'appendonly yes' : 'appendonly no',
    'appendfsync everysec',
    // At thousands of checks a second the file doubles from the default of 64 MB every few seconds, and each rewrite
    // forks the server and takes a core from the checks.
    'auto-aof-rewrite-min-size 256mb',
    'maxmemory-policy noeviction',
    // Blocking commands time out on server ticks: at the default of 10 short schedules run late.
    'hz 50',
    'loglevel warning',
    'logfile ""',
    '',
  ].join('\n');
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n')}"`;
}

async function untilReady(server: ServerProcess, socketPath: string): Promise<void> {
  let failure: string | null = null;
  void server.exited.then((reason) => {
    failure = reason;
  });
  for (let silent = 0; silent < MAX_SILENT_PINGS; ) {
    const reply = await sayOnSocket(socketPath, 'PING');
    if (failure !== null)
      throw new RedisError('server_failed', `The embedded Redis did not start: ${failure}`);
    if (reply === '+PONG') return;
    silent = reply === null ? silent + 1 : 0;
    await delay(PING_INTERVAL_MS);
  }
  await server.stop();
  throw new RedisError('server_failed', 'The embedded Redis did not answer within 30 s and was stopped.');
}

/** Follows both outputs to the end of the process and keeps the line that says most about why it ended. */
async function describeExit(child: ChildProcess, onLogLine?: (line: string) => void): Promise<string> {
  let last: string | null = null;
  for (const output of [child.stdout, child.stderr]) {
    if (output === null) continue;
    createInterface({ input: output }).on('line', (raw) => {
      const line = withoutPrefix(raw);
      if (line === '') return;
      if (isMeaningful(line)) last = line;
      onLogLine?.(line);
    });
  }
  try {
    const [code, signal]: unknown[] = await once(child, 'close');
    return last ?? `it exited with ${signal === null ? `code ${code}` : `${signal}`}`;
  } catch (error) {
    // The program could not be executed at all.
    return (error as Error).message;
  }
}

/** `123:M 01 Jan 2026 00:00:00.000 # text` becomes `text`. */
function withoutPrefix(line: string): string {
  return line.replace(/^\d+:[A-Z] \d+ \w+ \d+ [\d:.]+ [.*#-] /, '').trim();
}

function isMeaningful(line: string): boolean {
  return !/^(WARNING|oO0|\w+ version=|Configuration loaded|Redis is now ready to exit|Valkey is now ready to exit)/i.test(
    line,
  );
}

async function stopChild(child: ChildProcess, exited: Promise<string>): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}
