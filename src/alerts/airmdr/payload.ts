import type { Notification } from '../../domain/notification.ts';

/** What AirMDR asks for besides the alert itself; a webhook knows it already. */
export interface AirMdrTarget {
  readonly organizationCode: string;
  readonly alertProvider: string;
  readonly alertType: string;
}

/**
 * The body for `POST /airmdrapi/alerts`: the content is the whole notification, as JSON, for whoever investigates it.
 * The webhook takes the notification itself, without anything around it.
 */
export function airMdrAlert(notification: Notification, target: AirMdrTarget): object {
  return {
    alert_content: JSON.stringify(notification),
    alert_provider: target.alertProvider,
    organization_code: target.organizationCode,
    alert_type: target.alertType,
    created_at_source: Math.floor(Date.parse(notification.occurredAt) / 1_000),
  };
}
