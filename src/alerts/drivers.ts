import type { ChannelTypes } from '../domain/channel.ts';
import type { ChannelDriver } from './channel-driver.ts';
import { LOG_OPTIONS, sendToLog } from './log/send.ts';
import { WEBHOOK_OPTIONS } from './webhook/options.ts';
import { sendWebhook } from './webhook/send.ts';

/** Every type of channel: a new one is a folder and a line here. */
export const DRIVERS: Readonly<Record<string, ChannelDriver>> = {
  webhook: { options: WEBHOOK_OPTIONS, send: sendWebhook },
  log: { options: LOG_OPTIONS, send: sendToLog },
};

/** What may be configured for each type. */
export const CHANNEL_TYPES: ChannelTypes = Object.fromEntries(
  Object.entries(DRIVERS).map(([type, { options }]) => [type, options]),
);
