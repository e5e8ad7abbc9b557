import type { Redis } from 'ioredis';
import type { FailingChannel } from '../domain/incident-health.ts';
import type { Notification } from '../domain/notification.ts';
import { attemptsKey, givenUpKey, heardKey, KEYS, outboxKey, pendingKey } from './keys.ts';
import { Script } from './script.ts';

/** Messages that could not be delivered are kept for a look, this many per channel. */
const MOST_GIVEN_UP = 1_000;

/** How often the message at the head of a list was tried. */
export interface Attempts {
  readonly count: number;
  /** Epoch milliseconds of the first attempt. */
  readonly since: number;
}

/**
 * Takes the head off only if it still is the one that was dealt with: two processes that drain one list by
 * mistake may send a message twice (its id is the same), but can never skip one.
 */
const SETTLE = new Script(`
if redis.call('LINDEX', KEYS[1], 0) ~= ARGV[2] then return 0 end
redis.call('LPOP', KEYS[1])
redis.call('HDEL', KEYS[3], ARGV[1])
if ARGV[5] == 'resolved' then redis.call('SREM', KEYS[5], ARGV[1]) end
if redis.call('LLEN', KEYS[1]) == 0 then redis.call('SREM', KEYS[2], ARGV[1]) end
if ARGV[3] ~= '' then
  redis.call('LPUSH', KEYS[4], ARGV[3])
  redis.call('LTRIM', KEYS[4], 0, ARGV[4] - 1)
end
return 1
`);

/** Counts a failure of a channel on top of those before it. */
const FAIL = new Script(`
local before = redis.call('HGET', KEYS[1], ARGV[1])
local failing = before and cjson.decode(before) or {since = tonumber(ARGV[2]), failures = 0}
failing.failures = failing.failures + 1
failing.reason = ARGV[3]
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(failing))
return failing.failures
`);

/** Forgets an incident whose list has run empty without a settle (nothing is lost: the list is looked at again). */
const TIDY = new Script(`
if redis.call('LLEN', KEYS[1]) == 0 then return redis.call('SREM', KEYS[2], ARGV[1]) end
return 0
`);

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
  /** Notes how an attempt ended; null is success, else why it failed. */
  noteOutcome(channel: string, failure: string | null, now: number): Promise<void>;
  /** The channels whose latest attempt failed. */
  failing(): Promise<FailingChannel[]>;
  /** Whether a channel may have heard of an incident, and not yet of its end. */
  heard(channel: string, incident: string): Promise<boolean>;
  /** Takes the message off; `givenUpBecause` keeps it, with the reason, in the list of lost messages. */
  settle(
    channel: string,
    incident: string,
    head: OutboxHead,
    givenUpBecause: string | null,
  ): Promise<boolean>;
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
    async noteOutcome(channel, failure, now) {
      if (failure === null) await redis.hdel(KEYS.failingChannels, channel);
      else await FAIL.run(redis, [KEYS.failingChannels], [channel, now, failure]);
    },
    async failing() {
      const all = Object.entries(await redis.hgetall(KEYS.failingChannels));
      return all.map(([channel, text]) => ({
        channel,
        ...(JSON.parse(text) as Omit<FailingChannel, 'channel'>),
      }));
    },
    async settle(channel, incident, head, givenUpBecause) {
      const lost =
        givenUpBecause === null
          ? ''
          : JSON.stringify({ reason: givenUpBecause, notification: head.notification });
      const answer = await SETTLE.run(
        redis,
        [
          outboxKey(channel, incident),
          pendingKey(channel),
          attemptsKey(channel),
          givenUpKey(channel),
          heardKey(channel),
        ],
        [incident, head.raw, lost, MOST_GIVEN_UP, head.notification.status],
      );
      return answer === 1;
    },
    pending: (channel) => redis.smembers(pendingKey(channel)),
    channels: () => redis.smembers(KEYS.channels),
  };
}
