import { rm } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isRunning, type ProcessIdentity } from '../process/process-identity.ts';
import { RedisError } from './redis-error.ts';

/** Every folder we make for a socket is called so; nothing else is ever deleted. */
export const RUNTIME_PREFIX = 'mcm-redis-';

const POLL_MS = 20;
const TERM_POLLS = 500;
const KILL_POLLS = 100;

/** Ends the server that a dead monitor left behind and resolves when it is gone: 10 s for SIGTERM, then SIGKILL. */
export async function endOrphan(server: ProcessIdentity): Promise<void> {
  if (await endedBy(server, 'SIGTERM', TERM_POLLS)) return;
  if (await endedBy(server, 'SIGKILL', KILL_POLLS)) return;
  throw new RedisError(
    'data_dir_in_use',
    `A Redis server left behind by an earlier monitor (process ${server.pid}) does not end: stop it, then start again.`,
  );
}

export async function removeRuntimeDirectory(path: string): Promise<void> {
  if (basename(path).startsWith(RUNTIME_PREFIX)) await rm(path, { recursive: true, force: true });
}

async function endedBy(server: ProcessIdentity, signal: NodeJS.Signals, polls: number): Promise<boolean> {
  if (!isRunning(server)) return true;
  try {
    process.kill(server.pid, signal);
  } catch (error) {
    // It may end between the look and the signal; anything else (a stranger's process) is for the user to settle.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') return false;
  }
  for (let poll = 0; poll < polls; poll += 1) {
    if (!isRunning(server)) return true;
    await delay(POLL_MS);
  }
  return false;
}
