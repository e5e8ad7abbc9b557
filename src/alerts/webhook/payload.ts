import { Webhook } from 'standardwebhooks';
import type { Notification } from '../../domain/notification.ts';
import type { Secret } from '../../domain/secret.ts';
import type { HttpMessage } from '../http-client.ts';

/**
 * The request for a notification. `webhook-id` is the same in every retry, so that a receiver can drop doubles;
 * the signature covers id, time and body (Standard Webhooks). Throws when the signing secret is one that
 * `signingSecretMistake` complains about.
 */
export function webhookMessage(
  notification: Notification,
  signingSecret: Secret | null,
  now: number,
): HttpMessage {
  const body = JSON.stringify(notification);
  const at = new Date(now);
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'webhook-id': notification.id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
  };
  if (signingSecret) {
    headers['webhook-signature'] = new Webhook(signingSecret.reveal()).sign(notification.id, at, body);
  }
  return { headers, body };
}
