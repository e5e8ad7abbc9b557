import type { ChannelTypes } from '../domain/channel.ts';
import { AIRMDR_OPTIONS } from './airmdr/options.ts';
import { sendToAirMdr } from './airmdr/send.ts';
import { ALERTMANAGER_OPTIONS } from './alertmanager/options.ts';
import { sendToAlertmanager } from './alertmanager/send.ts';
import type { ChannelDriver } from './channel-driver.ts';
import { EMAIL_OPTIONS } from './email/options.ts';
import { sendEmail } from './email/send.ts';
import { LOG_OPTIONS, sendToLog } from './log/send.ts';
import { PAGERDUTY_OPTIONS } from './pagerduty/options.ts';
import { sendPagerDuty } from './pagerduty/send.ts';
import { SLACK_OPTIONS } from './slack/options.ts';
import { sendSlack } from './slack/send.ts';
import { TEAMS_OPTIONS } from './teams/options.ts';
import { sendTeams } from './teams/send.ts';
import { WEBHOOK_OPTIONS } from './webhook/options.ts';
import { sendWebhook } from './webhook/send.ts';

/** Every type of channel: a new one is a folder and a line here. */
export const DRIVERS: Readonly<Record<string, ChannelDriver>> = {
  webhook: { options: WEBHOOK_OPTIONS, send: sendWebhook },
  slack: { options: SLACK_OPTIONS, send: sendSlack },
  teams: { options: TEAMS_OPTIONS, send: sendTeams },
  pagerduty: { options: PAGERDUTY_OPTIONS, send: sendPagerDuty, alertPerIncident: true },
  email: { options: EMAIL_OPTIONS, send: sendEmail },
  alertmanager: {
    options: ALERTMANAGER_OPTIONS,
    send: sendToAlertmanager,
    keepAlive: true,
    alertPerIncident: true,
  },
  airmdr: { options: AIRMDR_OPTIONS, send: sendToAirMdr },
  log: { options: LOG_OPTIONS, send: sendToLog },
};

/** What may be configured for each type. */
export const CHANNEL_TYPES: ChannelTypes = Object.fromEntries(
  Object.entries(DRIVERS).map(([type, { options }]) => [type, options]),
);
