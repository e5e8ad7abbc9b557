import type { SendResult } from '../../domain/channel.ts';
import type { Notification } from '../../domain/notification.ts';
import { Secret } from '../../domain/secret.ts';
import type { SendContext, Settings } from '../channel-driver.ts';
import type { HttpMessage } from '../http-client.ts';
import { resultOfStatus, tryAgain } from '../http-result.ts';
import { post } from '../http-send.ts';
import { webhookMessage } from './payload.ts';

/** Sends one notification to a webhook. Never throws. */
export async function sendWebhook(
  notification: Notification,
  settings: Settings,
  context: SendContext,
): Promise<SendResult> {
  const message = buildMessage(notification, settings['signingSecret'], context.now);
  // The config can be mended while a message waits, so this is not the end of it.
  if (!message) return tryAgain('misconfigured', 'the signingSecret is not base64 (with or without whsec_)');
  return post(
    { option: 'url', rule: 'https', address: settings['url'], message, judge: resultOfStatus },
    settings,
    context,
  );
}

function buildMessage(notification: Notification, secret: unknown, now: number): HttpMessage | null {
  try {
    return webhookMessage(notification, secret instanceof Secret ? secret : null, now);
  } catch {
    // The library's error may quote the key; all there is to say is that it could not be read.
    return null;
  }
}
