import { randomBytes } from 'node:crypto';
import type { Registry } from 'prom-client';
import { checkQueueOf } from '../domain/schedule.ts';
import type { HttpPorts, Readiness } from '../http/ports.ts';
import { createHttpServer, type HttpServer } from '../http/server.ts';
import type { Keeper } from '../jobs/keeper.ts';
import { renderMetrics } from '../metrics/render.ts';
import { KEYS } from '../store/keys.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { Parts } from './parts.ts';
import type { Reloader } from './reloading.ts';

export interface ServeOptions {
  readonly parts: Parts;
  /** Null in a process of role `worker`. */
  readonly keeper: Keeper | null;
  readonly reloader: Reloader;
  readonly heartbeat: Heartbeat;
  readonly registry: Registry;
  readonly role: 'all' | 'worker';
  readonly listen: { readonly host: string; readonly port: number };
}

/** The HTTP side of this process, wired to its parts. Throws HttpError when the address can't be had. */
export async function serveHttp(options: ServeOptions): Promise<HttpServer> {
  const { parts, role, listen } = options;
  const { http } = parts.config.get();
  return createHttpServer({
    role,
    ports: httpPorts(options),
    allowUnauthenticated: http.allowUnauthenticated,
    listen,
    token: http.token ? await parts.secrets.resolve(http.token) : null,
    tls: http.tls,
    logger: parts.logger,
  });
}

function httpPorts(options: ServeOptions): HttpPorts {
  const { parts, reloader } = options;
  const { config, records, incidents, checkQueues, now } = parts;
  return {
    connections: () => config.get().connections,
    findConnection: (id) => config.find(id),
    records,
    incidents: {
      open: async () => (await incidents.current()).filter(({ resolvedAt }) => resolvedAt === null),
      past: incidents.past,
      deliveries: parts.outbox.deliveries,
    },
    silences: silencePorts(parts),
    now,
    async checkNow(id) {
      const connection = config.find(id);
      if (!connection) return 'unknown';
      if (!connection.enabled) return 'disabled';
      await checkQueues.addManual(checkQueueOf(connection.gateway), [id], now(), 'person');
      return 'queued';
    },
    reload: (allowRemovals) => reloader.reload(allowRemovals),
    readiness: () => readiness(options),
    renderMetrics: () => metricsOf(options),
  };
}

function silencePorts({ silences, now }: Parts): HttpPorts['silences'] {
  return {
    list: () => silences.list(now()),
    async add(draft) {
      const silence = { ...draft, id: randomBytes(6).toString('hex'), createdAt: now() };
      await silences.add(silence);
      return silence;
    },
    remove: (id) => silences.remove(id, now()),
  };
}

/** Ready means: this process can do its part now, and somebody has made the schedules fit. */
async function readiness({ parts, keeper, role, heartbeat }: ServeOptions): Promise<Readiness> {
  const redis = await heartbeat.beat();
  if (!redis) return { redis, config: true, schedules: false };
  if (role === 'worker') return { redis, config: true, schedules: true };
  const schedules = keeper?.isKeeper ? keeper.hasReconciled : await anotherKeeperHas(parts);
  return { redis, config: true, schedules };
}

async function anotherKeeperHas({ redis, fleet }: Parts): Promise<boolean> {
  const [leased, reconciled] = await Promise.all([redis.exists(KEYS.lease), fleet.reconciled()]);
  return leased === 1 && reconciled !== null;
}

function metricsOf({ parts, registry, role }: ServeOptions): AsyncIterable<string> {
  const { config, records, incidents, logger } = parts;
  const fleet = {
    connections: () => config.get().connections,
    readSummaries: records.readSummaries,
    openIncidents: incidents.current,
  };
  return renderMetrics({
    registry,
    fleet: role === 'all' ? fleet : null,
    onFleetError: (error) =>
      logger.warn(
        { reason: error instanceof Error ? error.message : String(error) },
        'a scrape could not read the fleet',
      ),
  });
}
