import type { Connection } from '../domain/connection.ts';
import { within } from '../metrics/deadline.ts';
import { readSnapshot, type SeenConnection } from '../metrics/snapshot.ts';
import type { HttpPorts } from './ports.ts';
import { ProblemError } from './problem.ts';

/** A client gives up not much later. */
const DEADLINE_MS = 5_000;

/** Waits for something from Redis; when it fails or hangs the client is told 503 and the log why. */
export async function reading<T>(promise: Promise<T>): Promise<T> {
  try {
    return await within(promise, DEADLINE_MS, 'reading from Redis');
  } catch (cause) {
    throw new ProblemError(503, 'Redis gives no answer; /readyz says when it does again.', {
      headers: { 'retry-after': '5' },
      cause,
    });
  }
}

/** What is known of `connections`, slice by slice. */
export function readSlices(
  ports: HttpPorts,
  connections: readonly Connection[],
): AsyncGenerator<readonly SeenConnection[]> {
  return readSnapshot(connections, (ids) => reading(ports.records.readSummaries(ids)));
}
