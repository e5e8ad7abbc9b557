import { REGIONS } from './gateway.ts';
import type { Severity } from './incident.ts';
import { iso, type Notification } from './notification.ts';

/** What tells one test from another. */
export interface TestRun {
  /** Unique, without a colon. */
  readonly id: string;
  /** How loud the test is: receivers that page people may do so for `critical` only. */
  readonly severity: Severity;
  /** Epoch milliseconds. */
  readonly startedAt: number;
}

/**
 * A message that has the form of a real one and can't be taken for one. It is about nobody's keys, so that it may go
 * to a channel of any customer.
 */
export function testNotification(run: TestRun, status: 'firing' | 'resolved', now: number): Notification {
  const over = status === 'resolved';
  return {
    version: '1',
    id: `${run.id}-${over ? 2 : 1}`,
    incident: run.id,
    kind: 'credential_unverifiable',
    cause: null,
    status,
    resolution: over ? 'recovered' : null,
    severity: run.severity,
    summary: over
      ? 'TEST: the test of this channel is over'
      : 'TEST: mimecast-monitor can reach you through this channel',
    description: over
      ? 'The test notification is resolved; nothing stays open.'
      : 'Somebody ran mimecast-monitor test-alert. No credential is affected.',
    remediation: 'Nothing to do.',
    connection: { id: 'test-alert', tenant: 'TEST', gateway: REGIONS.global, labels: {} },
    connections: null,
    evidence: null,
    startedAt: iso(run.startedAt),
    occurredAt: iso(now),
  };
}
