import { pino } from 'pino';
import { startApp } from '../src/app.ts';
import type { Config } from '../src/config/config.ts';
import type { Connection } from '../src/domain/connection.ts';
import { Secret } from '../src/domain/secret.ts';

/**
 * The monitor under measurement, in a process of its own: `monitor.ts GATEWAY REDIS_SOCKET CONNECTIONS INTERVAL_MS
 * CONCURRENCY`. A config file would not allow an interval this short. Prints where it listens, ends with its parent's pipe.
 */
const [gateway = '', socketPath = '', connections = '', intervalMs = '', concurrency = ''] =
  process.argv.slice(2);

const config: Config = {
  path: 'bench.yaml',
  watched: new Map(),
  hash: '0'.repeat(64),
  checks: {
    confirmDelayMs: 15_000,
    unverifiableAfterMs: 1_800_000,
    concurrency: Number(concurrency),
    maxPerSecond: 1_000_000,
    allowedHosts: [],
    codes: { rejected: [], forbidden: [], expired: [] },
  },
  expiry: { warnBeforeMs: [] },
  alerts: {
    reminderEveryMs: 86_400_000,
    massRejection: { atLeast: 10, share: 0.05 },
    channels: [],
    routes: [],
    defaultChannels: [],
    heartbeat: null,
  },
  redisUrl: null,
  dataDir: '.',
  secretsDir: './secrets.d',
  http: { host: '127.0.0.1', port: 0, token: null, allowUnauthenticated: false, tls: null },
  connections: Array.from({ length: Number(connections) }, (_, index) => connection(index)),
  warnings: [],
};

const app = await startApp({
  config,
  load: () => Promise.resolve(config),
  role: 'all',
  listen: config.http,
  allowRemovals: false,
  version: 'bench',
  logger: pino({ level: 'error' }),
  env: { ...process.env, REDIS_URL: `unix://${socketPath}` },
  now: Date.now,
  random: Math.random,
});
process.stdout.write(`${app.url}\n`);
process.stdin.on('end', () => void app.stop().then(() => process.exit(0))).resume();

function connection(index: number): Connection {
  return {
    id: `acme-${index}`,
    tenant: `Tenant ${index}`,
    gateway,
    clientId: { kind: 'literal', value: new Secret(`client-${index}`) },
    clientSecret: { kind: 'literal', value: new Secret(`secret-${index}`) },
    intervalMs: Number(intervalMs),
    timeoutMs: 900,
    confirmations: 3,
    secretExpiresAt: null,
    labels: {},
    channels: null,
    enabled: true,
  };
}
