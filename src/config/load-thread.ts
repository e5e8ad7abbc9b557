import { parentPort, workerData } from 'node:worker_threads';
import { type FoundConnection, isWhole } from './known-connection.ts';
import { rereadConfig } from './load.ts';
import {
  packConnections,
  packSettings,
  type ThreadInput,
  type ThreadMessage,
  UNKNOWN,
} from './thread-message.ts';

/** The entry of the thread that `createThreadLoader` starts: loads once, answers slice by slice, ends. */

/** Taking over this many connections costs the main thread a few milliseconds. */
const SLICE = 1_000;
/** Whoever is writing a file has gone on by then. What is put in force must not be half of what is meant. */
const QUIET_MS = 250;

// The YAML parser looks into the environment at every token, and the one Node provides is slow: a plain copy is a
// fifth faster over all. It is this thread's own and nothing else runs here.
process.env = { ...process.env };

const port = parentPort;
if (port === null) throw new Error('load-thread is started by createThreadLoader, as a thread.');

const answers = answer(workerData as ThreadInput);
port.on('message', () => void next());

async function next(): Promise<void> {
  const { value, done } = await answers.next();
  if (value !== undefined) port?.postMessage(value);
  if (done === true) port?.close();
}

async function* answer({
  path,
  earlier,
  ...options
}: ThreadInput): AsyncGenerator<ThreadMessage, ThreadMessage> {
  const settling = { quietMs: QUIET_MS, now: Date.now };
  const { config, code, report, watched, digests } = await rereadConfig(
    path,
    { ...options, settling },
    earlier,
  );
  if (config === null) return { kind: 'error', code, issues: report.mistakes(), watched };
  const { connections, ...settings } = config;
  const known = Int32Array.from(connections, positionOf);
  yield { kind: 'settings', settings: packSettings(settings), known, digests: digests() };
  const fresh = connections.filter(isWhole);
  let start = 0;
  for (; start + SLICE < fresh.length; start += SLICE) {
    yield { kind: 'connections', slice: packConnections(fresh.slice(start, start + SLICE)), last: false };
  }
  return { kind: 'connections', slice: packConnections(fresh.slice(start)), last: true };
}

function positionOf(connection: FoundConnection): number {
  return isWhole(connection) ? UNKNOWN : connection.position;
}
