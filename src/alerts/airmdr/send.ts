import type { SendResult } from '../../domain/channel.ts';
import type { Notification } from '../../domain/notification.ts';
import type { SendContext, Settings } from '../channel-driver.ts';
import type { HttpAnswer } from '../http-client.ts';
import { delivered, isSuccess, jsonObject, resultOfStatus, tryAgain, unconfirmed } from '../http-result.ts';
import { jsonMessage, post, textOf } from '../http-send.ts';
import { AIRMDR_PROVIDER, AIRMDR_URL } from './options.ts';
import { airMdrAlert } from './payload.ts';

/** Sends one notification to AirMDR, through its webhook or with a token. Never throws. */
export async function sendToAirMdr(
  notification: Notification,
  settings: Settings,
  context: SendContext,
): Promise<SendResult> {
  if (settings['webhook'] !== undefined) {
    const message = jsonMessage(notification);
    const address = settings['webhook'];
    return post({ option: 'webhook', rule: 'https', address, message, judge }, settings, context);
  }
  const token = textOf(settings['token']);
  if (token === null) return tryAgain('misconfigured', 'neither webhook nor token is configured');
  // Anything else would end the value of the cookie early (RFC 6265 section 4.1.1).
  if (!/^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/.test(token))
    return tryAgain('misconfigured', 'the configured token holds a character that no token has');
  const target = {
    organizationCode: textOf(settings['organizationCode']) ?? '',
    alertProvider: textOf(settings['alertProvider']) ?? AIRMDR_PROVIDER,
    alertType: textOf(settings['alertType']) ?? '',
  };
  const message = jsonMessage(airMdrAlert(notification, target), {
    cookie: `Session="${token}"`,
    ...headerOf('user-id', settings['userId']),
    ...headerOf('organization-id', settings['organizationId']),
  });
  const address = settings['url'] ?? AIRMDR_URL;
  return post({ option: 'url', rule: 'https', address, message, judge }, settings, context);
}

function headerOf(name: string, value: Settings[string] | undefined): Record<string, string> {
  const text = textOf(value);
  return text === null ? {} : { [name]: text };
}

/** AirMDR answers 201 for a new alert and 409 for one it has already, which a repeated attempt may well meet. */
function judge(answer: HttpAnswer, now: number): SendResult {
  const taken = jsonObject(answer);
  const ids = { alert_id: taken?.['alert_id'], alert_uuid: taken?.['alert_uuid'] };
  if (answer.status === 201 || answer.status === 409) return delivered(answer, ids);
  if (!isSuccess(answer)) return resultOfStatus(answer, now);
  // A console that answers every unknown visitor with 200 and its login page has not taken an alert.
  return ids.alert_id !== undefined || ids.alert_uuid !== undefined
    ? delivered(answer, ids)
    : unconfirmed(answer);
}
