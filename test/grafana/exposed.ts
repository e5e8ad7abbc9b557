import { Registry } from 'prom-client';
import { summaryOf } from '../../src/domain/summary.ts';
import { readFleet, writeFleet } from '../../src/metrics/exposition.ts';
import { registerNodeMetrics } from '../../src/metrics/node-metrics.ts';
import { createProcessMetrics } from '../../src/metrics/process-metrics.ts';
import { connectionOf, NEW_YEAR, PERMITTED, recordOf } from '../helpers/fleet.ts';
import { parseMetrics } from '../helpers/text-format.ts';

export interface ExposedSeries {
  readonly labels: ReadonlySet<string>;
  /** Every process shows it for the whole fleet, so that adding up over processes would double it. */
  readonly shared: boolean;
}

/** Series by their names: `_bucket`, `_sum` and `_count` each for itself. */
export type Exposed = ReadonlyMap<string, ExposedSeries>;

/** In the registry of a process, but about what all processes have in common. */
const ALSO_SHARED = new Set(['mimecast_monitor_queue_jobs']);

/** What the program exposes: asked of the code that writes `/metrics`, with something of everything to show. */
export async function exposedSeries(): Promise<Exposed> {
  const registry = new Registry();
  registerNodeMetrics(registry);
  const gateway = 'https://gateway.example';
  createProcessMetrics(registry, { version: '1', gateways: [gateway], channels: ['soc'] }, async () => [
    { queue: 'gw', state: 'wait', count: 1 },
  ]).configLoaded('0123456789abcdef', NEW_YEAR);
  const connection = connectionOf('acme', {
    gateway,
    secretExpiresAt: NEW_YEAR,
    labels: { tier: 'gold' },
    probe: { method: 'GET', path: '/identity/whoami', body: null, intervalMs: 3_600_000 },
  });
  let fleet = '';
  const source = {
    connections: () => [connection],
    readSummaries: async () => [summaryOf(recordOf({ permission: PERMITTED }))],
    openIncidents: async () => [],
  };
  for await (const piece of writeFleet(await readFleet(source))) fleet += piece;

  const exposed = new Map<string, { labels: Set<string>; shared: boolean }>();
  const add = (name: string, labels: readonly string[], shared: boolean) => {
    const known = exposed.get(name) ?? { labels: new Set<string>(), shared };
    for (const label of labels) known.labels.add(label);
    exposed.set(name, known);
  };
  for (const { name, labels } of parseMetrics(await registry.metrics())) {
    add(name, Object.keys(labels), ALSO_SHARED.has(name));
  }
  addUnobserved(registry, add);
  for (const { name, labels } of parseMetrics(fleet)) add(name, Object.keys(labels), true);
  return exposed;
}

/** Garbage collection has no sample before the first collection, but says which labels it will have. */
function addUnobserved(
  registry: Registry,
  add: (name: string, labels: string[], shared: boolean) => void,
): void {
  for (const metric of registry.getMetricsAsArray()) {
    const labels = 'labelNames' in metric ? (metric.labelNames as string[]) : [];
    const isHistogram = String(metric.type) === 'histogram';
    if (!isHistogram) add(metric.name, labels, ALSO_SHARED.has(metric.name));
    else {
      add(`${metric.name}_bucket`, [...labels, 'le'], false);
      add(`${metric.name}_sum`, labels, false);
      add(`${metric.name}_count`, labels, false);
    }
  }
}
