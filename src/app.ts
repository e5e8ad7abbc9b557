import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { createHttpClient } from './alerts/http-client.ts';
import { wantedCheckWorkers } from './app/checks.ts';
import { startDeadMan } from './app/dead-man.ts';
import { createFaultLog } from './app/fault-log.ts';
import { type Heartbeat, startHeartbeat } from './app/heartbeat.ts';
import { serveHttp } from './app/http.ts';
import { startKeepAlive } from './app/keep-alive.ts';
import { createKeeper } from './app/keeping.ts';
import { wantedNotifyWorkers } from './app/notifying.ts';
import type { Parts } from './app/parts.ts';
import { queueJobs } from './app/queue-jobs.ts';
import { type OpenRedis, openRedis } from './app/redis.ts';
import { Reloader } from './app/reloading.ts';
import { refuseMassRemoval } from './app/startup-guard.ts';
import { Teardown } from './app/teardown.ts';
import type { Config } from './config/config.ts';
import { CurrentConfig } from './config/current-config.ts';
import { resolveReference } from './config/secrets/resolve.ts';
import { createSecretResolver, type SecretResolver } from './config/secrets/resolver.ts';
import { watchConfig } from './config/watch.ts';
import { describeReference } from './domain/reference.ts';
import { tryListen } from './http/listen.ts';
import type { ReloadOutcome } from './http/ports.ts';
import { registerNodeMetrics } from './metrics/node-metrics.ts';
import { createProcessMetrics } from './metrics/process-metrics.ts';
import { createExchanger } from './mimecast/exchange.ts';
import { createProber } from './mimecast/prober.ts';
import { createFleetStore } from './store/fleet.ts';
import { loadIdentity } from './store/identity.ts';
import { createIncidentStore } from './store/incidents.ts';
import { KEY_PREFIX } from './store/keys.ts';
import { createLease } from './store/lease.ts';
import { createOutbox } from './store/outbox.ts';
import { createProcesses } from './store/processes.ts';
import { createRateLimits } from './store/rate-limits.ts';
import { createRecords } from './store/records.ts';
import { createSilenceStore } from './store/silences.ts';
import { CheckQueues } from './workers/check-queues.ts';
import { NotifyQueues } from './workers/notify-queues.ts';
import { WorkerFleet } from './workers/worker-fleet.ts';

export type Role = 'all' | 'worker';

export interface AppOptions {
  readonly config: Config;
  /** Reads the config anew, for a reload. Throws ConfigError. */
  readonly load: () => Promise<Config>;
  readonly role: Role;
  readonly listen: { readonly host: string; readonly port: number };
  readonly allowRemovals: boolean;
  readonly version: string;
  readonly logger: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly random: () => number;
}

/** A running monitor. */
export interface App {
  /** Where its HTTP side is reached. */
  readonly url: string;
  reload(allowRemovals: boolean): Promise<ReloadOutcome>;
  /** Called once when the monitor can't go on. */
  onFatal(callback: (error: Error) => void): void;
  /** Takes no more jobs, finishes what is under way, and ends Redis last. May be called more than once. */
  stop(): Promise<void>;
}

/** The keeper's lease: long enough for a slow turn, short enough that a killed keeper is soon replaced. */
const LEASE_MS = 6_000;
/** More sockets than the checks in flight are never opened; this only bounds what a config may ask for. */
const MOST_SOCKETS = 1_000;

/** Checks under way are waited for this long; whatever is cut off is made again by the next process. */
const FINISH_CHECKS_MS = 12_000;
/** The embedded server is killed after 10 s by itself. */
const STOP_REDIS_MS = 15_000;

/** Builds the parts of one process, starts them, and undoes what was started when one of them fails. */
export async function startApp(options: AppOptions): Promise<App> {
  const { token, allowUnauthenticated } = options.config.http;
  await tryListen({ listen: options.listen, hasToken: token !== null, allowUnauthenticated });
  const teardown = new Teardown(options.logger);
  try {
    return await start(options, teardown);
  } catch (error) {
    await teardown.run();
    throw error;
  }
}

