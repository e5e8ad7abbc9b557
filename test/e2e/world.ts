import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { request } from 'undici';
import {
  type LogLine,
  type MonitorProcess,
  type StartingMonitor,
  startMonitor,
} from '../helpers/monitor-process.ts';
import { parseMetrics, type Sample } from '../helpers/text-format.ts';

/** Short enough that a whole story fits into seconds; 5 s is the shortest interval there is. */
export const QUICK_CHECKS = { interval: '5s', timeout: '2s', confirmations: 2, confirmDelay: '500ms' };

/** What a test started, to be ended in reverse order whatever became of the test. */
export class Cleanup {
  readonly #steps: (() => unknown)[] = [];

  /** Hands the thing back, so that it can be started and noted in one line. */
  add<T>(thing: T, end: (thing: T) => unknown): T {
    this.#steps.push(() => end(thing));
    return thing;
  }

  /** Starts the built program; it is killed at the end of the test when it still runs. */
  async start(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    through: readonly string[] = [],
  ): Promise<MonitorProcess> {
    const spawned = (monitor: StartingMonitor) => void this.add(monitor, kill);
    return await startMonitor(['--listen', '127.0.0.1:0', ...args], env, spawned, through);
  }

  async run(): Promise<void> {
    for (const step of this.#steps.splice(0).reverse()) await step();
  }
}

/** Ends a monitor the hard way, and what it may have left running. */
export async function kill(monitor: StartingMonitor): Promise<void> {
  const children = processes().filter(({ parent }) => parent === monitor.pid);
  monitor.signal('SIGKILL');
  await monitor.ended();
  for (const { pid } of children) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended with its parent.
    }
    await eventually(`process ${pid} has ended`, () => !isAlive(pid));
  }
}

/** Looks again and again until there is something to see. Rejects after 50 s, less than a test may take. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | null | undefined | false> | T | null | undefined | false,
): Promise<T> {
  const deadline = performance.now() + 50_000;
  for (;;) {
    const seen = await look();
    if (seen !== null && seen !== undefined && seen !== false) return seen;
    if (performance.now() > deadline) throw new Error(`It did not come about: ${what}`);
    await pause(50);
  }
}

/** The first fitting line that is not among the first `from`. */
export function lineAfter(
  monitor: MonitorProcess,
  from: number,
  fits: (line: LogLine) => boolean,
): Promise<LogLine> {
  return monitor.waitFor((line) => fits(line) && monitor.lines.indexOf(line) >= from);
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export async function ask(
  monitor: Pick<MonitorProcess, 'url'>,
  path: string,
  options: { method?: 'GET' | 'POST'; token?: string } = {},
): Promise<Answer> {
  const { method = 'GET', token } = options;
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  // Every request its own connection: nothing is left open when the test ends.
  const answer = await request(new URL(path, monitor.url), { method, headers, reset: true });
  return { status: answer.statusCode, text: await answer.body.text() };
}

/** A connection as the API shows it. */
export interface Shown {
  readonly id: string;
  readonly gateway: string;
  readonly state: string;
  readonly since: string;
  readonly lastCheckAt: string | null;
  readonly lastVerdict: string | null;
  readonly lastSuccessAt: string | null;
}

export async function connections(monitor: MonitorProcess, token?: string): Promise<readonly Shown[]> {
  const { text } = await ask(monitor, '/api/v1/connections', token === undefined ? {} : { token });
  return (JSON.parse(text) as { connections: Shown[] }).connections;
}

export async function shown(monitor: MonitorProcess, id: string): Promise<Shown> {
  const found = (await connections(monitor)).find((one) => one.id === id);
  if (!found) throw new Error(`${id} is not among the connections`);
  return found;
}

/** Resolves when the schedules fit the config. */
export async function ready(monitor: MonitorProcess): Promise<void> {
  await eventually('the monitor is ready', async () => (await ask(monitor, '/readyz')).status === 200);
}

/** Asks for a check, as a person would with the API. */
export async function checkNow(monitor: MonitorProcess, id: string): Promise<void> {
  const { status, text } = await ask(monitor, `/api/v1/connections/${id}/check`, { method: 'POST' });
  if (status !== 202) throw new Error(`The check of ${id} was refused: ${text}`);
}

/** Resolves when the connection is in this state, checking it at once rather than when its turn comes. */
export async function becomes(monitor: MonitorProcess, id: string, state: string): Promise<Shown> {
  await checkNow(monitor, id);
  return eventually(`${id} is ${state}`, async () => {
    const now = await shown(monitor, id);
    return now.state === state && now;
  });
}

export async function samples(monitor: MonitorProcess): Promise<readonly Sample[]> {
  return parseMetrics((await ask(monitor, '/metrics')).text);
}

/** The value of the one series of this name that has these labels among its own; undefined when there is none. */
export function sampleOf(
  all: readonly Sample[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const fitting = all.filter(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  );
  if (fitting.length > 1) throw new Error(`${name} has ${fitting.length} such series`);
  return fitting[0]?.value;
}

export interface RunningProcess {
  readonly pid: number;
  readonly parent: number;
  /** All arguments, as anybody on the machine can read them. */
  readonly command: string;
  readonly folder: string;
}

/** Every process of this machine that may be looked at. */
export function processes(): readonly RunningProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const [state = '', parent = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        if (state === 'Z') return [];
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return [
          { pid: Number(pid), parent: Number(parent), command, folder: readlinkSync(`/proc/${pid}/cwd`) },
        ];
      } catch {
        // It ended while it was looked at, or belongs to the kernel or another user.
        return [];
      }
    });
}

export function isAlive(pid: number): boolean {
  return processes().some((one) => one.pid === pid);
}

/** The Redis server a monitor runs for itself. */
export function serverOf(monitor: MonitorProcess): number {
  const server = processes().find(
    ({ parent, command }) => parent === monitor.pid && command.includes('redis'),
  );
  if (!server) throw new Error('The monitor has no Redis server of its own');
  return server.pid;
}
