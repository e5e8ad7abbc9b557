import { classifyProbe, type ProbeAnswer } from '../domain/classify-probe.ts';
import type { Connection, Probe } from '../domain/connection.ts';
import { redactor } from '../domain/redact.ts';
import type { Secret } from '../domain/secret.ts';
import type { Exchanger } from './exchange.ts';
import { probeRequest } from './probe-request.ts';

export interface ProbeLimits {
  /** Probes under way at each gateway; one that would be more is not made. */
  readonly most: number;
  /** Vendor codes that mean "not permitted", besides the built-in ones. */
  readonly forbidden: readonly string[];
}

export interface Prober {
  /**
   * Makes the call of a probe with this token, at the gateway that issued it, and says what was answered. Null when it
   * was not made because too many are under way. Never throws.
   */
  probe(
    connection: Pick<Connection, 'gateway' | 'timeoutMs'>,
    probe: Probe,
    token: Secret,
    limits: ProbeLimits,
  ): Promise<ProbeAnswer | null>;
}

/** A probe waits in the place of a check: however slow its answers are, they may not take all of these places. */
export function createProber(exchanger: Pick<Exchanger, 'exchange'>): Prober {
  const underWay = new Map<string, number>();
  return {
    async probe({ gateway, timeoutMs }, probe, token, { most, forbidden }) {
      const count = underWay.get(gateway) ?? 0;
      if (count >= most) return null;
      underWay.set(gateway, count + 1);
      try {
        const outcome = await exchanger.exchange(gateway, probeRequest(probe, token), timeoutMs);
        return classifyProbe(outcome, { forbidden, redact: redactor([token]) });
      } finally {
        const left = (underWay.get(gateway) ?? 1) - 1;
        if (left > 0) underWay.set(gateway, left);
        else underWay.delete(gateway);
      }
    },
  };
}
