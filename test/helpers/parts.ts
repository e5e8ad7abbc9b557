import { EventEmitter, on } from 'node:events';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { CHANNEL_TYPES } from '../../src/alerts/drivers.ts';
import { assemble, createSecrets } from '../../src/app/assemble.ts';
import type { Parts } from '../../src/app/parts.ts';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
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
  const surroundings = { logger, env: {}, now: Date.now, random: Math.random, version: 'test' };
  const secrets = createSecrets(surroundings);
  const made = await assemble({ ...surroundings, config, client: server.client(), registry, secrets });
  const parts = { ...made, ...more };
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
      const { checkQueues, notifyQueues, exchanger, alertsHttp } = parts;
      await Promise.all([checkQueues, notifyQueues, exchanger, alertsHttp].map((part) => part.close()));
    },
  };
}
