import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { Pool, request } from 'undici';
import { startApp } from '../src/app.ts';
import type { Config } from '../src/config/config.ts';
import type { Connection } from '../src/domain/connection.ts';
import { Secret } from '../src/domain/secret.ts';
import { tokenRequest } from '../src/mimecast/token-request.ts';
import { startEmbeddedRedis } from '../src/redis/embedded.ts';

/** One run on one machine: medians of five windows each, with the token server in its own process. */
const WINDOWS = 5;
const WINDOW_MS = 4_000;
const LOOP_SOCKETS = 50;
/** More checks than can be made: the pipeline is measured at its limit, with the default concurrency. */
const CONNECTIONS = 10_000;
const INTERVAL_MS = 1_000;
const CONCURRENCY = 50;

const server = await startTokenServer();
try {
  const loop = await measureLoop(server.origin);
  const pipeline = await measurePipeline(server.origin);
  const perSecond = (value: number) => `${Math.round(value).toLocaleString('en')}/s`;
  const lines = [
    `machine: ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}, Redis ${pipeline.redisVersion}`,
    `(a) bare undici loop:  ${perSecond(loop)} exchanges`,
    `(b) whole pipeline:    ${perSecond(pipeline.checks)} checks (scheduler job → exchange → classify → saved record → metrics)`,
    `    b/a:               ${(pipeline.checks / loop).toFixed(3)}`,
    `(c) CPU a 1,000 checks: Node ${pipeline.nodeCpu.toFixed(3)} s, Redis ${pipeline.redisCpu.toFixed(3)} s`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
} finally {
  server.child.stdin?.end();
}

async function startTokenServer(): Promise<{ child: ChildProcess; origin: string }> {
  const program = fileURLToPath(new URL('./token-server.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [port] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { child, origin: `http://127.0.0.1:${port}` };
}

async function measureLoop(origin: string): Promise<number> {
  const pool = new Pool(origin, { connections: LOOP_SOCKETS, pipelining: 1 });
  const exchange = tokenRequest(new Secret('bench-client'), new Secret('bench-secret'));
  let done = 0;
  let going = true;
  const loops = Array.from({ length: LOOP_SOCKETS }, async () => {
    while (going) {
      const { body } = await pool.request(exchange);
      await body.json();
      done += 1;
    }
  });
  await delay(1_000);
  const rates = await windows(() => done, WINDOWS);
  going = false;
  await Promise.all(loops);
  await pool.close();
  return median(rates.map(({ rate }) => rate));
}

async function measurePipeline(origin: string) {
  const dataDir = await mkdtemp(join(tmpdir(), 'mcm-bench-'));
  const logger = pino({ level: 'error' });
  const redis = await startEmbeddedRedis({ dataDir, logger, env: process.env });
  const client = new Redis({ path: redis.socketPath });
  const config = benchConfig(origin, dataDir);
  const app = await startApp({
    config,
    load: () => Promise.resolve(config),
    role: 'all',
    listen: config.http,
    allowRemovals: false,
    version: 'bench',
    logger,
    env: { ...process.env, REDIS_URL: `unix://${redis.socketPath}` },
    now: Date.now,
    random: Math.random,
  });
  try {
    await untilAllChecked(app.url);
    const checks = async () => (await scrape(app.url)).checks;
    const results: { rate: number; node: number; redis: number }[] = [];
    for (let index = 0; index < WINDOWS; index++) {
      const before = {
        checks: await checks(),
        node: nodeCpu(),
        redis: await redisCpu(client),
        at: performance.now(),
      };
      await delay(WINDOW_MS);
      const after = {
        checks: await checks(),
        node: nodeCpu(),
        redis: await redisCpu(client),
        at: performance.now(),
      };
      const made = after.checks - before.checks;
      const thousands = made / 1_000;
      results.push({
        rate: made / ((after.at - before.at) / 1_000),
        node: (after.node - before.node) / thousands,
        redis: (after.redis - before.redis) / thousands,
      });
    }
    const info = await client.info('server');
    return {
      checks: median(results.map(({ rate }) => rate)),
      nodeCpu: median(results.map(({ node }) => node)),
      redisCpu: median(results.map(({ redis: cpu }) => cpu)),
      redisVersion: /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown',
    };
  } finally {
    await app.stop();
    client.disconnect();
    await redis.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function untilAllChecked(url: string): Promise<void> {
  const deadline = performance.now() + 120_000;
  while (performance.now() < deadline) {
    const { checks, healthy } = await scrape(url);
    if (healthy === CONNECTIONS && checks > CONNECTIONS) return;
    await delay(500);
  }
  throw new Error('The fleet was not checked once within two minutes');
}

async function scrape(url: string): Promise<{ checks: number; healthy: number }> {
  const { body } = await request(`${url}/metrics`);
  const text = await body.text();
  const number = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? 0);
  return {
    checks: number(/^mimecast_checks_total\{[^}]*verdict="valid"[^}]*\} (\d+)/m),
    healthy: number(/^mimecast_connections\{state="healthy"\} (\d+)/m),
  };
}

async function windows(count: () => number, times: number): Promise<{ rate: number }[]> {
  const rates: { rate: number }[] = [];
  for (let index = 0; index < times; index++) {
    const before = { count: count(), at: performance.now() };
    await delay(WINDOW_MS);
    rates.push({ rate: (count() - before.count) / ((performance.now() - before.at) / 1_000) });
  }
  return rates;
}

function nodeCpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function redisCpu(client: Redis): Promise<number> {
  const info = await client.info('cpu');
  const seconds = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1] ?? 0);
  return seconds('used_cpu_user') + seconds('used_cpu_sys');
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function benchConfig(gateway: string, dataDir: string): Config {
  const connections = Array.from(
    { length: CONNECTIONS },
    (_, index): Connection => ({
      id: `acme-${index}`,
      tenant: `Tenant ${index}`,
      gateway,
      clientId: { kind: 'literal', value: new Secret(`client-${index}`) },
      clientSecret: { kind: 'literal', value: new Secret(`secret-${index}`) },
      intervalMs: INTERVAL_MS,
      timeoutMs: 900,
      confirmations: 3,
      secretExpiresAt: null,
      labels: {},
      channels: null,
      enabled: true,
    }),
  );
  return {
    path: join(dataDir, 'bench.yaml'),
    watched: [],
    hash: '0'.repeat(64),
    checks: {
      confirmDelayMs: 15_000,
      unverifiableAfterMs: 1_800_000,
      concurrency: CONCURRENCY,
      maxPerSecond: 1_000_000,
      codes: { rejected: [], forbidden: [], expired: [] },
    },
    expiry: { warnBeforeMs: [] },
    alerts: { reminderEveryMs: 86_400_000, channels: [], routes: [] },
    redisUrl: null,
    dataDir,
    http: { host: '127.0.0.1', port: 0, token: null, allowUnauthenticated: false, tls: null },
    connections,
    warnings: [],
  };
}
