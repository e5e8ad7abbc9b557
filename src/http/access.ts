import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Secret } from '../domain/secret.ts';
import { ProblemError } from './problem.ts';
import { clientOf, type RateLimit } from './rate-limit.ts';

/** Answered without a token, so that whatever restarts or balances processes needs none. */
const OPEN_PATHS: readonly string[] = ['/healthz', '/readyz'];

const CHALLENGES = [
  'Bearer realm="mimecast-monitor"',
  'Basic realm="mimecast-monitor: the token is the password", charset="UTF-8"',
];

/**
 * Throws a 401 unless the request carries the token, as Bearer or as the password of Basic. A client that sent too many
 * wrong ones has to wait, with a right one too: who guesses must not be told.
 */
export function createTokenCheck(
  token: Secret,
  wrong: RateLimit,
  logger: Logger,
): (request: FastifyRequest) => void {
  const expected = digest(token.reveal());
  return (request) => {
    if (OPEN_PATHS.includes(pathOf(request))) return;
    const given = credential(request.headers.authorization);
    if (given !== null) {
      const client = clientOf(request.ip);
      refuseTooMany(wrong, client, 'Too many wrong tokens came from this address.');
      if (timingSafeEqual(digest(given), expected)) return;
      wrong.count(client);
      if (wrong.waitMs(client) > 0) logger.warn({ client }, 'wrong tokens come from one address');
    }
    throw new ProblemError(
      401,
      'This monitor asks for its token: send it as a Bearer token, or in a browser as the password.',
      { headers: { 'www-authenticate': CHALLENGES } },
    );
  };
}

/** Throws a 429 for a client that changes things faster than any person or script of theirs has to. */
export function createChangeCheck(changes: RateLimit): (request: FastifyRequest) => void {
  return (request) => {
    if (isReading(request)) return;
    const client = clientOf(request.ip);
    refuseTooMany(changes, client, 'Too many requests that change something came from this address.');
    changes.count(client);
  };
}

/** Throws a 429 that says how long to wait. */
function refuseTooMany(limit: RateLimit, client: string, detail: string): void {
  const seconds = Math.ceil(limit.waitMs(client) / 1_000);
  if (seconds > 0) throw new ProblemError(429, detail, { headers: { 'retry-after': String(seconds) } });
}

/** Of equal length whatever was sent, so that comparing takes the same time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function credential(header: string | undefined): string | null {
  const [, scheme = '', value = ''] = /^(bearer|basic) +(\S+) *$/i.exec(header ?? '') ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return null;
  const text = Buffer.from(value, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? null : text.slice(colon + 1);
}

/**
 * Throws a 403 for a request that a page of another site made a browser send: it would carry the user's password,
 * or stand on the user's own machine. Programs send neither `Origin` nor `Sec-Fetch-Site`. A link to the monitor, in
 * a chat or a ticket, may be followed.
 */
export function refuseForeignOrigin(request: FastifyRequest): void {
  const { origin, host } = request.headers;
  const reading = isReading(request);
  if (isFromOtherSite(request) && !(reading && request.headers['sec-fetch-mode'] === 'navigate'))
    throw foreign();
  if (origin === undefined || reading) return;
  if (!URL.canParse(origin) || new URL(origin).host !== host) throw foreign();
}

/** As browsers themselves say (Fetch Metadata); `none` is what a person typed. */
function isFromOtherSite({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

function foreign(): ProblemError {
  return new ProblemError(403, 'Requests from pages of other sites are refused.');
}

function isReading({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

/**
 * Throws a 403 for a host name that is not this machine's. A monitor that asks for no token listens on loopback only,
 * and a page whose name was made to point there (DNS rebinding) would otherwise read everything.
 */
export function refuseForeignHost(request: FastifyRequest): void {
  const host = request.headers.host ?? '';
  const name = URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : '';
  if (name === 'localhost' || isIP(name.replace(/^\[|\]$/g, '')) !== 0) return;
  throw new ProblemError(
    403,
    'Without a token this monitor answers to localhost and IP addresses only: set http.token, or http.allowUnauthenticated.',
  );
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? '';
}
