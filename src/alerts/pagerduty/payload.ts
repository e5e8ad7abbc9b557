import { createHash } from 'node:crypto';
import type { Notification } from '../../domain/notification.ts';
import { factsOf } from '../facts.ts';
import { cut, oneLine } from '../text.ts';

/** Limits of https://developer.pagerduty.com/docs/send-alert-event: 512 KB in all. */
const MOST_SUMMARY = 1_024;
const MOST_KEY = 255;
const MOST_TEXT = 16_000;
const MOST_LABELS = 64;

/**
 * The event of a message. A reminder triggers under the key of its incident, too: PagerDuty adds it to the log of an alert that
 * is open, without a new page, and opens one where there is none, because it was closed by hand or never came.
 */
export function pagerDutyEvent(notification: Notification, routingKey: string): object {
  const common = { routing_key: routingKey, dedup_key: dedupKey(notification.incident) };
  switch (notification.status) {
    case 'firing':
    case 'reminder':
      return {
        ...common,
        event_action: 'trigger',
        client: 'mimecast-credential-monitor',
        payload: payloadOf(notification),
      };
    case 'resolved':
      return { ...common, event_action: 'resolve' };
    default:
      return notification.status satisfies never;
  }
}

/** The same for every message of an incident; one that is too long for PagerDuty is told apart by its digest. */
function dedupKey(incident: string): string {
  return incident.length <= MOST_KEY ? incident : createHash('sha256').update(incident).digest('hex');
}

function payloadOf(notification: Notification): object {
  const { connection, kind, severity, occurredAt } = notification;
  return {
    summary: cut(oneLine(notification.summary), MOST_SUMMARY),
    source: connection?.gateway ?? 'mimecast-credential-monitor',
    severity,
    timestamp: occurredAt,
    ...(connection && { component: connection.id, group: connection.tenant }),
    class: kind,
    custom_details: detailsOf(notification),
  };
}

function detailsOf(notification: Notification): object {
  const { description, remediation, connection, connections, id } = notification;
  const facts = factsOf(notification).map(({ name, value }) => [name, cut(value, MOST_TEXT)]);
  const labels = Object.entries(connection?.labels ?? {}).slice(0, MOST_LABELS);
  return {
    ...(description !== '' && { description: cut(description, MOST_TEXT) }),
    ...(remediation !== '' && { remediation: cut(remediation, MOST_TEXT) }),
    ...Object.fromEntries(facts),
    ...(labels.length > 0 && { labels: Object.fromEntries(labels) }),
    ...(connections && { connections }),
    notification: id,
  };
}
