import { Counter, Histogram, type Registry } from 'prom-client';
import { VERDICTS, type Verdict } from '../domain/verdict.ts';
import { KnownLabels } from './known-labels.ts';

export interface MeasuredCheck {
  readonly gateway: string;
  readonly verdict: Verdict;
  readonly durationMs: number;
  /** Start minus due. */
  readonly latenessMs: number;
}

/** Checks are answered in tens of milliseconds or run into a timeout of up to a minute. */
const CHECK_BUCKETS = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** A healthy monitor starts checks within a tenth of a second; minutes mean that it can't keep up. */
const LATENESS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300];

/** The series of checks, per gateway. */
export function createCheckMetrics(registry: Registry) {
  const total = new Counter({
    name: 'mimecast_checks_total',
    help: 'Finished checks by verdict.',
    labelNames: ['gateway', 'verdict'],
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'mimecast_check_duration_seconds',
    help: 'Time a token exchange took.',
    labelNames: ['gateway'],
    buckets: CHECK_BUCKETS,
    registers: [registry],
  });
  const lateness = new Histogram({
    name: 'mimecast_check_lateness_seconds',
    help: 'How long after it was due a check began.',
    labelNames: ['gateway'],
    buckets: LATENESS_BUCKETS,
    registers: [registry],
  });
  const known = new KnownLabels({
    add(gateway) {
      for (const verdict of VERDICTS) total.inc({ gateway, verdict }, 0);
      duration.zero({ gateway });
      lateness.zero({ gateway });
    },
    remove(gateway) {
      for (const verdict of VERDICTS) total.remove({ gateway, verdict });
      duration.remove({ gateway });
      lateness.remove({ gateway });
    },
  });
  return {
    keep: (gateways: readonly string[]) => known.keep(gateways),
    finished({ gateway, verdict, durationMs, latenessMs }: MeasuredCheck) {
      // A check that outlives its gateway's removal must not bring the series back.
      if (!known.has(gateway)) return;
      total.inc({ gateway, verdict });
      duration.observe({ gateway }, durationMs / 1_000);
      lateness.observe({ gateway }, latenessMs / 1_000);
    },
  };
}
