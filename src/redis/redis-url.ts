import { RedisError } from './redis-error.ts';

/** A parsed `redis://` or `rediss://` URL. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly username: string | null;
  readonly password: string | null;
  readonly db: number;
  readonly tls: boolean;
}

const DEFAULT_PORT = 6379;

/** Throws `bad_url` with a message that never repeats the URL, since it may hold a password. */
export function parseRedisUrl(text: string): RedisAddress {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw badUrl('it is not a URL');
  }
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:')
    throw badUrl(`it starts with ${url.protocol}//`);
  if (url.hostname === '') throw badUrl('it names no host');
  if (url.search !== '' || url.hash !== '')
    throw badUrl('it has a ? or # part (write such characters as %3F and %23)');
  const db = /^\/?(\d{0,5})$/.exec(url.pathname)?.[1];
  if (db === undefined) throw badUrl('what follows the host must be the number of a database');
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    username: url.username === '' ? null : decodePart(url.username),
    password: url.password === '' ? null : decodePart(url.password),
    db: Number(db),
    tls: url.protocol === 'rediss:',
  };
}

/** The address without its credentials: fit for logs and messages. */
export function describeAddress(address: RedisAddress): string {
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${address.tls ? 'rediss' : 'redis'}://${host}:${address.port}/${address.db}`;
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw badUrl(
      'its user name or password holds a % that is not followed by two hex digits (write % as %25)',
    );
  }
}

function badUrl(reason: string): RedisError {
  return new RedisError(
    'bad_url',
    `The Redis URL can't be used, ${reason}: write redis://[user:password@]host[:port][/db], or rediss:// for TLS.`,
  );
}
