import { RedisError } from './redis-error.ts';
import { parseRedisUrl, type RedisAddress } from './redis-url.ts';

/** A parsed `redis+sentinel://` URL: who knows where the primary is, its name, and how to log in there. */
export interface SentinelAddress extends Pick<RedisAddress, 'username' | 'password' | 'db' | 'tls'> {
  readonly sentinels: readonly { readonly host: string; readonly port: number }[];
  /** What the Sentinels call the primary. */
  readonly name: string;
  /** What the Sentinels themselves want to hear; null where they let everybody ask. */
  readonly sentinelUsername: string | null;
  readonly sentinelPassword: string | null;
}

const DEFAULT_PORT = 26_379;
const SHAPE = /^(rediss?)\+sentinel:\/\/(?:([^@/?#]*)@)?([^@/?#]+)\/([^/?#]+)(?:\/(\d{0,5}))?(?:\?([^#]*))?$/;
const QUERY = ['sentinelUsername', 'sentinelPassword'] as const;

export function isSentinelUrl(text: string): boolean {
  return /^rediss?\+sentinel:/.test(text);
}

/**
 * Not with the URL class, which knows no list of hosts. Throws `bad_url` with a message that never repeats the URL,
 * since it may hold a password.
 */
export function parseSentinelUrl(text: string): SentinelAddress {
  const [, scheme, user = '', hosts = '', name = '', db = '', query = ''] = SHAPE.exec(text) ?? [];
  if (scheme === undefined) throw badUrl('it has another form');
  const parameters = new URLSearchParams(query);
  for (const key of parameters.keys()) {
    if (!QUERY.some((known) => known === key))
      throw badUrl(`its ? part may hold ${QUERY.join(' and ')} only`);
  }
  const colon = user.indexOf(':');
  const username = colon === -1 ? user : user.slice(0, colon);
  const password = colon === -1 ? '' : user.slice(colon + 1);
  return {
    sentinels: hosts.split(',').map(readHost),
    name: decodePart(name),
    username: username === '' ? null : decodePart(username),
    password: password === '' ? null : decodePart(password),
    db: Number(db),
    tls: scheme === 'rediss',
    sentinelUsername: parameters.get('sentinelUsername'),
    sentinelPassword: parameters.get('sentinelPassword'),
  };
}

/** Without credentials: fit for logs and messages. */
export function describeSentinels({
  sentinels,
  name,
  db,
  tls,
}: Pick<SentinelAddress, 'sentinels' | 'name' | 'db' | 'tls'>): string {
  const hosts = sentinels.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`);
  return `${tls ? 'rediss' : 'redis'}+sentinel://${hosts.join(',')}/${name}/${db}`;
}

function readHost(text: string): { host: string; port: number } {
  try {
    const { host, port } = parseRedisUrl(`redis://${text}`);
    return { host, port: /:\d+$/.test(text) ? port : DEFAULT_PORT };
  } catch {
    // Its message is about the other kind of URL.
    throw badUrl('one of its hosts is none');
  }
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw badUrl('it holds a % that is not followed by two hex digits (write % as %25)');
  }
}

function badUrl(reason: string): RedisError {
  return new RedisError(
    'bad_url',
    `The Redis URL can't be used, ${reason}: write redis+sentinel://[user:password@]host[:port],host[:port]/name[/db], or rediss+sentinel:// for TLS.`,
  );
}
