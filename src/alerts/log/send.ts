import { type ChannelOptions, NO_RECEIVER, type SendResult } from '../../domain/channel.ts';
import type { Notification } from '../../domain/notification.ts';
import type { SendContext, Settings } from '../channel-driver.ts';

export const LOG_OPTIONS: ChannelOptions = {};

/** Writes the notification to the program's own log, for whoever collects that. */
export async function sendToLog(
  notification: Notification,
  _settings: Settings,
  context: SendContext,
): Promise<SendResult> {
  const level = notification.status === 'resolved' ? 'info' : 'warn';
  context.log(level, { notification }, notification.summary);
  return { kind: 'delivered', receipt: NO_RECEIVER };
}
