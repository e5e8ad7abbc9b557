import { collectDefaultMetrics, type Registry } from 'prom-client';

/** `promtool check metrics` wants `_total` on counters only; prom-client gives it to these gauges. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** Node's own series (memory, CPU, event loop lag, garbage collection), less those that `promtool` refuses. */
export function registerNodeMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
}
