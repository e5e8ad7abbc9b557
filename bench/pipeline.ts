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
import { Secret } from '../src/domain/secret.ts';
import { tokenRequest } from '../src/mimecast/token-request.ts';
import { startEmbeddedRedis } from '../src/redis/embedded.ts';

/**
 * How fast the pipeline is, against a bare loop of the same exchanges. Both are measured turn by turn, and the ratio is
 * that of each turn: on a machine that is shared with others, a quiet minute for the one and a busy one for the other
 * would say nothing. Token server, Redis and monitor are processes of their own.
 */
const ROUNDS = 5;
const LOOP_MS = 3_000;
const PIPELINE_MS = 8_000;
/** Caches, sockets and the backlog of the pause settle before anything is counted. */
const SETTLE_MS = 1_000;
const LOOP_SOCKETS = 50;
/** More checks than can be made: the pipeline is measured at its limit, with the default concurrency. */
const CONNECTIONS = 10_000;
const INTERVAL_MS = 1_000;
const CONCURRENCY = 50;
/** As `npm start` runs the monitor. */
const HEAP_FLAGS = ['--max-semi-space-size=32'];

interface Round {
  readonly loop: number;
  readonly pipeline: number;
  /** CPU seconds for 1,000 checks. */
  readonly node: number;
  readonly redis: number;
}

const dataDir = await mkdtemp(join(tmpdir(), 'mcm-bench-'));
const redis = await startEmbeddedRedis({ dataDir, logger: pino({ level: 'error' }), env: process.env });
const client = new Redis({ path: redis.socketPath });
const server = await startProgram('token-server.ts');
const gateway = `http://127.0.0.1:${server.line}`;
const monitor = await startProgram(
  'monitor.ts',
  ...[gateway, redis.socketPath, CONNECTIONS, INTERVAL_MS, CONCURRENCY].map(String),
);
try {
  await untilAllChecked(monitor.line);
  const rounds: Round[] = [];
  for (let index = 0; index < ROUNDS; index++) rounds.push(await measureRound());
  report(rounds, /redis_version:(\S+)/.exec(await client.info('server'))?.[1] ?? 'unknown');
} finally {
  await end(monitor.child);
  await end(server.child);
  client.disconnect();
  await redis.stop();
  await rm(dataDir, { recursive: true, force: true });
}

/** Starts a program of this folder; resolves with the first line that it prints. */
async function startProgram(name: string, ...args: string[]): Promise<{ child: ChildProcess; line: string }> {
  const program = fileURLToPath(new URL(`./${name}`, import.meta.url));
  const options = [...HEAP_FLAGS, '--import', 'tsx', program, ...args];
  const child = spawn(process.execPath, options, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { child, line };
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGCONT');
  child.stdin?.end();
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

async function measureRound(): Promise<Round> {
  // Not longer than its lease lasts: it goes on as if nothing had been.
  monitor.child.kill('SIGSTOP');
  const loop = await measureLoop();
  monitor.child.kill('SIGCONT');
  await delay(SETTLE_MS);
  const before = await look();
  await delay(PIPELINE_MS);
  const after = await look();
  const thousands = (after.checks - before.checks) / 1_000;
  return {
    loop,
    pipeline: (after.checks - before.checks) / ((after.at - before.at) / 1_000),
    node: (after.node - before.node) / thousands,
    redis: (after.redis - before.redis) / thousands,
  };
}

async function measureLoop(): Promise<number> {
  const pool = new Pool(gateway, { connections: LOOP_SOCKETS, pipelining: 1 });
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
  await delay(SETTLE_MS);
  const before = { done, at: performance.now() };
  await delay(LOOP_MS);
  const rate = (done - before.done) / ((performance.now() - before.at) / 1_000);
  going = false;
  await Promise.all(loops);
  await pool.close();
  return rate;
}

async function look() {
  const [seen, cpu] = await Promise.all([scrape(monitor.line), client.info('cpu')]);
  const seconds = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(cpu)?.[1] ?? 0);
  const at = performance.now();
  return {
    checks: seen.checks,
    node: seen.cpu,
    redis: seconds('used_cpu_user') + seconds('used_cpu_sys'),
    at,
  };
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

async function scrape(url: string): Promise<{ checks: number; healthy: number; cpu: number }> {
  const { body } = await request(`${url}/metrics`);
  const text = await body.text();
  const number = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? Number.NaN);
  return {
    checks: number(/^mimecast_checks_total\{[^}]*verdict="valid"[^}]*\} (\S+)/m),
    healthy: number(/^mimecast_connections\{state="healthy"\} (\S+)/m),
    cpu: number(/^process_cpu_seconds_total (\S+)/m),
  };
}

function report(rounds: readonly Round[], redisVersion: string): void {
  const perSecond = (value: number) => `${Math.round(value).toLocaleString('en')}/s`;
  const middle = (of: (round: Round) => number) => median(rounds.map(of));
  const ratio = (round: Round) => round.pipeline / round.loop;
  const lines = [
    `machine: ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.version}, Redis ${redisVersion}`,
    ...rounds.map(
      (round, index) =>
        `round ${index + 1}: loop ${perSecond(round.loop)}, pipeline ${perSecond(round.pipeline)}, ratio ${ratio(round).toFixed(3)}`,
    ),
    `(a) bare undici loop:  ${perSecond(middle((round) => round.loop))} exchanges`,
    `(b) whole pipeline:    ${perSecond(middle((round) => round.pipeline))} checks (scheduler job → exchange → classify → saved record → metrics)`,
    `    b/a:               ${middle(ratio).toFixed(3)}`,
    `(c) CPU a 1,000 checks: Node ${middle((round) => round.node).toFixed(3)} s, Redis ${middle((round) => round.redis).toFixed(3)} s`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
