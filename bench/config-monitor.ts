import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';

export const PROGRAM = fileURLToPath(new URL('../bin/mimecast-monitor', import.meta.url));
/** As `npm start` runs the monitor. */
const HEAP_FLAGS = ['--max-semi-space-size=32'];

type Line = Readonly<Record<string, unknown>> & { readonly msg: string };

/** How the checks of a stretch of time went, from the monitor's own metrics. */
export interface Stretch {
  readonly checks: number;
  /** The upper bound of the histogram's bucket that holds the latest one. */
  readonly latestS: number;
  readonly longestBlockMs: number;
}

export interface RunningMonitor {
  /** Resolves with the next line of the log that fits. */
  next(fits: (line: Line) => boolean): Promise<Line>;
  reload(): Promise<void>;
  healthy(): Promise<number>;
  /** Measures from now on, until the function it gives is called. */
  stretch(): Promise<() => Promise<Stretch>>;
  stop(): Promise<void>;
}

/** Starts the built program with a Redis server of its own. */
export async function startMonitor(config: string): Promise<RunningMonitor> {
  const args = [...HEAP_FLAGS, PROGRAM, 'start', '--config', config, '--listen', '127.0.0.1:0'];
  const { REDIS_URL: _, ...env } = process.env;
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env });
  const waiting = new Set<(line: Line) => void>();
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as Line;
    for (const hear of waiting) hear(line);
  });
  const ended = once(child, 'exit');
  const next = (fits: (line: Line) => boolean) =>
    new Promise<Line>((resolve, reject) => {
      const hear = (line: Line) => {
        if (!fits(line)) return;
        waiting.delete(hear);
        resolve(line);
      };
      waiting.add(hear);
      void ended.then(() => reject(new Error('The monitor ended too early')));
    });
  const url = String((await next(({ msg }) => msg === 'the monitor runs'))['url']);
  const scrape = async () => (await request(`${url}/metrics`)).body.text();
  return {
    next,
    async reload() {
      const { statusCode, body } = await request(`${url}/api/v1/reload`, { method: 'POST' });
      if (statusCode !== 200) throw new Error(`The reload was refused: ${await body.text()}`);
      await body.dump();
    },
    healthy: async () => numberIn(await scrape(), /^mimecast_connections\{state="healthy"\} (\S+)/m),
    async stretch() {
      const before = latenessIn(await scrape());
      return async () => {
        const text = await scrape();
        return {
          ...latest(before, latenessIn(text)),
          // It starts anew with every scrape.
          longestBlockMs: numberIn(text, /^nodejs_eventloop_lag_max_seconds (\S+)/m) * 1_000,
        };
      };
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Upper bound in seconds → how many checks were at most that late. */
function latenessIn(text: string): ReadonlyMap<number, number> {
  const buckets = text.matchAll(/^mimecast_check_lateness_seconds_bucket\{[^}]*le="([^"]+)"[^}]*\} (\S+)/gm);
  return new Map(
    [...buckets].map(([, bound, count]) => [
      bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound),
      Number(count),
    ]),
  );
}

function latest(
  before: ReadonlyMap<number, number>,
  after: ReadonlyMap<number, number>,
): Pick<Stretch, 'checks' | 'latestS'> {
  const since = (bound: number) => (after.get(bound) ?? 0) - (before.get(bound) ?? 0);
  const checks = since(Number.POSITIVE_INFINITY);
  const bounds = [...after.keys()].toSorted((a, b) => a - b);
  return { checks, latestS: bounds.find((bound) => since(bound) === checks) ?? Number.NaN };
}

function numberIn(text: string, pattern: RegExp): number {
  return Number(pattern.exec(text)?.[1] ?? Number.NaN);
}
