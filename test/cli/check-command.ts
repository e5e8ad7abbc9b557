import { Writable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach } from '@jest/globals';
import { CHANNEL_TYPES } from '../../src/alerts/drivers.ts';
import { check } from '../../src/cli/check.ts';
import { type ConfigFolder, makeConfigFolder } from '../helpers/config-file.ts';

const folders: ConfigFolder[] = [];

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => folder.remove()));
});

/** The secrets of the simulator's cast, which no output may ever hold. */
export const ENV = {
  ACME: 'acme-secret',
  GLOBEX: 'globex-secret',
  INITECH: 'initech-secret',
};

/** A connection of the cast at a gateway; its client id is its own name. */
export function entry(id: string, baseUrl: string, more: object = {}): object {
  return { id, baseUrl, clientId: id, clientSecret: { env: id.toUpperCase() }, ...more };
}

export async function configOf(connections: readonly object[], more: object = {}): Promise<ConfigFolder> {
  const folder = await makeConfigFolder({ version: 1, connections, ...more });
  folders.push(folder);
  return folder;
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** Every wait longer than a pace, in milliseconds: between a refusal and the second question. */
  readonly waits: readonly number[];
}

export interface RunOptions {
  readonly ids?: readonly string[];
  readonly json?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Makes both streams terminals. */
  readonly terminal?: boolean;
  /** Called with whatever is written to stderr, and with what interrupts the run. */
  readonly onStderr?: (text: string, interrupt: () => void) => void;
  /** Called instead of waiting before a rejected connection is asked again; by default that time passes at once. */
  readonly onWait?: (signal: AbortSignal) => void | Promise<void>;
}

/** Runs the command in this process, on streams in memory. */
export async function runCheck(config: { readonly path: string }, options: RunOptions = {}): Promise<Ran> {
  const out = memory(options.terminal ?? false);
  let interrupt = () => {};
  const err = memory(options.terminal ?? false, (text) => options.onStderr?.(text, interrupt));
  const waits: number[] = [];
  const code = await check(
    options.ids ?? [],
    { config: config.path, json: options.json ?? false },
    {
      stdout: out.stream,
      stderr: err.stream,
      env: options.env ?? ENV,
      version: '0.0.0',
      channelTypes: CHANNEL_TYPES,
      setExitCode: () => {
        throw new Error('The exit code is given back, not set.');
      },
      onReaderGone: () => undefined,
      defaultConfigPath: () => config.path,
    },
    {
      now: Date.now,
      elapsed: () => performance.now(),
      delay: async (ms, signal) => {
        if (ms <= 1_000) {
          await wait(ms, undefined, { signal });
          return;
        }
        waits.push(ms);
        await options.onWait?.(signal);
      },
      onInterrupt: (callback) => {
        interrupt = callback;
        return () => {
          interrupt = () => {};
        };
      },
    },
  );
  return { code, out: out.text(), err: err.text(), waits };
}

/** One line of the text that a person would read without its line breaks. */
export function unwrapped(text: string): string {
  return text.replace(/\s+/g, ' ');
}

export function memory(
  terminal: boolean,
  onWrite: (text: string) => void = () => {},
): { readonly stream: Writable; text(): string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk);
      onWrite(chunk.toString('utf8'));
      done();
    },
  });
  if (terminal) Object.assign(stream, { isTTY: true, columns: 80 });
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') };
}