async function start(options: AppOptions, teardown: Teardown): Promise<App> {
  const { config, logger, env, now, role, listen } = options;
  const secrets = createSecretResolver({
    now,
    lookUp: (reference) => resolveReference(reference, env),
    onStale: (reference, error) => {
      const fields = { source: describeReference(reference), reason: messageOf(error) };
      logger.warn(fields, 'a secret could not be read again; its last value serves');
    },
  });
  const open = await openRedis({ config, env, logger, resolve: secrets.resolve, mayEmbed: role === 'all' });
  teardown.add('embedded Redis', async () => open.embedded?.stop(), STOP_REDIS_MS);
  teardown.addRedis('Redis', {
    ask: () => open.client.ping(),
    end: async () => open.client.disconnect(),
  });
  const registry = new Registry();
  const parts = await assemble(options, open, registry, secrets);
  teardown.add('queues', async () => {
    await Promise.all([parts.checkQueues.close(), parts.notifyQueues.close()]);
  });
  teardown.add('token requests', () => parts.exchanger.close());
  teardown.add('messages', () => parts.alertsHttp.close());
  if (role === 'all') await refuseMassRemoval(parts, options.allowRemovals);

  const checks = new WorkerFleet();
  const drains = new WorkerFleet();
  const keeper = role === 'all' ? createKeeper(parts) : null;
  const follow = async () => {
    parts.metrics.setGateways(parts.config.gateways());
    parts.metrics.setChannels(parts.config.channelNames());
    keeper?.configChanged();
    parts.records.retain(new Set(parts.config.get().connections.map(({ id }) => id)));
    await Promise.all([
      checks.follow(wantedCheckWorkers(parts)),
      drains.follow(await wantedNotifyWorkers(parts)),
    ]);
    await parts.exchanger.retain(parts.config.gateways());
  };
  const { reloader, heartbeat } = await startReloading(options, parts, follow, teardown);
  const http = await serveHttp({
    parts,
    keeper,
    reloader,
    heartbeat,
    registry,
    role,
    listen,
  });
  teardown.add('HTTP', () => http.close());
  const deadMan = startDeadMan({
    parts,
    isKeeper: () => keeper?.isKeeper ?? false,
    takesWrites: () => heartbeat.beat(),
  });
  teardown.add("dead-man's switch", () => deadMan.stop());
  const keepAlive = startKeepAlive({ parts, isKeeper: () => keeper?.isKeeper ?? false });
  teardown.add('repetitions', () => keepAlive.stop(), FINISH_CHECKS_MS);
  teardown.add('drains', () => drains.close(), FINISH_CHECKS_MS);
  teardown.add('checks', () => checks.close(), FINISH_CHECKS_MS);
  await follow();
  for (const warning of config.warnings) logger.warn(warning);
  keeper?.start();
  teardown.add('keeper', async () => keeper?.stop());
  return {
    url: http.url,
    reload: (allowRemovals) => reloader.reload(allowRemovals),
    onFatal: (callback) => open.embedded?.onExit(callback),
    stop: () => teardown.run(),
  };
}

async function assemble(
  options: AppOptions,
  { client }: OpenRedis,
  registry: Registry,
  secrets: SecretResolver,
): Promise<Parts> {
  const { logger, now, random, env, version } = options;
  const config = new CurrentConfig(options.config);
  const bull = { connection: client, prefix: KEY_PREFIX };
  const fault = createFaultLog(now, (fields, sentence) => logger.error(fields, sentence));
  const onError = (error: Error) => fault('a queue reported an error', error);
  const checkQueues = new CheckQueues(bull, onError);
  const notifyQueues = new NotifyQueues(bull, onError);
  const info = { version, gateways: config.gateways(), channels: config.channelNames() };
  const metrics = createProcessMetrics(registry, info, () => queueJobs(config, checkQueues, notifyQueues));
  registerNodeMetrics(registry);
  metrics.configLoaded(options.config.hash, now());
  client.on('ready', () => metrics.redisUp(true));
  client.on('close', () => metrics.redisUp(false));
  metrics.redisUp(true);
  const exchanger = createExchanger({ connections: MOST_SOCKETS, env });
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

/** Whatever may replace the config while the monitor runs: its files, a person, and what others were allowed to do. */
async function startReloading(
  { config, load }: AppOptions,
  parts: Parts,
  apply: () => Promise<void>,
  teardown: Teardown,
): Promise<{ reloader: Reloader; heartbeat: Heartbeat }> {
  const reloader = new Reloader({
    parts,
    load,
    apply,
    changed: () => void heartbeat.beat(),
    watch: (paths) => watcher.update(paths),
  });
  const heartbeat = startHeartbeat(parts, {
    status: () => reloader.status(),
    afterwards: () => reloader.followUp(),
  });
  teardown.add('heartbeat', () => heartbeat.stop());
  const watcher = await watchConfig({
    paths: config.watched,
    onChange: () => {
      reloader.reload(false).catch((error: unknown) => parts.fault('a reload failed', error));
    },
  });
  teardown.add('config watch', async () => watcher.close());
  return { reloader, heartbeat };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
