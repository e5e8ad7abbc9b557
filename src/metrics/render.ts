import type { Registry } from 'prom-client';
import { within } from './deadline.ts';
import { type FleetSource, readFleet, writeFleet } from './exposition.ts';

export interface RenderOptions {
  readonly registry: Registry;
  /** Null in a worker, which shows its process series only. */
  readonly fleet: FleetSource | null;
  /** Told when the fleet could not be read; the scrape then holds the process series only. */
  readonly onFleetError: (error: unknown) => void;
  /** Shorter than Prometheus' scrape timeout, which is 10 s unless configured. */
  readonly deadlineMs?: number;
}

/**
 * Everything `/metrics` shows. A scrape that can't read Redis still tells that Redis is away: the process series
 * stand first and need nothing but this process, and no fleet series is written before all were read.
 */
export async function* renderMetrics(options: RenderOptions): AsyncGenerator<string> {
  const { registry, fleet, onFleetError, deadlineMs = 8_000 } = options;
  const reading = fleet === null ? null : within(readFleet(fleet), deadlineMs, 'reading the fleet');
  const read = reading?.catch((error: unknown) => {
    onFleetError(error);
    return null;
  });
  yield await registry.metrics();
  const seen = await read;
  if (seen) yield* writeFleet(seen);
}
