import { Webhook } from 'standardwebhooks';
import type { Notification } from '../../domain/notification.ts';
import type { Secret } from '../../domain/secret.ts';

export interface WebhookMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The request for a notification. `webhook-id` is the same in every retry, so that a receiver can drop doubles;
 * the signature covers id, time and body (Standard Webhooks). Throws when the signing secret is not base64.
 */
export function webhookMessage(
  notification: Notification,
  signingSecret: Secret | null,
  now: number,
): WebhookMessage {
  const body = JSON.stringify(notification);
  const at = new Date(now);
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'user-agent': 'mimecast-credential-monitor',
    'webhook-id': notification.id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
  };
  if (signingSecret) {
    headers['webhook-signature'] = new Webhook(signingSecret.reveal()).sign(notification.id, at, body);
  }
  return { headers, body };
}
