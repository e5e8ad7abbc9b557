import type { SendResult } from '../../domain/channel.ts';
import type { Notification } from '../../domain/notification.ts';
import type { SendContext, Settings } from '../channel-driver.ts';
import type { HttpAnswer } from '../http-client.ts';
import { isSuccess, jsonObject, resultOfStatus, tryAgain, unconfirmed } from '../http-result.ts';
import { jsonMessage, post, textOf } from '../http-send.ts';
import { PAGERDUTY_URL } from './options.ts';
import { pagerDutyEvent } from './payload.ts';

/** Sends one notification to PagerDuty's Events API v2. Never throws. */
export async function sendPagerDuty(
  notification: Notification,
  settings: Settings,
  context: SendContext,
): Promise<SendResult> {
  const routingKey = textOf(settings['routingKey']);
  if (routingKey === null) return tryAgain('the configured routingKey is missing');
  const event = pagerDutyEvent(notification, routingKey);
  if (event === null) return { kind: 'delivered' };
  const address = settings['url'] ?? PAGERDUTY_URL;
  return post({ option: 'url', rule: 'https', address, message: jsonMessage(event), judge }, context);
}

/**
 * PagerDuty answers 202 with `"status": "success"`; 400 is final, 429 and 5xx pass
 * (https://developer.pagerduty.com/docs/events-api-v2-overview#response-codes--retry-logic).
 */
function judge(answer: HttpAnswer, now: number): SendResult {
  if (!isSuccess(answer)) return resultOfStatus(answer, now);
  const status = jsonObject(answer)?.['status'];
  if (status === 'success') return { kind: 'delivered' };
  if (typeof status !== 'string') return unconfirmed(answer);
  return { kind: 'permanent', reason: 'PagerDuty took the request and refused the event in it' };
}
