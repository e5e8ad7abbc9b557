import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { createHttpClient } from '../alerts/http-client.ts';
import type { Config } from '../config/config.ts';
import { CurrentConfig } from '../config/current-config.ts';
import { createLookUp } from '../config/secrets/resolve.ts';
import { createSecretResolver, type SecretResolver } from '../config/secrets/resolver.ts';
import { describeReference } from '../domain/reference.ts';
import { registerNodeMetrics } from '../metrics/node-metrics.ts';
import { createProcessMetrics } from '../metrics/process-metrics.ts';
import { createExchanger } from '../mimecast/exchange.ts';
import { createProber } from '../mimecast/prober.ts';
import { createFleetStore } from '../store/fleet.ts';
import { loadIdentity } from '../store/identity.ts';
import { createIncidentStore } from '../store/incidents.ts';
import { KEY_PREFIX } from '../store/keys.ts';
import { createLease } from '../store/lease.ts';
import { createOutbox } from '../store/outbox.ts';
import { createProcesses } from '../store/processes.ts';
import { createRateLimits } from '../store/rate-limits.ts';
import { createRecords } from '../store/records.ts';
import { createSilenceStore } from '../store/silences.ts';
import { CheckQueues } from '../workers/check-queues.ts';
import { NotifyQueues } from '../workers/notify-queues.ts';
import { createFaultLog } from './fault-log.ts';
import type { Parts } from './parts.ts';
import { queueJobs } from './queue-jobs.ts';

/** The keeper's lease: long enough for a slow turn, short enough that a killed keeper is soon replaced. */
const LEASE_MS = 6_000;
/** More sockets than the checks in flight are never opened; this only bounds what a config may ask for. */
const MOST_SOCKETS = 1_000;

/** What the parts of one process are made from. */
export interface Ingredients {
  readonly config: Config;
  readonly client: Redis;
  readonly registry: Registry;
  readonly secrets: SecretResolver;
  readonly version: string;
  readonly logger: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly random: () => number;
}

/** Builds the parts of one process; none of them runs by itself yet. */
export async function assemble(ingredients: Ingredients): Promise<Parts> {
  const { client, registry, secrets, logger, now, random, env, version } = ingredients;
  const config = new CurrentConfig(ingredients.config);
  const bull = { connection: client, prefix: KEY_PREFIX };
  const fault = createFaultLog(now, (fields, sentence) => logger.error(fields, sentence));
  const onError = (error: Error) => fault('a queue reported an error', error);
  const checkQueues = new CheckQueues(bull, onError);
  const notifyQueues = new NotifyQueues(bull, onError);
  const info = { version, gateways: config.gateways(), channels: config.channelNames() };
  const metrics = createProcessMetrics(registry, info, () => queueJobs(config, checkQueues, notifyQueues));
  registerNodeMetrics(registry);
  metrics.configLoaded(ingredients.config.hash, now());
  // Whether it is back is for a write to prove: the heartbeat's.
  client.on('close', () => metrics.redisUp(false));
  metrics.redisUp(true);
  const exchanger = createExchanger({
    connections: MOST_SOCKETS,
    env,
    allowedHosts: () => config.get().checks.allowedHosts,
  });
  return {
    logger,
    fault,
    processId: randomUUID(),
    now,
    random,
    config,
    redis: client,
    bull,
    identity: await loadIdentity(client, () =>
      logger.error('Redis was emptied: its history is lost, and every connection is registered anew'),
    ),
    records: createRecords(client),
    fleet: createFleetStore(client),
    incidents: createIncidentStore(client),
    outbox: createOutbox(client),
    silences: createSilenceStore(client),
    rateLimits: createRateLimits(client),
    processes: createProcesses(client),
    lease: createLease(client, LEASE_MS),
    checkQueues,
    notifyQueues,
    exchanger,
    prober: createProber(exchanger),
    alertsHttp: createHttpClient(env),
    secrets,
    metrics,
  };
}

/** Looks up secrets where the config says, and goes on with the last value of one that can't be read again. */
export function createSecrets({
  now,
  env,
  logger,
}: Pick<Ingredients, 'now' | 'env' | 'logger'>): SecretResolver {
  return createSecretResolver({
    now,
    lookUp: createLookUp(env),
    onStale: (reference, error) => {
      const fields = { source: describeReference(reference), reason: messageOf(error) };
      logger.warn(fields, 'a secret could not be read again; its last value serves');
    },
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
