import { randomBytes, randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';

/** A complete HTTP answer. Length and `x-request-id` are added when it is sent. */
export interface Reply {
  readonly kind: 'reply';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the simulator does with one token request; `usual` leaves it to the next in line, `late` after a wait. */
export type Answer =
  | Reply
  | { readonly kind: 'usual' }
  | { readonly kind: 'late'; readonly delayMs: number }
  | { readonly kind: 'silence' }
  | { readonly kind: 'drip'; readonly intervalMs: number }
  | { readonly kind: 'flood'; readonly bytes: number }
  | { readonly kind: 'reset' }
  | { readonly kind: 'garbage' };

/** An answer that ends the request's way through the simulator. */
export type FinalAnswer = Exclude<Answer, { kind: 'usual' } | { kind: 'late' }>;

export function jsonReply(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return {
    kind: 'reply',
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}

/** The vendor's own error shape. */
export function failReply(status: number, code: string, message: string): Reply {
  return jsonReply(status, { fail: [{ code, message }] });
}

/** What Mimecast says to a wrong id, a wrong secret, and to deleted, regenerated or disabled keys alike. */
export function rejection(): Reply {
  return failReply(401, 'InvalidClientIdentifier', 'Client credentials are invalid');
}

/** Sends the documented success. */
export function sendToken(response: ServerResponse, token: string): void {
  response.writeHead(200, tokenHeaders(randomUUID()));
  response.end(tokenBody(token), 'latin1');
}

/** Sends, or conspicuously fails to send, an answer; `issue` makes the token for one that holds one. */
export function send(response: ServerResponse, answer: FinalAnswer, issue: () => string = freshToken): void {
  switch (answer.kind) {
    case 'reply':
      sendReply(response, answer);
      return;
    case 'silence':
      return;
    case 'drip':
      drip(response, answer.intervalMs, issue());
      return;
    case 'flood':
      flood(response, answer.bytes, issue());
      return;
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'garbage':
      // Below HTTP on purpose: this is what a client meets that was pointed at the wrong port.
      response.socket?.end('SSH-2.0-OpenSSH_9.2\r\n');
      return;
    default:
      answer satisfies never;
  }
}

/** Runs a step after a wait, unless the client has gone by then; so no timer outlives its connection. */
export function afterwards(response: ServerResponse, delayMs: number, step: () => void): void {
  const timer = setTimeout(step, delayMs);
  response.once('close', () => clearTimeout(timer));
}

function sendReply(response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status, {
    ...reply.headers,
    'content-length': Buffer.byteLength(reply.body),
    'x-request-id': randomUUID(),
  });
  response.end(reply.body);
}

/** A valid answer in slow motion: a client that only watches for silence would wait for minutes. */
function drip(response: ServerResponse, intervalMs: number, token: string): void {
  response.writeHead(200, tokenHeaders(randomUUID()));
  response.flushHeaders();
  const body = tokenBody(token);
  let sent = 0;
  const timer = setInterval(() => {
    response.write(body.charAt(sent), 'latin1');
    sent += 1;
    if (sent === body.length) {
      clearInterval(timer);
      response.end();
    }
  }, intervalMs);
  response.once('close', () => clearInterval(timer));
}

const PADDING = Buffer.alloc(64 * 1024, 'x');

/**
 * A valid answer padded to an absurd length, without saying the length beforehand: only a client that counts
 * what arrives can stop in time.
 */
function flood(response: ServerResponse, bytes: number, token: string): void {
  response.writeHead(200, { 'content-type': 'application/json', 'x-request-id': randomUUID() });
  // The callback takes the error of a client that hangs up half-way: that is the right thing for it to do.
  pipeline(Readable.from(paddedToken(bytes, token)), response, () => undefined);
}

function* paddedToken(bytes: number, token: string): Generator<Buffer> {
  const head = Buffer.from('{"padding":"');
  const tail = Buffer.from(`",${tokenBody(token).slice(1)}`);
  yield head;
  let left = Math.max(0, bytes - head.length - tail.length);
  for (; left > PADDING.length; left -= PADDING.length) yield PADDING;
  yield PADDING.subarray(0, left);
  yield tail;
}

/** Raw name-value pairs, the form that costs Node least: a bench asks for tens of thousands a second. */
function tokenHeaders(requestId: string): string[] {
  return [
    'content-type',
    'application/json',
    'cache-control',
    'no-store',
    'content-length',
    TOKEN_BODY_LENGTH,
    'x-request-id',
    requestId,
  ];
}

function tokenBody(token: string): string {
  return `${TOKEN_HEAD}${token}${TOKEN_TAIL}`;
}

const TOKEN_HEAD = '{"access_token":"';
const TOKEN_TAIL = '","token_type":"Bearer","expires_in":1799,"scope":""}';
const TOKEN_BYTES = 14;
const TOKEN_BODY_LENGTH = String(TOKEN_HEAD.length + TOKEN_BYTES * 2 + TOKEN_TAIL.length);

/** A token that was never given out before. */
export const freshToken = tokenSource(TOKEN_BYTES * 1_024);

/** Random bytes are drawn a thousand tokens at a time: one draw for each would be the dearest part of an answer. */
function tokenSource(poolBytes: number): () => string {
  let pool = Buffer.alloc(0);
  let used = 0;
  return () => {
    if (used >= pool.length) {
      pool = randomBytes(poolBytes);
      used = 0;
    }
    used += TOKEN_BYTES;
    return pool.toString('hex', used - TOKEN_BYTES, used);
  };
}
