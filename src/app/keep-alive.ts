import { deliver } from '../alerts/deliver.ts';
import { DRIVERS } from '../alerts/drivers.ts';
import type { ChannelConfig } from '../domain/channel.ts';
import { type Notification, notificationOf } from '../domain/notification.ts';
import type { Parts } from './parts.ts';

/** Alertmanager forgets an alert that it has not been told of for five minutes, unless it is configured otherwise. */
const EVERY_MS = 60_000;

export interface KeepAliveOptions {
  readonly parts: Parts;
  /** Only one process speaks for all on its Redis. */
  readonly isKeeper: () => boolean;
  readonly everyMs?: number;
}

/**
 * Tells receivers that forget of every open incident again, under the id of its latest message. Not through the
 * outbox: the next repetition makes good for one that is lost, and a backlog of them would be of no use.
 */
export function startKeepAlive({ parts, isKeeper, everyMs = EVERY_MS }: KeepAliveOptions): {
  stop(): Promise<void>;
} {
  let turn: Promise<void> | null = null;
  let ending = false;

  async function repeat(): Promise<void> {
    const channels = parts.config
      .get()
      .alerts.channels.filter(({ type }) => DRIVERS[type]?.keepAlive === true);
    if (channels.length === 0) return;
    for (const [channel, notification] of await openNotifications(channels, parts)) {
      if (ending) return;
      const { now, secrets, alertsHttp: http } = parts;
      const log = () => undefined;
      const result = await deliver(channel, notification, { now, resolve: secrets.resolve, http, log });
      if (result.kind !== 'delivered')
        parts.fault(`an open incident could not be repeated to ${channel.name}`, new Error(result.reason));
    }
  }

  const timer = setInterval(() => {
    if (turn !== null || !isKeeper()) return;
    turn = repeat()
      .catch((error: unknown) => parts.fault('repeating open incidents failed', error))
      .finally(() => {
        turn = null;
      });
  }, everyMs);
  return {
    async stop() {
      ending = true;
      clearInterval(timer);
      await turn;
    },
  };
}

/** The latest message of every incident that these channels were told of and that is not over. */
async function openNotifications(
  channels: readonly ChannelConfig[],
  { incidents, now }: Parts,
): Promise<(readonly [ChannelConfig, Notification])[]> {
  const open = (await incidents.current()).filter(({ resolvedAt }) => resolvedAt === null);
  return open.flatMap((incident) =>
    incident.audiences.flatMap((audience) =>
      channels
        .filter(({ name }) => audience.channels.includes(name))
        .map((channel) => [channel, notificationOf(incident, 'firing', audience, now())] as const),
    ),
  );
}
