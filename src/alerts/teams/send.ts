import type { SendResult } from '../../domain/channel.ts';
import type { Notification } from '../../domain/notification.ts';
import type { SendContext, Settings } from '../channel-driver.ts';
import type { HttpAnswer } from '../http-client.ts';
import {
  delivered,
  isPassing,
  isSuccess,
  refused,
  resultOfStatus,
  tryAgain,
  unconfirmed,
} from '../http-result.ts';
import { jsonMessage, post } from '../http-send.ts';
import { httpReceipt } from '../receipt.ts';
import { teamsMessage } from './payload.ts';

/** Sends one notification to a workflow (or an old connector) of Teams. Never throws. */
export function sendTeams(
  notification: Notification,
  settings: Settings,
  context: SendContext,
): Promise<SendResult> {
  const message = jsonMessage(teamsMessage(notification));
  return post({ option: 'url', rule: 'https', address: settings['url'], message, judge }, settings, context);
}

/**
 * A workflow answers 202 as soon as it has taken the request. Connectors of the old kind answer 200 with `1`, and 200
 * too when Teams itself refused, with its status in a sentence:
 * https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using#rate-limiting-for-connectors.
 */
function judge(answer: HttpAnswer, now: number): SendResult {
  if (!isSuccess(answer)) return resultOfStatus(answer, now);
  const run = { workflow_run_id: answer.headers['x-ms-workflow-run-id'] };
  if (answer.status === 202) return delivered(answer, run);
  const inner = /returned HTTP error (\d{3})/i.exec(answer.body)?.[1];
  if (inner !== undefined) {
    const reason = `Teams refused the message with HTTP ${inner}`;
    const receipt = httpReceipt(answer);
    return isPassing(Number(inner)) ? tryAgain('unavailable', reason, receipt) : refused(reason, receipt);
  }
  const isPage = answer.body.trimStart().startsWith('<');
  const failed = /message delivery failed/i.test(answer.body);
  return isPage || failed || !answer.complete ? unconfirmed(answer) : delivered(answer, run);
}
