import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { explainFailure } from './explain-failure.ts';
import { RedisError } from './redis-error.ts';
import { findUnfitness, findWarnings, parseInfo } from './server-info.ts';

export interface CheckOptions {
  /** How long a server may take to load its data before that is an error; 60 s. */
  readonly loadingTimeoutMs?: number;
}

const LOADING_TIMEOUT_MS = 60_000;
const LOADING_POLL_MS = 250;
/** Holds nothing and vanishes by itself; its only purpose is to be refused where writes are. */
const PROBE_KEY = 'mcm:{probe}';
const PROBE_LIFETIME_MS = 1_000;

/**
 * Looks at the server behind a client before anything relies on it, over a connection of its own that does not
 * retry. Resolves with what should be looked at but works; throws a RedisError for what can't work.
 */
export async function checkServer(
  client: Redis,
  options: CheckOptions = {},
): Promise<{ warnings: string[] }> {
  const probe = client.duplicate({
    lazyConnect: true,
    retryStrategy: () => null,
    sentinelRetryStrategy: () => null,
    reconnectOnError: null,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: true,
    enableAutoPipelining: false,
    // The ready check hides why a server can't be used; what it does is done below.
    enableReadyCheck: false,
  });
  let connectionError: Error | null = null;
  // The connection error is more telling than "Connection is closed." of the command that hit it.
  probe.on('error', (error: Error) => {
    connectionError ??= error;
  });
  try {
    await probe.connect();
    const info = await loadedInfo(probe, options.loadingTimeoutMs ?? LOADING_TIMEOUT_MS);
    // Selecting the database may have failed without ending the connection.
    if (connectionError !== null) throw connectionError;
    const unfit = findUnfitness(info);
    if (unfit !== null) throw unfit;
    await probe.set(PROBE_KEY, '1', 'PX', PROBE_LIFETIME_MS);
    return { warnings: findWarnings(info) };
  } catch (error) {
    if (error instanceof RedisError) throw error;
    throw explainFailure(connectionError ?? (error as Error), placeOf(client));
  } finally {
    if (probe.status !== 'end') probe.disconnect();
  }
}

async function loadedInfo(probe: Redis, timeoutMs: number): Promise<ReadonlyMap<string, string>> {
  for (let waited = 0; ; waited += LOADING_POLL_MS) {
    const info = parseInfo(await probe.info());
    if (info.get('loading') !== '1') return info;
    if (waited >= timeoutMs) {
      throw new RedisError(
        'loading',
        `Redis is still loading its data after ${Math.round(timeoutMs / 1_000)} s: wait until it is done, then start again.`,
      );
    }
    await delay(LOADING_POLL_MS);
  }
}

function placeOf(client: Redis): string {
  const { path, host = 'localhost', port = 6379, sentinels, name } = client.options;
  if (sentinels) return `${name} (by Sentinel)`;
  return path ?? `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
