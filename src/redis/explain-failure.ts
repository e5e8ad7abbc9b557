import { RedisError } from './redis-error.ts';

/** Replies of Redis begin with an upper-case word that names the kind of error; the rest is prose and changes. */
const REPLIES: readonly (readonly [RegExp, (reply: string, place: string) => RedisError])[] = [
  [
    /^All sentinels are unreachable/,
    (reply, place) =>
      new RedisError(
        'unreachable',
        `Redis at ${place} could not be found (${/Last error: (.+?)\.?$/.exec(reply)?.[1] ?? 'no Sentinel knows that name'}): correct the Sentinels' addresses, their password (?sentinelPassword=…) or the name in the URL.`,
      ),
  ],
  [
    /^NOAUTH|^ERR operation not permitted/,
    (_, place) =>
      new RedisError(
        'wrong_password',
        `Redis at ${place} wants a password: put it into the URL (redis://:password@host).`,
      ),
  ],
  [
    /^WRONGPASS|invalid password/,
    (_, place) =>
      new RedisError(
        'wrong_password',
        `Redis at ${place} refused the user name or password: correct the URL.`,
      ),
  ],
  [
    /^NOPERM/,
    (reply, place) =>
      new RedisError(
        'not_permitted',
        `Redis at ${place} does not let this user do what is needed (${reply}): extend its ACL.`,
      ),
  ],
  [
    /^READONLY/,
    (_, place) =>
      new RedisError('read_only', `Redis at ${place} takes no writes: use the address of the primary.`),
  ],
  [
    /^OOM/,
    (_, place) =>
      new RedisError(
        'out_of_memory',
        `Redis at ${place} is out of memory: raise its maxmemory or free some.`,
      ),
  ],
  [
    /^MISCONF/,
    (_, place) =>
      new RedisError(
        'cannot_persist',
        `Redis at ${place} can't write to its disk and refuses writes: look at its log and its disk.`,
      ),
  ],
  [
    /^LOADING/,
    (_, place) =>
      new RedisError(
        'loading',
        `Redis at ${place} is loading its data: wait until it is done, then start again.`,
      ),
  ],
  [
    /^MOVED|^CLUSTERDOWN|^CROSSSLOT/,
    (_, place) =>
      new RedisError(
        'cluster',
        `Redis at ${place} is part of a cluster, which is not supported: use a single server.`,
      ),
  ],
  [
    /^ERR max number of clients reached/,
    (_, place) =>
      new RedisError('unreachable', `Redis at ${place} takes no more clients: raise its maxclients.`),
  ],
  [
    /^ERR (invalid DB index|DB index is out of range)/,
    (_, place) =>
      new RedisError(
        'bad_url',
        `Redis at ${place} has no database of that number: correct the end of the URL.`,
      ),
  ],
];

/** One line for whatever went wrong between a client and the server at `place`, which holds no credentials. */
export function explainFailure(error: Error & { code?: unknown }, place: string): RedisError {
  for (const [pattern, explain] of REPLIES) {
    if (pattern.test(error.message)) return explain(error.message, place);
  }
  const code = typeof error.code === 'string' ? error.code : '';
  if (/CERT|SSL|TLS/.test(code)) {
    return new RedisError(
      'unreachable',
      `Redis at ${place} could not be reached over TLS (${code}): check that it speaks TLS and its certificate (NODE_EXTRA_CA_CERTS).`,
    );
  }
  if (code !== '' || /Connection is closed|ETIMEDOUT|connect/.test(error.message)) {
    const reason = code === '' ? error.message.replace(/\.$/, '') : code;
    return new RedisError(
      'unreachable',
      `Redis at ${place} could not be reached (${reason}): start it, or correct its address.`,
    );
  }
  return new RedisError('unusable', `Redis at ${place} answered with an error: ${error.message}`);
}
