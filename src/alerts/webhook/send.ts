import { request } from 'undici';
import type { SendResult } from '../../domain/channel.ts';
import type { Notification } from '../../domain/notification.ts';
import { Secret } from '../../domain/secret.ts';
import type { SendContext, Settings } from '../channel-driver.ts';
import { resultOfError, resultOfStatus } from '../http-result.ts';
import { type WebhookMessage, webhookMessage } from './payload.ts';

/** Sends one notification to a webhook. Never throws. */
export async function sendWebhook(
  notification: Notification,
  settings: Settings,
  context: SendContext,
): Promise<SendResult> {
  const url = parseUrl(settings['url']);
  // The config can be mended while a message waits, so neither of these is the end of it.
  if (!url)
    return { kind: 'transient', reason: 'the configured url is not http or https', retryAfterMs: null };
  const message = buildMessage(notification, settings['signingSecret'], context.now);
  if (!message) {
    return {
      kind: 'transient',
      reason: 'the signingSecret is not base64 (with or without whsec_)',
      retryAfterMs: null,
    };
  }
  try {
    const answer = await request(url, { method: 'POST', ...message, signal: context.signal });
    await answer.body.dump({ limit: 16_384 });
    const retryAfter = answer.headers['retry-after'];
    return resultOfStatus(
      answer.statusCode,
      Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
      context.now,
    );
  } catch (error) {
    return resultOfError(error);
  }
}

function parseUrl(value: unknown): URL | null {
  if (!(value instanceof Secret)) return null;
  const url = URL.canParse(value.reveal()) ? new URL(value.reveal()) : null;
  return url && (url.protocol === 'http:' || url.protocol === 'https:') ? url : null;
}

function buildMessage(notification: Notification, secret: unknown, now: number): WebhookMessage | null {
  try {
    return webhookMessage(notification, secret instanceof Secret ? secret : null, now);
  } catch {
    // The library's error may quote the key; all there is to say is that it could not be read.
    return null;
  }
}
