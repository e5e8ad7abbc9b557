import { isIP } from 'node:net';
import { Redis, type RedisOptions } from 'ioredis';
import type { Logger } from 'pino';
import { describeAddress, parseRedisUrl } from './redis-url.ts';

export type RedisTarget = { readonly url: string } | { readonly socketPath: string };

export type ConnectOptions = RedisTarget & { readonly logger: Logger };

const CONNECT_TIMEOUT_MS = 10_000;
const DISCONNECT_TIMEOUT_MS = 500;
const MAX_RETRY_DELAY_MS = 2_000;

/**
 * A client that connects at once and reconnects for ever, logging one line per change of state; commands wait for a
 * server that is away. They are not gathered into pipelines: BullMQ's chains of short scripts ran up to half as fast when
 * each waited for the next turn of the event loop. Throws a RedisError
 * (`bad_url`) for a URL it can't use; whether the server is fit for us is for `checkServer` to say.
 */
export function connectRedis(options: ConnectOptions): Redis {
  const settings: RedisOptions = {
    ...addressOptions(options),
    maxRetriesPerRequest: null,
    connectTimeout: CONNECT_TIMEOUT_MS,
    // ioredis waits this long for a goodbye even from a server that is gone already, and keeps the process alive.
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), MAX_RETRY_DELAY_MS),
    connectionName: 'mimecast-monitor',
  };
  const client = new Redis({ ...settings, replyMapping: 'legacy' });
  logStateChanges(client, describeTarget(options), options);
  return client;
}

/** Where a client goes, without credentials. */
export function describeTarget(target: RedisTarget): string {
  return 'url' in target ? describeAddress(parseRedisUrl(target.url)) : `the socket ${target.socketPath}`;
}

function addressOptions(target: RedisTarget): RedisOptions {
  if (!('url' in target)) return { path: target.socketPath };
  const { host, port, username, password, db, tls } = parseRedisUrl(target.url);
  return {
    host,
    port,
    db,
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    // RFC 6066 allows no address as a server name; the certificate is checked against the host all the same.
    ...(tls ? { tls: isIP(host) === 0 ? { servername: host } : {} } : {}),
  };
}

function logStateChanges(client: Redis, target: string, { logger }: ConnectOptions): void {
  let state: 'new' | 'up' | 'down' = 'new';
  client.on('ready', () => {
    if (state === 'down') logger.info({ redis: target }, 'the connection to Redis is back');
    state = 'up';
  });
  client.on('error', (error: Error & { code?: string }) => {
    if (state === 'down') return;
    state = 'down';
    // Not the error itself: a failed command carries its arguments, and those of AUTH are the password.
    const reason = error.message === '' ? (error.code ?? error.name) : error.message;
    logger.warn({ redis: target, reason }, 'the connection to Redis failed; trying again');
  });
  client.on('close', () => {
    // A server that goes away politely closes the connection without an error; what we end ourselves is not lost.
    if (state !== 'up' || client.status === 'end') return;
    state = 'down';
    logger.warn({ redis: target, reason: 'connection closed' }, 'the connection to Redis was lost');
  });
}
