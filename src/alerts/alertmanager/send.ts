import type { SendResult } from '../../domain/channel.ts';
import type { Notification } from '../../domain/notification.ts';
import type { SendContext, Settings } from '../channel-driver.ts';
import type { HttpAnswer } from '../http-client.ts';
import { isSuccess, resultOfStatus, unconfirmed } from '../http-result.ts';
import { jsonMessage, post } from '../http-send.ts';
import { alertmanagerAlert } from './payload.ts';

/** Sends one notification to Alertmanager's API v2. Never throws. */
export function sendToAlertmanager(
  notification: Notification,
  settings: Settings,
  context: SendContext,
): Promise<SendResult> {
  const message = jsonMessage([alertmanagerAlert(notification)]);
  const suffix = '/api/v2/alerts';
  const address = settings['url'];
  return post({ option: 'url', rule: 'http', address, suffix, message, judge }, settings, context);
}

/** Alertmanager answers 200 with nothing in it, 400 for an alert it does not take, 500 when it can't now. */
function judge(answer: HttpAnswer, now: number): SendResult {
  if (isSuccess(answer) && !(answer.complete && answer.body.trim() === '')) return unconfirmed(answer);
  return resultOfStatus(answer, now);
}
