import { parentPort, workerData } from 'node:worker_threads';
import { ConfigError } from './config-error.ts';
import { loadConfig } from './load.ts';
import { packConnections, packSettings, type ThreadInput, type ThreadMessage } from './thread-message.ts';

/** The entry of the thread that `loadConfigInThread` starts: loads once, answers slice by slice, ends. */

/** Taking over this many connections costs the main thread a few milliseconds. */
const SLICE = 1_000;
/** Whoever is writing a file has gone on by then. What is put in force must not be half of what is meant. */
const QUIET_MS = 250;

// The YAML parser looks into the environment at every token, and the one Node provides is slow: a plain copy is a
// fifth faster over all. It is this thread's own and nothing else runs here.
process.env = { ...process.env };

const port = parentPort;
if (port === null) throw new Error('load-thread is started by loadConfigInThread, as a thread.');

const answers = answer(workerData as ThreadInput);
port.on('message', () => void next());

async function next(): Promise<void> {
  const { value, done } = await answers.next();
  if (value !== undefined) port?.postMessage(value);
  if (done === true) port?.close();
}

async function* answer(input: ThreadInput): AsyncGenerator<ThreadMessage, ThreadMessage> {
  try {
    const { connections, ...settings } = await loadConfig(input.path, {
      ...input,
      settling: { quietMs: QUIET_MS, now: Date.now },
    });
    yield { kind: 'settings', settings: packSettings(settings) };
    let start = 0;
    for (; start + SLICE < connections.length; start += SLICE) {
      yield {
        kind: 'connections',
        slice: packConnections(connections.slice(start, start + SLICE)),
        last: false,
      };
    }
    return { kind: 'connections', slice: packConnections(connections.slice(start)), last: true };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { code, issues, watched } = error;
    return { kind: 'error', code, issues, watched };
  }
}
