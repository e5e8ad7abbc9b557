import { Counter, type Registry } from 'prom-client';
import { PROBE_RESULTS, type ProbeResult } from '../domain/classify-probe.ts';
import { KnownLabels } from './known-labels.ts';

/** The series of permission probes, per gateway. */
export function createProbeMetrics(registry: Registry) {
  const total = new Counter({
    name: 'mimecast_probes_total',
    help: 'Finished permission probes by result.',
    labelNames: ['gateway', 'result'],
    registers: [registry],
  });
  const known = new KnownLabels({
    add(gateway) {
      for (const result of PROBE_RESULTS) total.inc({ gateway, result }, 0);
    },
    remove(gateway) {
      for (const result of PROBE_RESULTS) total.remove({ gateway, result });
    },
  });
  return {
    keep: (gateways: readonly string[]) => known.keep(gateways),
    finished(gateway: string, result: ProbeResult) {
      // A probe that outlives its gateway's removal must not bring the series back.
      if (known.has(gateway)) total.inc({ gateway, result });
    },
  };
}
