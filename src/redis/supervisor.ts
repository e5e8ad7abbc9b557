import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { RedisError } from './redis-error.ts';
import type { ServerProcess } from './server-process.ts';

export type Launch = (onLogLine: (line: string) => void) => Promise<ServerProcess>;

export interface SupervisedServer {
  pid(): number | null;
  onGivenUp(callback: (error: RedisError) => void): void;
  stop(): Promise<void>;
}

/** Starts in a row without a minute of life between them before the server is given up. */
const MAX_RESTARTS = 6;
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5_000;
const STABLE_MS = 60_000;

/** Starts the server and starts it again, on the same socket, whenever it dies by itself. */
export async function superviseServer(launch: Launch, logger: Logger): Promise<SupervisedServer> {
  const stopping = new AbortController();
  const callbacks: ((error: RedisError) => void)[] = [];
  let givenUp: RedisError | null = null;
  let started = false;
  const log = (line: string): void => {
    // What a server says while it starts and ends is only of interest when it fails, and is then in the error.
    if (started && !stopping.signal.aborted) logger.warn({ line }, 'the embedded Redis reported something');
    else logger.debug({ line }, 'the embedded Redis reported something');
  };
  let server: ServerProcess | null = await launch(log);
  started = true;
  let restarts = 0;
  const current = (): ServerProcess | null => server;

  // Whatever ends this process without `stop()` must not leave the server behind where setpriv is missing.
  const killAtExit = (): void => {
    if (server !== null) killQuietly(server.pid);
  };
  process.once('exit', killAtExit);

  const restart = async (reason: string): Promise<void> => {
    started = false;
    for (let why = reason; !stopping.signal.aborted; ) {
      if (restarts >= MAX_RESTARTS) {
        givenUp = new RedisError('server_failed', `The embedded Redis keeps dying and was given up: ${why}`);
        logger.error({ err: givenUp }, 'the embedded Redis was given up');
        for (const callback of callbacks) callback(givenUp);
        return;
      }
      await pause(Math.min(FIRST_DELAY_MS * 2 ** restarts, MAX_DELAY_MS), stopping.signal);
      restarts += 1;
      if (stopping.signal.aborted) return;
      try {
        server = await launch(log);
        started = true;
        logger.info({ serverPid: server.pid }, 'the embedded Redis was restarted');
        return;
      } catch (error) {
        why = (error as Error).message;
        logger.error({ err: error, restarts }, 'the embedded Redis could not be restarted');
      }
    }
  };

  const watch = async (): Promise<void> => {
    while (server !== null) {
      const stable = setTimeout(() => {
        restarts = 0;
      }, STABLE_MS);
      stable.unref();
      const reason = await server.exited;
      clearTimeout(stable);
      server = null;
      if (stopping.signal.aborted) return;
      logger.error({ reason, restarts }, 'the embedded Redis died; restarting it');
      await restart(reason);
      // It may have come up just when it was no longer wanted.
      if (stopping.signal.aborted) await current()?.stop();
    }
  };
  const watching = watch();

  return {
    pid: () => current()?.pid ?? null,
    onGivenUp: (callback) => {
      if (givenUp === null) callbacks.push(callback);
      else callback(givenUp);
    },
    stop: async () => {
      stopping.abort();
      await current()?.stop();
      await watching;
      process.off('exit', killAtExit);
    },
  };
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch {
    // Being asked to stop ends the pause; the caller looks at the signal next.
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch {
    // It is gone already, which is what was wanted.
  }
}
