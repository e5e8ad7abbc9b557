import { isIP } from 'node:net';
import { Redis, type RedisOptions } from 'ioredis';
import type { Logger } from 'pino';
import { describeAddress, parseRedisUrl } from './redis-url.ts';
import { describeSentinels, isSentinelUrl, parseSentinelUrl } from './sentinel-url.ts';

export type RedisTarget = { readonly url: string } | { readonly socketPath: string };

export type ConnectOptions = RedisTarget & { readonly logger: Logger };

const CONNECT_TIMEOUT_MS = 10_000;
const DISCONNECT_TIMEOUT_MS = 500;
const MAX_RETRY_DELAY_MS = 2_000;
/**
 * A host that lost its power says no goodbye, and TCP waits for a quarter of an hour. The longest that a command may wait
 * for its answer is BullMQ's wait for a job, 10 s.
 */
const SILENCE_MS = 30_000;
/** A connection that is lost again and again is told of once in this time. */
const QUIET_MS = 30_000;

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
    socketTimeout: SILENCE_MS,
    retryStrategy: retryDelay,
    // A primary that was made a replica keeps its connections: what leads to the primary now must be asked anew.
    reconnectOnError: ({ message }) => /\bREADONLY\b/.test(message),
    connectionName: 'mimecast-monitor',
  };
  const client = new Redis({ ...settings, replyMapping: 'legacy' });
  logStateChanges(client, describeTarget(options), options);
  return client;
}

function retryDelay(times: number): number {
  return Math.min(50 * 2 ** Math.min(times, 10), MAX_RETRY_DELAY_MS);
}

/** Where a client goes, without credentials. */
export function describeTarget(target: RedisTarget): string {
  if (!('url' in target)) return `the socket ${target.socketPath}`;
  return isSentinelUrl(target.url)
    ? describeSentinels(parseSentinelUrl(target.url))
    : describeAddress(parseRedisUrl(target.url));
}

function addressOptions(target: RedisTarget): RedisOptions {
  if (!('url' in target)) return { path: target.socketPath };
  if (isSentinelUrl(target.url)) return sentinelOptions(target.url);
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

/** Every new connection, a worker's too, asks the Sentinels first, and goes on only with a primary. */
function sentinelOptions(url: string): RedisOptions {
  const { sentinels, name, username, password, db, tls, sentinelUsername, sentinelPassword } =
    parseSentinelUrl(url);
  return {
    sentinels: [...sentinels],
    name,
    db,
    // When none answers; without it a client would give up for ever.
    sentinelRetryStrategy: retryDelay,
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    ...(sentinelUsername === null ? {} : { sentinelUsername }),
    ...(sentinelPassword === null ? {} : { sentinelPassword }),
    ...(tls ? { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
  };
}

function logStateChanges(client: Redis, target: string, { logger }: ConnectOptions): void {
  let state: 'new' | 'up' | 'down' = 'new';
  let quiet = false;
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
    if (state !== 'up' || client.status === 'end' || quiet) return;
    state = 'down';
    quiet = true;
    setTimeout(() => {
      quiet = false;
    }, QUIET_MS).unref();
    logger.warn({ redis: target, reason: 'connection closed' }, 'the connection to Redis was lost');
  });
}
