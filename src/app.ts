import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { assemble, createSecrets } from './app/assemble.ts';
import { wantedCheckWorkers } from './app/checks.ts';
import { followConfigChanges } from './app/config-changes.ts';
import { startDeadMan } from './app/dead-man.ts';
import { serveHttp } from './app/http.ts';
import { startKeepAlive } from './app/keep-alive.ts';
import { createKeeper } from './app/keeping.ts';
import { wantedNotifyWorkers } from './app/notifying.ts';
import { openRedis } from './app/redis.ts';
import { startSecretWatch } from './app/secret-watch.ts';
import { refuseMassRemoval } from './app/startup-guard.ts';
import { Teardown } from './app/teardown.ts';
import type { Config } from './config/config.ts';
import { tryListen } from './http/listen.ts';
import type { ReloadOutcome } from './http/ports.ts';
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
  const { config, logger, env, role, listen } = options;
  const secrets = createSecrets(options);
  const open = await openRedis({ config, env, logger, resolve: secrets.resolve, mayEmbed: role === 'all' });
  teardown.add('embedded Redis', async () => open.embedded?.stop(), STOP_REDIS_MS);
  teardown.addRedis('Redis', {
    ask: () => open.client.ping(),
    end: async () => open.client.disconnect(),
  });
  const registry = new Registry();
  const parts = await assemble({ ...options, client: open.client, registry, secrets });
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
    await Promise.all([
      checks.follow(wantedCheckWorkers(parts)),
      drains.follow(await wantedNotifyWorkers(parts)),
    ]);
    await parts.exchanger.retain(parts.config.gateways());
  };
  const changes = { parts, load: options.load, apply: follow, teardown };
  const { reloader, heartbeat } = followConfigChanges(changes);
  const http = await serveHttp({ parts, keeper, reloader, heartbeat, registry, role, listen });
  teardown.add('HTTP', () => http.close());
  const isKeeper = () => keeper?.isKeeper ?? false;
  const deadMan = startDeadMan({ parts, isKeeper, takesWrites: () => heartbeat.beat() });
  teardown.add("dead-man's switch", () => deadMan.stop());
  const keepAlive = startKeepAlive({ parts, isKeeper });
  teardown.add('repetitions', () => keepAlive.stop(), FINISH_CHECKS_MS);
  const secretWatch = startSecretWatch({ parts, isKeeper });
  teardown.add('watch over secrets', () => secretWatch.stop());
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
