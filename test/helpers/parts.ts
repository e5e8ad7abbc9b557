import { EventEmitter, on } from 'node:events';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { CHANNEL_TYPES } from '../../src/alerts/drivers.ts';
import { createHttpClient } from '../../src/alerts/http-client.ts';
import { createFaultLog } from '../../src/app/fault-log.ts';
import type { Parts } from '../../src/app/parts.ts';
import type { Config } from '../../src/config/config.ts';
import { CurrentConfig } from '../../src/config/current-config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { resolveReference } from '../../src/config/secrets/resolve.ts';
import { createSecretResolver } from '../../src/config/secrets/resolver.ts';
import { createProcessMetrics } from '../../src/metrics/process-metrics.ts';
import { createExchanger } from '../../src/mimecast/exchange.ts';
import { createProber } from '../../src/mimecast/prober.ts';
import { createFleetStore } from '../../src/store/fleet.ts';
import { loadIdentity } from '../../src/store/identity.ts';
import { createIncidentStore } from '../../src/store/incidents.ts';
import { KEY_PREFIX } from '../../src/store/keys.ts';
import { createLease } from '../../src/store/lease.ts';
import { createOutbox } from '../../src/store/outbox.ts';
import { createProcesses } from '../../src/store/processes.ts';
import { createRateLimits } from '../../src/store/rate-limits.ts';
import { createRecords } from '../../src/store/records.ts';
import { createSilenceStore } from '../../src/store/silences.ts';
import { CheckQueues } from '../../src/workers/check-queues.ts';
import { NotifyQueues } from '../../src/workers/notify-queues.ts';
import { makeConfigFolder } from './config-file.ts';
import type { LogLine } from './monitor-process.ts';
import type { TestRedis } from './redis.ts';

/** The parts of one process without the process: all of them real, over a real Redis. */
export interface TestProcess {
  readonly parts: Parts;
  readonly registry: Registry;
  /** All that was logged so far. */
  readonly lines: readonly LogLine[];
  /** Resolves with the first line, already written or still to come, that fits. */
  waitFor(fits: (line: LogLine) => boolean): Promise<LogLine>;
  close(): Promise<void>;
}

/** Reads a config as the program would. */
export async function configOf(content: object): Promise<Config> {
  const folder = await makeConfigFolder({ version: 1, ...content });
  try {
    return await loadConfig(folder.path, { channelTypes: CHANNEL_TYPES });
  } finally {
    await folder.remove();
  }
}

/** `more` replaces single parts. */
export async function processOf(
  server: TestRedis,
  config: Config,
  more: Partial<Parts> = {},
): Promise<TestProcess> {
  const lines: LogLine[] = [];
  const written = new EventEmitter();
  const write = (text: string) => {
    const line = JSON.parse(text) as LogLine;
    lines.push(line);
    written.emit('line', line);
  };
  const logger = pino({ level: 'debug', base: null }, { write });
  const registry = new Registry();
  const parts = { ...(await assemble(server, config, registry, logger)), ...more };
  return {
    parts,
    registry,
    lines,
    async waitFor(fits) {
      const known = lines.find(fits);
      if (known) return known;
      for await (const [line] of on(written, 'line') as AsyncIterable<[LogLine]>) if (fits(line)) return line;
      throw new Error('the log came to an end');
    },
    async close() {
      await Promise.all([parts.checkQueues.close(), parts.notifyQueues.close(), parts.exchanger.close()]);
    },
  };
}

async function assemble(
  server: TestRedis,
  config: Config,
  registry: Registry,
  logger: Parts['logger'],
): Promise<Parts> {
  const redis = server.client();
  const now = Date.now;
  const fault = createFaultLog(now, (fields, sentence) => logger.error(fields, sentence));
  const onError = (error: Error) => fault('a queue reported an error', error);
  const bull = { connection: redis, prefix: KEY_PREFIX };
  const info = { version: 'test', gateways: [], channels: [] };
  const exchanger = createExchanger({ connections: 10, env: {} });
  return {
    logger,
    fault,
    processId: 'test',
    now,
    random: Math.random,
    config: new CurrentConfig(config),
    redis,
    bull,
    identity: await loadIdentity(redis, () => logger.error('Redis was emptied')),
    records: createRecords(redis),
    fleet: createFleetStore(redis),
    incidents: createIncidentStore(redis),
    outbox: createOutbox(redis),
    rateLimits: createRateLimits(redis),
    processes: createProcesses(redis),
    silences: createSilenceStore(redis),
    alertsHttp: createHttpClient({}),
    lease: createLease(redis, 6_000),
    checkQueues: new CheckQueues(bull, onError),
    notifyQueues: new NotifyQueues(bull, onError),
    exchanger,
    prober: createProber(exchanger),
    secrets: createSecretResolver({ now, lookUp: (reference) => resolveReference(reference, {}) }),
    metrics: createProcessMetrics(registry, info, async () => []),
  };
}
