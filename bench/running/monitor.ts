import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { request } from 'undici';
import { type Child, type Endings, HEAP_ENV, HEAP_FLAGS, startChild } from './children.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/mimecast-monitor', import.meta.url));
const PROBE = pathToFileURL(fileURLToPath(new URL('../probe-loop.mjs', import.meta.url))).href;

export type Line = Readonly<Record<string, unknown>> & { readonly msg: string };

export interface Scrape {
  readonly text: string;
  readonly bytes: number;
  /** From the request to the last byte, by the client. */
  readonly ms: number;
}

/** The built program, in a process of its own. */
export interface Monitor {
  readonly child: Child;
  readonly pid: number;
  /** When it was spawned, epoch milliseconds. */
  readonly spawnedAt: number;
  /** Its address is known when it serves, which is not yet when it is ready. */
  readonly serves: Promise<string>;
  /** Resolves with the next line of the log with this message that fits. */
  next(message: string, fits?: (line: Line) => boolean): Promise<Line>;
  /** Resolves when /readyz says that all is scheduled, with epoch milliseconds. */
  ready(): Promise<number>;
  /** The series of the process, which stand first; the rest is not waited for, so that looking disturbs less. */
  processMetrics(): Promise<string>;
  /** Those and the fleet's, without any of a connection. */
  fleetMetrics(): Promise<string>;
  scrape(encoding: 'identity' | 'gzip'): Promise<Scrape>;
  /** From the request to the answer, ms. */
  reload(): Promise<number>;
  /** Measures the event loop from now on. */
  watchLoop(): Promise<unknown>;
  /** The longest block since `watchLoop`, ms. */
  longestBlock(): Promise<number>;
  pause(): void;
  resume(): void;
}

export interface StartOptions {
  readonly config: string;
  readonly redisUrl: string;
  readonly role?: 'all' | 'worker';
}

const PATIENCE_MS = 180_000;
/** Node's own series are the last of the process. */
const END_OF_PROCESS_SERIES = '\nnodejs_version_info{';
const FIRST_CONNECTION_SERIES = '\n# HELP mimecast_credential_';

/** Starts the program as `npm start` does, with a port of its own and the bench's Redis. */
export function startMonitor({ config, redisUrl, role = 'all' }: StartOptions, endings: Endings): Monitor {
  const flags = ['start', '--config', config, '--role', role, '--listen', '127.0.0.1:0'];
  const env = { ...process.env, ...HEAP_ENV, REDIS_URL: redisUrl, NODE_OPTIONS: `--import=${PROBE}` };
  const spawnedAt = Date.now();
  const child = startChild(process.execPath, [...HEAP_FLAGS, PROGRAM, ...flags], endings, {
    env,
    channel: true,
  });
  const next = lineReader(child);
  const serves = next('the monitor runs').then(({ url }) => String(url));
  // Whoever waits for it is told; until somebody does, its end must not be that of the bench.
  serves.catch(() => undefined);
  const scrape = async (encoding: 'identity' | 'gzip'): Promise<Scrape> => {
    const url = await serves;
    const begun = performance.now();
    const { body } = await request(`${url}/metrics`, { headers: { 'accept-encoding': encoding } });
    const bytes = Buffer.from(await body.arrayBuffer());
    const ms = performance.now() - begun;
    return { text: String(encoding === 'gzip' ? gunzipSync(bytes) : bytes), bytes: bytes.length, ms };
  };
  return {
    child,
    pid: child.pid,
    spawnedAt,
    serves,
    next,
    ready: async () => untilReady(await serves),
    processMetrics: async () => readUpTo(END_OF_PROCESS_SERIES, await serves),
    fleetMetrics: async () => readUpTo(FIRST_CONNECTION_SERIES, await serves),
    scrape,
    reload: async () => reload(await serves),
    watchLoop: () => child.ask('watch'),
    longestBlock: () => child.ask<number>('longest'),
    pause: () => child.process.kill('SIGSTOP'),
    resume: () => child.process.kill('SIGCONT'),
  };
}

/** Lines that nobody waits for are not parsed: a fleet that starts writes one for each connection. */
function lineReader(child: Child): Monitor['next'] {
  const { process: started } = child;
  if (started.stdout === null) throw new Error('The monitor has no output');
  const waiting = new Set<(text: string) => void>();
  createInterface({ input: started.stdout }).on('line', (text) => {
    for (const hear of waiting) hear(text);
  });
  const ended = once(started, 'exit');
  return (message, fits = () => true) =>
    new Promise((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`The monitor ${why} before it said: ${message}`));
      const timer = setTimeout(() => fail('took too long'), PATIENCE_MS);
      const hear = (text: string) => {
        if (!text.includes(message)) return;
        const line = JSON.parse(text) as Line;
        if (!fits(line)) return;
        waiting.delete(hear);
        clearTimeout(timer);
        resolve(line);
      };
      waiting.add(hear);
      void ended.then(() => fail('ended'));
    });
}

async function untilReady(url: string): Promise<number> {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const { statusCode, body } = await request(`${url}/readyz`);
    await body.dump();
    if (statusCode === 200) return Date.now();
    await delay(50);
  }
  throw new Error('The monitor was not ready in time');
}

async function readUpTo(mark: string, url: string): Promise<string> {
  const { body } = await request(`${url}/metrics`);
  let text = '';
  for await (const piece of body) {
    text += String(piece);
    // Leaving the loop closes the connection.
    if (text.includes(mark)) break;
  }
  return text;
}

async function reload(url: string): Promise<number> {
  const begun = performance.now();
  const { statusCode, body } = await request(`${url}/api/v1/reload`, { method: 'POST' });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`The reload was refused: ${text}`);
  return performance.now() - begun;
}
