import { resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Connection } from '../domain/connection.ts';
import type { Config } from './config.ts';
import { ConfigError } from './config-error.ts';
import { errorCode } from './error-code.ts';
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

/**
 * Does what `loadConfig` does in a thread of its own, so that a reload of thousands of connections makes no running
 * check late.
 *
 * @throws ConfigError
 */
export function loadConfigInThread(path: string, options: LoadOptions): Promise<Config> {
  const cwd = options.cwd ?? process.cwd();
  const workerData: ThreadInput = { path, cwd, channelTypes: options.channelTypes };
  const worker = new Worker(ENTRY, { workerData, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });
  return collect(worker).catch((error: unknown) => {
    throw errorCode(error) === 'ERR_WORKER_OUT_OF_MEMORY' ? tooLarge(resolve(cwd, path), cwd) : error;
  });
}

function collect(worker: Worker): Promise<Config> {
  return new Promise((resolvePromise, reject) => {
    let settings: Settings | null = null;
    const connections: Connection[] = [];
    const intern = createIntern();
    worker.on('error', reject);
    worker.on('exit', (code) => {
      // Nobody hears this after the last slice; before it, the thread ended too early.
      reject(new Error(`The thread that reads the config ended early, with exit code ${code}.`));
    });
    worker.on('message', (message: ThreadMessage) => {
      switch (message.kind) {
        case 'settings':
          settings = unpackSettings(message.settings);
          break;
        case 'connections':
          for (const connection of unpackConnections(message.slice, intern)) connections.push(connection);
          if (message.last && settings !== null) resolvePromise({ ...settings, connections });
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

function tooLarge(file: string, cwd: string): ConfigError {
  const line = `${showFile(file, cwd)}:1:1: file: needs more memory than there is; move connections to included *.ndjson files`;
  // Without marks: what the watcher looks at already is all it needs.
  return new ConfigError('config_too_large', [line], new Map());
}
