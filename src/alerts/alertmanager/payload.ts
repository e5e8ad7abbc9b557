import type { Notification } from '../../domain/notification.ts';
import { affectedText } from '../facts.ts';

/** One alert as `POST /api/v2/alerts` takes it (api/v2/openapi.yaml of prometheus/alertmanager). */
export interface PostableAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt?: string;
}

/**
 * The alert of an incident. Its labels are its identity, so they hold nothing that changes quietly while it lasts: the
 * cause is an annotation, and the severity only ever changes with a new firing. Without `endsAt` Alertmanager ends it by itself after its `resolve_timeout` unless it is told again.
 */
export function alertmanagerAlert(notification: Notification): PostableAlert {
  const { status, startedAt, occurredAt } = notification;
  const alert = {
    labels: labelsOf(notification),
    annotations: annotationsOf(notification),
    startsAt: startedAt,
  };
  if (status !== 'resolved') return alert;
  // An end before the start, as after a clock was set back, would be refused; ISO 8601 sorts by time.
  const [, endsAt = occurredAt] = [startedAt, occurredAt].toSorted();
  return { ...alert, endsAt };
}

/** The configured labels can't take the place of ours. */
function labelsOf({ kind, severity, connection, incident }: Notification): Record<string, string> {
  return {
    ...connection?.labels,
    alertname: alertName(kind),
    kind,
    severity,
    ...(connection && { tenant: connection.tenant, connection: connection.id, gateway: connection.gateway }),
    incident,
  };
}

/** `credential_invalid` is `MimecastCredentialInvalid`, as alerts are named by custom. */
function alertName(kind: string): string {
  const words = kind.split('_').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `Mimecast${words.join('')}`;
}

function annotationsOf({
  summary,
  description,
  remediation,
  cause,
  connections,
}: Notification): Record<string, string> {
  const affected = connections === null ? null : affectedText(connections);
  return { summary, description, remediation, ...(cause && { cause }), ...(affected && { affected }) };
}
