import type { SendResult } from '../../domain/channel.ts';
import type { Notification } from '../../domain/notification.ts';
import { Secret } from '../../domain/secret.ts';
import { signingSecretMistake } from '../../domain/signing-secret.ts';
import type { SendContext, Settings } from '../channel-driver.ts';
import { resultOfStatus, tryAgain } from '../http-result.ts';
import { post } from '../http-send.ts';
import { webhookMessage } from './payload.ts';

/** Sends one notification to a webhook. Never throws. */
export async function sendWebhook(
  notification: Notification,
  settings: Settings,
  context: SendContext,
): Promise<SendResult> {
  const secret = settings['signingSecret'];
  const signingSecret = secret instanceof Secret ? secret : null;
  const wrong = signingSecret && signingSecretMistake(signingSecret.reveal());
  // The config can be mended while a message waits, so this is not the end of it.
  if (wrong) return tryAgain('misconfigured', `the configured signingSecret ${wrong}`);
  const message = webhookMessage(notification, signingSecret, context.now);
  return post(
    { option: 'url', rule: 'https', address: settings['url'], message, judge: resultOfStatus },
    settings,
    context,
  );
}
