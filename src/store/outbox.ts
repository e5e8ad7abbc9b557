import type { Redis } from 'ioredis';
import type { Notification } from '../domain/notification.ts';
import { attemptsKey, givenUpKey, KEYS, outboxKey, pendingKey } from './keys.ts';
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
if redis.call('LLEN', KEYS[1]) == 0 then redis.call('SREM', KEYS[2], ARGV[1]) end
if ARGV[3] ~= '' then
  redis.call('LPUSH', KEYS[4], ARGV[3])
  redis.call('LTRIM', KEYS[4], 0, ARGV[4] - 1)
end
return 1
`);

/** Forgets an incident whose list has run empty without a settle (nothing is lost: the list is looked at again). */
const TIDY = new Script(`
if redis.call('LLEN', KEYS[1]) == 0 then return redis.call('SREM', KEYS[2], ARGV[1]) end
return 0
`);

export interface OutboxHead {
  readonly notification: Notification;
  readonly attempts: Attempts | null;
  /** The stored text, to settle exactly this message. */
  readonly raw: string;
}

export interface Outbox {
  head(channel: string, incident: string): Promise<OutboxHead | null>;
  noteAttempt(channel: string, incident: string, attempts: Attempts): Promise<void>;
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
      const [raw, attempts] = await Promise.all([
        redis.lindex(outboxKey(channel, incident), 0),
        redis.hget(attemptsKey(channel), incident),
      ]);
      if (raw === null) {
        await TIDY.run(redis, [outboxKey(channel, incident), pendingKey(channel)], [incident]);
        return null;
      }
      return {
        notification: JSON.parse(raw) as Notification,
        attempts: attempts === null ? null : (JSON.parse(attempts) as Attempts),
        raw,
      };
    },
    async noteAttempt(channel, incident, attempts) {
      await redis.hset(attemptsKey(channel), incident, JSON.stringify(attempts));
    },
    async settle(channel, incident, head, givenUpBecause) {
      const lost =
        givenUpBecause === null
          ? ''
          : JSON.stringify({ reason: givenUpBecause, notification: head.notification });
      const answer = await SETTLE.run(
        redis,
        [outboxKey(channel, incident), pendingKey(channel), attemptsKey(channel), givenUpKey(channel)],
        [incident, head.raw, lost, MOST_GIVEN_UP],
      );
      return answer === 1;
    },
    pending: (channel) => redis.smembers(pendingKey(channel)),
    channels: () => redis.smembers(KEYS.channels),
  };
}
