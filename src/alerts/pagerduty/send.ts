import type { SendResult } from '../../domain/channel.ts';
import type { Notification } from '../../domain/notification.ts';
import type { SendContext, Settings } from '../channel-driver.ts';
import type { HttpAnswer } from '../http-client.ts';
import {
  delivered,
  isSuccess,
  jsonObject,
  refused,
  resultOfStatus,
  tryAgain,
  unconfirmed,
} from '../http-result.ts';
import { jsonMessage, post, textOf } from '../http-send.ts';
import { httpReceipt } from '../receipt.ts';
import { PAGERDUTY_URL } from './options.ts';
import { pagerDutyEvent } from './payload.ts';

/** Sends one notification to PagerDuty's Events API v2. Never throws. */
export async function sendPagerDuty(
  notification: Notification,
  settings: Settings,
  context: SendContext,
): Promise<SendResult> {
  const routingKey = textOf(settings['routingKey']);
  if (routingKey === null) return tryAgain('misconfigured', 'the configured routingKey is missing');
  const event = pagerDutyEvent(notification, routingKey);
  const address = settings['url'] ?? PAGERDUTY_URL;
  const message = jsonMessage(event);
  return post({ option: 'url', rule: 'https', address, message, judge }, settings, context);
}

/**
 * PagerDuty answers 202 with `"status": "success"`; 400 is final, 429 and 5xx pass
 * (https://developer.pagerduty.com/docs/events-api-v2-overview#response-codes--retry-logic).
 */
function judge(answer: HttpAnswer, now: number): SendResult {
  if (!isSuccess(answer)) return resultOfStatus(answer, now);
  const said = jsonObject(answer);
  const status = said?.['status'];
  if (status === 'success') return delivered(answer, { dedup_key: said?.['dedup_key'] });
  if (typeof status !== 'string') return unconfirmed(answer);
  return refused('PagerDuty took the request and refused the event in it', httpReceipt(answer));
}
