import { Counter, Histogram, type Registry } from 'prom-client';
import { KnownLabels } from './known-labels.ts';

/** How the work on one message went; every attempt and every ending counts once. */
export const NOTIFICATION_RESULTS = ['delivered', 'retried', 'given_up', 'superseded'] as const;
export type NotificationResult = (typeof NOTIFICATION_RESULTS)[number];

const NOTIFICATION_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The series of notifications, per channel. */
export function createNotificationMetrics(registry: Registry) {
  const total = new Counter({
    name: 'mimecast_notifications_total',
    help: 'Attempts to deliver a notification, and how notifications ended.',
    labelNames: ['channel', 'result'],
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'mimecast_notification_duration_seconds',
    help: 'Time an attempt to deliver a notification took.',
    labelNames: ['channel'],
    buckets: NOTIFICATION_BUCKETS,
    registers: [registry],
  });
  const known = new KnownLabels({
    add(channel) {
      for (const result of NOTIFICATION_RESULTS) total.inc({ channel, result }, 0);
      duration.zero({ channel });
    },
    remove(channel) {
      for (const result of NOTIFICATION_RESULTS) total.remove({ channel, result });
      duration.remove({ channel });
    },
  });
  return {
    keep: (channels: readonly string[]) => known.keep(channels),
    finished(channel: string, result: NotificationResult, durationMs: number | null) {
      if (!known.has(channel)) return;
      total.inc({ channel, result });
      if (durationMs !== null) duration.observe({ channel }, durationMs / 1_000);
    },
  };
}
