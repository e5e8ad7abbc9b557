import { Script } from './script.ts';

/**
 * Notes what became of a message beside what is known of the incident in other channels, and forgets some that have not
 * changed for as long as a past incident is kept. What is open is not forgotten, however long it lasts.
 */
const NOTE = `
local function note(deliveries, times, incidents, incident, channel, text, now, oldest)
  local before = redis.call('HGET', deliveries, incident)
  local all = before and cjson.decode(before) or {}
  all[channel] = text
  redis.call('HSET', deliveries, incident, cjson.encode(all))
  redis.call('ZADD', times, now, incident)
  for _, old in ipairs(redis.call('ZRANGEBYSCORE', times, '-inf', oldest, 'LIMIT', 0, 20)) do
    if redis.call('HEXISTS', incidents, old) == 1 then
      redis.call('ZADD', times, now, old)
    else
      redis.call('HDEL', deliveries, old)
      redis.call('ZREM', times, old)
    end
  end
end
`;

/**
 * Takes the head off only if it still is the one that was dealt with: two processes that drain one list by
 * mistake may send a message twice (its id is the same), but can never skip one.
 */
export const SETTLE = new Script(`${NOTE}
if redis.call('LINDEX', KEYS[1], 0) ~= ARGV[2] then return 0 end
redis.call('LPOP', KEYS[1])
redis.call('HDEL', KEYS[3], ARGV[1])
if ARGV[5] == 'resolved' then redis.call('SREM', KEYS[5], ARGV[1]) end
if redis.call('LLEN', KEYS[1]) == 0 then redis.call('SREM', KEYS[2], ARGV[1]) end
if ARGV[3] ~= '' then
  redis.call('LPUSH', KEYS[4], ARGV[3])
  redis.call('LTRIM', KEYS[4], 0, ARGV[4] - 1)
end
note(KEYS[6], KEYS[7], KEYS[8], ARGV[1], ARGV[6], ARGV[7], ARGV[8], ARGV[9])
return 1
`);

/** Counts a failure of a channel on top of those before it, and notes it of the message while that is still the head. */
export const FAIL = new Script(`${NOTE}
local before = redis.call('HGET', KEYS[1], ARGV[1])
local failing = before and cjson.decode(before) or {since = tonumber(ARGV[2]), failures = 0}
failing.failures = failing.failures + 1
failing.reason = ARGV[3]
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(failing))
if redis.call('LINDEX', KEYS[2], 0) == ARGV[4] then
  redis.call('HSET', KEYS[3], ARGV[5], ARGV[8])
  note(KEYS[4], KEYS[5], KEYS[6], ARGV[5], ARGV[1], ARGV[6], ARGV[2], ARGV[7])
end
return failing.failures
`);

/** Forgets that a channel fails, and returns what was known of it to the first who asks. */
export const WORKS = new Script(`
local before = redis.call('HGET', KEYS[1], ARGV[1])
if before then redis.call('HDEL', KEYS[1], ARGV[1]) end
return before
`);

/** Forgets an incident whose list has run empty without a settle (nothing is lost: the list is looked at again). */
export const TIDY = new Script(`
if redis.call('LLEN', KEYS[1]) == 0 then return redis.call('SREM', KEYS[2], ARGV[1]) end
return 0
`);
