import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { Reference } from '../domain/reference.ts';
import type { Secret } from '../domain/secret.ts';
import { checkServer } from '../redis/check-server.ts';
import { connectRedis, type RedisTarget } from '../redis/connect.ts';
import { type EmbeddedRedis, startEmbeddedRedis } from '../redis/embedded.ts';

export interface OpenRedis {
  readonly client: Redis;
  /** Only where the server is our own child; ends last. */
  readonly embedded: EmbeddedRedis | null;
}

export interface OpenRedisOptions {
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  readonly resolve: (reference: Reference) => Promise<Secret>;
  /** A worker of nobody would be of no use on a server of its own. */
  readonly mayEmbed: boolean;
}

/**
 * The Redis of the config (`redis.url`, else REDIS_URL), or a server of our own. Throws an error with a one-line
 * message when it can't be used; nothing is left running then.
 */
export async function openRedis(options: OpenRedisOptions): Promise<OpenRedis> {
  const { config, env, logger } = options;
  const url = await configuredUrl(options);
  if (url === null && !options.mayEmbed) {
    throw new Error(
      '--role worker needs the Redis of the other processes: set redis.url in the config, or REDIS_URL',
    );
  }
  const embedded = url === null ? await startEmbeddedRedis({ dataDir: config.dataDir, logger, env }) : null;
  const target = embedded ? { socketPath: embedded.socketPath } : targetOf(url ?? '');
  const client = connectRedis({ ...target, logger });
  try {
    const { warnings } = await checkServer(client);
    for (const warning of warnings) logger.warn(warning);
    return { client, embedded };
  } catch (error) {
    client.disconnect();
    await embedded?.stop();
    throw error;
  }
}

/** `unix:///path` names the socket of a server on this machine. */
function targetOf(url: string): RedisTarget {
  return url.startsWith('unix:///') ? { socketPath: url.slice('unix://'.length) } : { url };
}

async function configuredUrl({ config, env, resolve }: OpenRedisOptions): Promise<string | null> {
  if (config.redisUrl) return (await resolve(config.redisUrl)).reveal();
  const fromEnv = env['REDIS_URL'] ?? '';
  return fromEnv === '' ? null : fromEnv;
}
