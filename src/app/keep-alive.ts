import { deliver } from '../alerts/deliver.ts';
import { DRIVERS } from '../alerts/drivers.ts';
import type { ChannelConfig } from '../domain/channel.ts';
import type { Incident } from '../domain/incident.ts';
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
    const open = (await parts.incidents.current()).filter(({ resolvedAt }) => resolvedAt === null);
    // Side by side: one that hangs must not keep the others from hearing in time.
    await Promise.all(channels.map((channel) => repeatTo(channel, open)));
  }

  async function repeatTo(channel: ChannelConfig, open: readonly Incident[]): Promise<void> {
    const { now, secrets, alertsHttp: http, outbox } = parts;
    for (const notification of notificationsFor(channel, open, now())) {
      // Asked at the last moment: what has been taken back meanwhile must not fire again, and what the channel has not
      // heard of yet comes through the outbox.
      if (ending || !(await outbox.heard(channel.name, notification.incident))) continue;
      const result = await deliver(channel, notification, {
        ...{ now, http, resolve: secrets.resolve },
        log: () => undefined,
      });
      if (result.kind === 'delivered') continue;
      parts.fault(`an open incident could not be repeated to ${channel.name}`, new Error(result.reason));
      return;
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

/** The latest message of every incident that a channel was told of by itself. */
function notificationsFor(
  { name }: ChannelConfig,
  open: readonly Incident[],
  now: number,
): readonly Notification[] {
  return open.flatMap((incident) =>
    incident.audiences
      .filter(({ channels }) => channels.includes(name))
      .map((audience) => notificationOf(incident, 'firing', audience, now)),
  );
}
