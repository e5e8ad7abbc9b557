import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Connection } from '../domain/connection.ts';
import { withoutCopies } from '../domain/fleet-difference.ts';
import type { Config } from './config.ts';
import { ConfigError } from './config-error.ts';
import { errorCode } from './error-code.ts';
import { earlierOf } from './known-lines.ts';
import type { LoadOptions } from './load.ts';
import { showFile } from './place.ts';
import {
  createIntern,
  type Settings,
  type ThreadInput,
  type ThreadMessage,
  unpackConnections,
  unpackSettings,
} from './thread-message.ts';

/** The compiled entry beside this file: a thread is started from what is on disk, not from what was imported. */
const ENTRY = new URL('./load-thread.js', import.meta.url);

/** Nearly all that the thread makes lives until it ends: moving it from one young generation to the next gains nothing. */
const YOUNG_MB = 64;

export type ThreadOptions = Pick<LoadOptions, 'channelTypes' | 'cwd'>;

/** A good load, of which the next one needs to read only what has changed. */
interface Loaded {
  readonly connections: readonly Connection[];
  readonly digests: string;
}

/**
 * Gives a function that does what `loadConfig` does, in a thread of its own, so that a reload of thousands of connections
 * makes no running check late. Connections that are as the last load found them are the very objects that it gave, and
 * where they stand on lines of `*.ndjson` files those are not even read: a line more or less in a large fleet is a
 * matter of a moment. Throws ConfigError.
 */
export function createThreadLoader(path: string, options: ThreadOptions): () => Promise<Config> {
  const cwd = options.cwd ?? process.cwd();
  let last: Loaded = { connections: [], digests: '' };
  return async () => {
    const earlier = earlierOf(last.connections, last.digests);
    const workerData: ThreadInput = { path, cwd, channelTypes: options.channelTypes, earlier };
    const worker = new Worker(ENTRY, { workerData, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });
    try {
      const { config, digests } = await collect(worker, last.connections);
      last = { connections: config.connections, digests };
      return config;
    } catch (error) {
      throw errorCode(error) === 'ERR_WORKER_OUT_OF_MEMORY' ? tooLarge(resolve(cwd, path), cwd) : error;
    }
  };
}

interface Frame {
  readonly settings: Settings;
  readonly known: Int32Array;
  readonly digests: string;
}

function collect(
  worker: Worker,
  earlier: readonly Connection[],
): Promise<{ readonly config: Config; readonly digests: string }> {
  return new Promise((resolvePromise, reject) => {
    let frame: Frame | null = null;
    const fresh: Connection[] = [];
    const intern = createIntern();
    worker.on('error', reject);
    worker.on('exit', (code) => {
      // Nobody hears this after the last slice; before it, the thread ended too early.
      reject(new Error(`The thread that reads the config ended early, with exit code ${code}.`));
    });
    worker.on('message', (message: ThreadMessage) => {
      switch (message.kind) {
        case 'settings':
          frame = { ...message, settings: unpackSettings(message.settings) };
          break;
        case 'connections':
          for (const connection of unpackConnections(message.slice, intern)) fresh.push(connection);
          if (message.last && frame !== null) {
            const connections = inOrder(frame.known, earlier, withoutCopies(earlier, fresh));
            resolvePromise({ config: { ...frame.settings, connections }, digests: frame.digests });
          }
          break;
        case 'error':
          reject(new ConfigError(message.code, message.issues, message.watched));
          break;
        default:
          message satisfies never;
      }
      worker.postMessage('next');
    });
    worker.postMessage('next');
  });
}

function inOrder(
  known: Int32Array,
  earlier: readonly Connection[],
  fresh: readonly Connection[],
): readonly Connection[] {
  const rest = fresh.values();
  return Array.from(known, (position) => {
    const connection = earlier[position] ?? rest.next().value;
    if (connection === undefined) throw new Error('The thread sent fewer connections than it had read.');
    return connection;
  });
}

function tooLarge(file: string, cwd: string): ConfigError {
  const line = `${showFile(file, cwd)}:1:1: file: needs more memory than there is; move connections to included *.ndjson files`;
  // Without marks: what the watcher looks at already is all it needs.
  return new ConfigError('config_too_large', [line], new Map());
}
