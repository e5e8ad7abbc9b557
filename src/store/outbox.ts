import type { Redis } from 'ioredis';
import type { ChannelDelivery, Delivery } from '../domain/delivery.ts';
import type { FailingChannel } from '../domain/incident-health.ts';
import type { Notification } from '../domain/notification.ts';
import { readDeliveries } from './deliveries.ts';
import { KEEP_MS } from './incidents.ts';
import { attemptsKey, givenUpKey, heardKey, KEYS, outboxKey, pendingKey } from './keys.ts';
import { FAIL, SETTLE, TIDY, WORKS } from './outbox-scripts.ts';

/** Messages that could not be delivered are kept for a look, this many per channel. */
const MOST_GIVEN_UP = 1_000;

/** What a script needs to note a delivery. */
const DELIVERY_KEYS = [KEYS.deliveries, KEYS.deliveryTimes, KEYS.incidents] as const;

/** How often the message at the head of a list was tried. */
export interface Attempts {
  readonly count: number;
  /** Epoch milliseconds of the first attempt. */
  readonly since: number;
  /** The receiver asked not to be sent it again before (epoch ms); absent where it did not ask. */
  readonly notBefore?: number;
}

export interface OutboxHead {
  readonly notification: Notification;
  readonly attempts: Attempts | null;
  /** The channel may have heard of this incident: a message of it was tried. */
  readonly heard: boolean;
  /** The end of the incident waits behind this message. */
  readonly endWaits: boolean;
  /** Something newer about the incident waits behind this message. */
  readonly newerWaits: boolean;
  /** The stored text, to settle exactly this message. */
  readonly raw: string;
}

export interface Outbox {
  head(channel: string, incident: string): Promise<OutboxHead | null>;
  /** To be noted before anything is sent: whoever may have heard of an incident must hear of its end. */
  noteAttempt(channel: string, notification: Notification, attempts: Attempts): Promise<void>;
  /** Counts a failed attempt for the channel, and notes it of the message while that still waits. */
  noteFailure(
    channel: string,
    incident: string,
    head: OutboxHead,
    failed: Delivery,
    attempts: Attempts,
  ): Promise<void>;
  /** Ends the failing of a channel; resolves with its beginning (epoch ms), to one caller only, or null if there was none. */
  noteSuccess(channel: string): Promise<number | null>;
  /** The channels whose latest attempt failed. */
  failing(): Promise<FailingChannel[]>;
  /** Whether a channel may have heard of an incident, and not yet of its end. */
  heard(channel: string, incident: string): Promise<boolean>;
  /** Takes the message off and notes what became of it; one that was given up is kept in the list of lost messages. */
  settle(channel: string, incident: string, head: OutboxHead, ending: Delivery): Promise<boolean>;
  /** What became of the messages of these incidents, channel by channel; those without any are left out. */
  deliveries(incidents: readonly string[]): Promise<ReadonlyMap<string, readonly ChannelDelivery[]>>;
  /** Incidents with messages waiting. */
  pending(channel: string): Promise<string[]>;
  /** Every channel that ever had a message. */
  channels(): Promise<string[]>;
}

export function createOutbox(redis: Redis): Outbox {
  return {
    async head(channel, incident) {
      const [waiting, attempts, heard] = await Promise.all([
        redis.lrange(outboxKey(channel, incident), 0, -1),
        redis.hget(attemptsKey(channel), incident),
        redis.sismember(heardKey(channel), incident),
      ]);
      const [raw] = waiting;
      if (raw === undefined) {
        await TIDY.run(redis, [outboxKey(channel, incident), pendingKey(channel)], [incident]);
        return null;
      }
      return {
        notification: JSON.parse(raw) as Notification,
        attempts: attempts === null ? null : (JSON.parse(attempts) as Attempts),
        heard: heard === 1,
        newerWaits: waiting.length > 1,
        endWaits: waiting.slice(1).some((text) => (JSON.parse(text) as Notification).status === 'resolved'),
        raw,
      };
    },
    async noteAttempt(channel, { incident, status, connection }, attempts) {
      const change = redis.multi().hset(attemptsKey(channel), incident, JSON.stringify(attempts));
      // A reminder may be the first that a channel hears; one of many is no incident of its own.
      if (status === 'firing' || connection !== null) change.sadd(heardKey(channel), incident);
      await change.exec();
    },
    heard: async (channel, incident) => (await redis.sismember(heardKey(channel), incident)) === 1,
    async noteFailure(channel, incident, { raw }, failed, attempts) {
      const { at, reason } = failed;
      await FAIL.run(
        redis,
        [KEYS.failingChannels, outboxKey(channel, incident), attemptsKey(channel), ...DELIVERY_KEYS],
        [
          ...[channel, at, reason ?? '', raw, incident, JSON.stringify(failed), at - KEEP_MS],
          JSON.stringify(attempts),
        ],
      );
    },
    async noteSuccess(channel) {
      const before = await WORKS.run(redis, [KEYS.failingChannels], [channel]);
      return typeof before === 'string' ? (JSON.parse(before) as FailingChannel).since : null;
    },
    async failing() {
      const all = Object.entries(await redis.hgetall(KEYS.failingChannels));
      return all.map(([channel, text]) => ({
        channel,
        ...(JSON.parse(text) as Omit<FailingChannel, 'channel'>),
      }));
    },
    async settle(channel, incident, { raw, notification }, ending) {
      const { result, reason, at } = ending;
      const lost = result === 'given_up' ? JSON.stringify({ reason, notification }) : '';
      const answer = await SETTLE.run(
        redis,
        [
          outboxKey(channel, incident),
          pendingKey(channel),
          attemptsKey(channel),
          givenUpKey(channel),
          heardKey(channel),
          ...DELIVERY_KEYS,
        ],
        [
          ...[incident, raw, lost, MOST_GIVEN_UP, notification.status],
          ...[channel, JSON.stringify(ending), at, at - KEEP_MS],
        ],
      );
      return answer === 1;
    },
    deliveries: (incidents) => readDeliveries(redis, incidents),
    pending: (channel) => redis.smembers(pendingKey(channel)),
    channels: () => redis.smembers(KEYS.channels),
  };
}
