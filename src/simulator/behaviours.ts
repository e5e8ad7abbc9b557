import { STATUS_CODES } from 'node:http';
import { z } from 'zod';
import { type Answer, failReply, jsonReply, type Reply, rejection } from './answers.ts';
import {
  type BehaviourOf,
  entry,
  isObject,
  type Play,
  type ReadBehaviour,
  readFrom,
} from './behaviour-entry.ts';

const USUAL: Answer = { kind: 'usual' };
const count = z.int().min(1).max(1_000_000);
const milliseconds = z.int().min(0).max(3_600_000);
const code = z.string().min(1).max(64);
const errorStatus = z.int().min(400).max(599);
/** Those whose answers may not hold a body (RFC 9110 section 15) would quietly lose the page. */
const pageStatus = z
  .int()
  .min(200)
  .max(599)
  .refine((status) => ![204, 205, 304].includes(status), { error: 'an answer with this status has no body' });

const SINGLE = {
  normal: entry('answers as Mimecast does', {}, () => USUAL),
  revoked: entry('401 InvalidClientIdentifier, whatever the secret', {}, rejection),
  unknown_401: entry('401 with a code that proves nothing; code', { code: code.optional() }, (given) =>
    failReply(401, given.code ?? 'token_verification_failed', 'The request could not be authorized'),
  ),
  spurious_401: entry(
    'now and then 401 InvalidClientIdentifier though the keys are good; one of next (default 1), every, probability',
    { next: count.optional(), every: count.optional(), probability: z.number().min(0).max(1).optional() },
    ({ every, probability }, { ordinal, random }) => {
      if (every !== undefined && ordinal % every !== 0) return USUAL;
      if (probability !== undefined && random() >= probability) return USUAL;
      return rejection();
    },
    ({ next, every, probability }) => next ?? (every === undefined && probability === undefined ? 1 : null),
  ),
  forbidden: entry('403 app_forbidden; code', { code: code.optional() }, (given) =>
    failReply(403, given.code ?? 'app_forbidden', 'Forbidden to perform the requested operation'),
  ),
  // No public source quotes the body of a 418; the nested shape is the one API 1.0 uses elsewhere.
  gone_418: entry('418 with fail[]', {}, () => nestedFail(418, 'err_binding_expired', 'Binding has expired')),
  rate_limited: entry(
    '429 with X-RateLimit headers; resetMs, limit, resetAs (milliseconds, epoch_milliseconds, epoch_seconds), retryAfter in seconds',
    {
      resetMs: milliseconds.default(60_000),
      limit: count.default(100),
      resetAs: z.enum(['milliseconds', 'epoch_milliseconds', 'epoch_seconds']).default('milliseconds'),
      retryAfter: z.int().min(0).max(86_400).optional(),
    },
    ({ resetMs, limit, resetAs, retryAfter }, { now }) => {
      const at = { milliseconds: resetMs, epoch_milliseconds: now() + resetMs };
      const reset = resetAs === 'epoch_seconds' ? Math.ceil((now() + resetMs) / 1_000) : at[resetAs];
      const reply = failReply(429, 'rate_limit_exceeded', 'Rate limit exceeded');
      const headers: Record<string, string> = {
        ...reply.headers,
        'x-ratelimit-limit': String(limit),
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(reset),
      };
      if (retryAfter !== undefined) headers['retry-after'] = String(retryAfter);
      return { ...reply, headers };
    },
  ),
  status: entry('a plain-text error; status 400 to 599', { status: errorStatus }, ({ status }) => ({
    kind: 'reply',
    status,
    headers: { 'content-type': 'text/plain' },
    body: `${status} ${STATUS_CODES[status] ?? 'Error'}\n`,
  })),
  html: entry('an HTML page; status, default 200', { status: pageStatus.default(200) }, ({ status }) =>
    page(status, 'Welcome', 'Please sign in to use this network.'),
  ),
  html_401: entry('a firewall page with 401', {}, () => page(401, 'Unauthorized', 'Access was blocked.')),
  html_403: entry('a firewall page with 403', {}, () => page(403, 'Forbidden', 'Access was blocked.')),
  truncated_json: entry('200 with half of a valid answer', {}, () => ({
    kind: 'reply',
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: '{"access_token":"RPjLow4SKlsPLycjML3d',
  })),
  empty_body: entry(
    'no body; status, default 200',
    { status: z.int().min(200).max(599).default(200) },
    ({ status }) => ({ kind: 'reply', status, headers: {}, body: '' }),
  ),
  redirect: entry(
    'a redirect; location, status (301, 302, 303, 307, 308; default 302)',
    {
      location: z
        .string()
        .regex(/^[\x21-\x7e]{1,2048}$/)
        .default('/elsewhere'),
      status: z.literal([301, 302, 303, 307, 308]).default(302),
    },
    ({ location, status }) => ({ kind: 'reply', status, headers: { location }, body: '' }),
  ),
  not_found: entry('404', {}, () => failReply(404, 'not_found', 'The requested resource was not found')),
  fail_in_200: entry('200 that holds fail[]; code', { code: code.optional() }, (given) =>
    nestedFail(200, given.code ?? 'err_x', 'The request failed'),
  ),
  no_token: entry('200 without access_token', {}, () =>
    jsonReply(200, { token_type: 'Bearer', expires_in: 1799, scope: '' }),
  ),
  oauth_error: entry(
    'error and error_description; code (invalid_client), status (401)',
    { code: code.default('invalid_client'), status: errorStatus.default(401) },
    (given) =>
      jsonReply(given.status, { error: given.code, error_description: 'Client authentication failed' }),
  ),
  error_object: entry(
    'error.message without a code; status (401)',
    { status: errorStatus.default(401) },
    ({ status }) => jsonReply(status, { error: { message: 'The request was not authorized' } }),
  ),
  fault: entry(
    'an Apigee fault; code (oauth.v2.InvalidApiKey), status (401)',
    { code: code.default('oauth.v2.InvalidApiKey'), status: errorStatus.default(401) },
    (given) =>
      jsonReply(given.status, {
        fault: { faultstring: 'Invalid ApiKey', detail: { errorcode: given.code } },
      }),
  ),
  error_code: entry(
    'ErrorCode and Error; code (invalid_request), status (400)',
    { code: code.default('invalid_request'), status: errorStatus.default(400) },
    (given) =>
      jsonReply(given.status, {
        ErrorCode: given.code,
        Error: 'The request is missing a required parameter : client_id',
      }),
  ),
  latency: entry(
    'the usual answer, later; delayMs',
    { delayMs: milliseconds.default(1_000) },
    ({ delayMs }) => ({ kind: 'late', delayMs }),
  ),
  stall: entry('never answers', {}, () => ({ kind: 'silence' })),
  drip: entry(
    'a valid answer, a byte at a time; intervalMs',
    { intervalMs: milliseconds.min(1).default(1_000) },
    ({ intervalMs }) => ({ kind: 'drip', intervalMs }),
  ),
  oversized: entry(
    'a valid answer of enormous length; bytes, default 10 MiB',
    {
      bytes: z
        .int()
        .min(1)
        .max(2 ** 30)
        .default(10 * 2 ** 20),
    },
    ({ bytes }) => ({ kind: 'flood', bytes }),
  ),
  reset: entry('resets the connection', {}, () => ({ kind: 'reset' })),
  garbage: entry('something that is not HTTP', {}, () => ({ kind: 'garbage' })),
};

