import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../bin/mimecast-monitor', import.meta.url));

/** One line of the monitor's JSON log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg: string };

export interface MonitorProcess {
  readonly pid: number;
  readonly url: string;
  /** All that was logged so far. */
  readonly lines: readonly LogLine[];
  /** Everything written to stdout and stderr, as it came. */
  output(): string;
  /** Resolves with the first line, already written or still to come, that fits. Rejects when the process ends first. */
  waitFor(fits: (line: LogLine) => boolean): Promise<LogLine>;
  signal(signal: NodeJS.Signals): void;
  /** Resolves with the exit code, or the signal's name. */
  ended(): Promise<number | string>;
  /** Asks it to end and waits; kills it when it is already beyond asking. */
  stop(): Promise<number | string>;
}

/** One that may still be starting. */
export type StartingMonitor = Omit<MonitorProcess, 'url'>;

/**
 * Starts the built program as a user would and waits until it runs. `spawned` is told at once, so that a test that
 * gives up meanwhile can end it. `through` is a command that becomes the program it is given (`exec`), in another
 * namespace, say.
 */
export async function startMonitor(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  spawned: (monitor: StartingMonitor) => void = () => undefined,
  through: readonly string[] = [],
): Promise<MonitorProcess> {
  const [program = process.execPath, ...rest] = [...through, process.execPath, BIN, 'start', ...args];
  const child = spawn(program, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...cleanEnv(), ...env },
  });
  const monitor = watch(child);
  spawned(monitor);
  const running = await monitor.waitFor(({ msg }) => msg === 'the monitor runs');
  return { ...monitor, url: String(running['url']) };
}

export interface Ran {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built program to its end; `input` is what stands on its standard input. */
export async function runMonitor(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = '',
  through: readonly string[] = [],
): Promise<Ran> {
  const [program = process.execPath, ...before] = [...through, process.execPath];
  const child = spawn(program, [...before, BIN, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...cleanEnv(), ...env },
  });
  // A program that reads nothing may have ended before all of it was written.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code: code ?? signal ?? 'unknown', stdout, stderr };
}

/** This machine's settings must not steer the program under test. */
function cleanEnv(): Record<string, string> {
  const { PATH = '', HOME = '', TMPDIR } = process.env;
  return { PATH, HOME, NO_COLOR: '1', ...(TMPDIR !== undefined && { TMPDIR }) };
}

function watch(child: ChildProcess): StartingMonitor {
  const lines: LogLine[] = [];
  const waiting = new Set<{
    fits: (line: LogLine) => boolean;
    done: (line: LogLine) => void;
    lost: () => void;
  }>();
  let output = '';
  let result: number | string | null = null;
  const closed = once(child, 'close').then(([code, signal]: unknown[]) => {
    result = (code ?? signal ?? 'unknown') as number | string;
    for (const one of waiting) one.lost();
    waiting.clear();
    return result;
  });
  child.stderr?.on('data', (chunk) => {
    output += chunk;
  });
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (text) => {
      output += `${text}\n`;
      const line = parse(text);
      lines.push(line);
      for (const one of [...waiting]) {
        if (!one.fits(line)) continue;
        waiting.delete(one);
        one.done(line);
      }
    });
  }
  const signal = (name: NodeJS.Signals) => {
    if (result === null) child.kill(name);
  };
  return {
    pid: child.pid ?? -1,
    lines,
    output: () => output,
    waitFor: (fits) => {
      const known = lines.find(fits);
      if (known) return Promise.resolve(known);
      return new Promise((resolve, reject) => {
        const lost = () =>
          reject(new Error(`The monitor ended (${result}) before the awaited line:\n${output}`));
        if (result !== null) lost();
        else waiting.add({ fits, done: resolve, lost });
      });
    },
    signal,
    ended: () => closed,
    async stop() {
      signal('SIGTERM');
      return closed;
    },
  };
}

function parse(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return { msg: text };
  }
}
