import type { SendResult } from '../../domain/channel.ts';
import type { Notification } from '../../domain/notification.ts';
import type { SendContext, Settings } from '../channel-driver.ts';
import type { HttpAnswer } from '../http-client.ts';
import { delivered, isSuccess, refused, resultOfStatus, tryAgain, unconfirmed } from '../http-result.ts';
import { jsonMessage, post } from '../http-send.ts';
import { httpReceipt } from '../receipt.ts';
import { slackMessage } from './payload.ts';

/**
 * The words that Slack answers with when a webhook or its channel is wrong or gone, and that no repetition changes:
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors and the older page
 * https://api.slack.com/changelog/2016-05-17-changes-to-errors-for-incoming-webhooks.
 */
const FINAL: ReadonlySet<string> = new Set([
  'action_prohibited',
  'channel_is_archived',
  'channel_not_found',
  'invalid_blocks',
  'invalid_blocks_format',
  'invalid_payload',
  'invalid_token',
  'missing_text_or_fallback_or_attachments',
  'msg_too_long',
  'no_active_hooks',
  'no_service',
  'no_service_id',
  'no_team',
  'no_text',
  'posting_to_general_channel_denied',
  'team_disabled',
  'too_many_attachments',
  'user_not_found',
]);

/** Those that pass. */
const PASSING: ReadonlySet<string> = new Set([
  'fatal_error',
  'internal_error',
  'rate_limited',
  'ratelimited',
  'rollup_error',
  'service_unavailable',
]);

/** Sends one notification to an incoming webhook of Slack. Never throws. */
export function sendSlack(
  notification: Notification,
  settings: Settings,
  context: SendContext,
): Promise<SendResult> {
  const message = jsonMessage(slackMessage(notification));
  return post({ option: 'url', rule: 'https', address: settings['url'], message, judge }, settings, context);
}

/** Slack says `ok` and nothing else for a message it took; an error is a word, with whatever status. */
function judge(answer: HttpAnswer, now: number): SendResult {
  const word = answer.complete ? answer.body.trim() : '';
  const known = FINAL.has(word) || PASSING.has(word) ? word : null;
  if (!isSuccess(answer)) return resultOfStatus(answer, now, known);
  if (word === 'ok') return delivered(answer, { slack_request_id: answer.headers['x-slack-req-id'] });
  if (known === null) return unconfirmed(answer);
  const reason = `Slack answered ${known}`;
  const receipt = httpReceipt(answer);
  return FINAL.has(known) ? refused(reason, receipt) : tryAgain('unavailable', reason, receipt);
}