type SingleBehaviour = BehaviourOf<typeof SINGLE>;

const TABLE = {
  ...SINGLE,
  flap: entry(
    'another behaviour on every n-th request; other (a behaviour, but not flap), every, default 2',
    {
      every: count.default(2),
      other: z.custom<SingleBehaviour>().transform((raw, context): Play => {
        const read = readFrom(SINGLE, raw);
        if (read.ok) return read.performance.play;
        context.addIssue({ code: 'custom', message: read.problem });
        return z.NEVER;
      }),
    },
    ({ every, other }, turn) => {
      if (turn.ordinal % every !== 0) return USUAL;
      // The other behaviour counts its own turns, so that it may itself be one that counts.
      return other({ ...turn, ordinal: turn.ordinal / every });
    },
  ),
};

/** How a key, or with `*` the whole gateway, answers token requests; after `times` of them normally again. */
export type Behaviour = BehaviourOf<typeof TABLE> & { times?: number | undefined };

/** Every kind with one line about it. */
export const BEHAVIOUR_KINDS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(TABLE).map(([kind, { summary }]) => [kind, summary]),
);

/** Reads a behaviour from anywhere; `problem` names the field that is wrong. */
export function readBehaviour(raw: unknown): ReadBehaviour {
  if (!isObject(raw)) return { ok: false, problem: 'a behaviour is an object with a kind' };
  const { times, ...rest } = raw;
  const read = readFrom(TABLE, rest);
  if (!read.ok || times === undefined) return read;
  const lasting = count.safeParse(times);
  if (!lasting.success) return { ok: false, problem: 'times: a whole number from 1 to 1000000' };
  return { ok: true, performance: { ...read.performance, times: lasting.data, given: raw } };
}

function nestedFail(status: number, code: string, message: string): Reply {
  return jsonReply(status, {
    fail: [{ key: {}, errors: [{ code, message, retryable: status === 200 }] }],
    meta: { status },
    data: [],
  });
}

function page(status: number, title: string, text: string): Reply {
  return {
    kind: 'reply',
    status,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><h1>${title}</h1><p>${text}</p></body></html>\n`,
  };
}
