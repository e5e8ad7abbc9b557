import { deliver } from '../alerts/deliver.ts';
import type { SendResult } from '../domain/channel.ts';
import type { Notification } from '../domain/notification.ts';
import { type DrainPorts, drainChannel, type HandledMessage } from '../jobs/drain-channel.ts';
import { startNotifyWorker } from '../workers/notify-worker.ts';
import type { WantedWorker } from '../workers/worker-fleet.ts';
import type { Parts } from './parts.ts';

/**
 * The drains this process should run: one for each channel of the config, and one for each that has left it with
 * messages still waiting, which are given up in the end, recorded and counted.
 */
export async function wantedNotifyWorkers(parts: Parts): Promise<Map<string, WantedWorker>> {
  const ports = drainPorts(parts);
  const onError = (error: Error) => parts.fault('a drain job failed', error);
  const channels = new Set([...parts.config.channelNames(), ...(await parts.outbox.channels())]);
  return new Map(
    [...channels].map((channel) => {
      const drain = (incident: string) => drainChannel(channel, incident, ports);
      return [
        channel,
        { setting: '', start: () => startNotifyWorker(parts.bull, { channel, drain, onError }) },
      ];
    }),
  );
}

function drainPorts(parts: Parts): DrainPorts {
  const { outbox, notifyQueues } = parts;
  return {
    now: parts.now,
    random: parts.random,
    head: outbox.head,
    noteAttempt: outbox.noteAttempt,
    noteFailure: outbox.noteFailure,
    noteSuccess: outbox.noteSuccess,
    settle: outbox.settle,
    wakeWaiting: (channel) => notifyQueues.wakeWaiting(channel),
    send: (channel, notification) => send(channel, notification, parts),
    observed: (handled) => report(handled, parts),
  };
}

async function send(name: string, notification: Notification, parts: Parts): Promise<SendResult> {
  const channel = parts.config.get().alerts.channels.find((one) => one.name === name);
  // Another process' config may still know it, so its messages wait as for a receiver that is down.
  if (!channel) {
    const reason = 'the channel is not configured';
    return { kind: 'transient', failure: 'misconfigured', reason, receipt: null, retryAfterMs: null };
  }
  const log = (level: 'warn' | 'info', fields: object, sentence: string) =>
    parts.logger[level](fields, sentence);
  const { now, secrets, alertsHttp } = parts;
  return deliver(channel, notification, { now, resolve: secrets.resolve, http: alertsHttp, log });
}

function report(handled: HandledMessage, { metrics, logger }: Parts): void {
  const { channel, notification, result, reason, attempt, durationMs } = handled;
  metrics.notification(channel, result, durationMs);
  const about = { channel, notification: notification.id, incident: notification.incident, attempt, reason };
  switch (result) {
    case 'delivered':
      logger.info(about, 'a notification was delivered');
      return;
    case 'retried':
      logger.warn(about, 'a notification could not be delivered and is tried again');
      return;
    case 'superseded':
      logger.info(about, 'a notification was superseded before it was sent');
      return;
    case 'given_up':
      logger.error({ ...about, summary: notification.summary }, 'a notification was given up');
      return;
    default:
      result satisfies never;
  }
}
