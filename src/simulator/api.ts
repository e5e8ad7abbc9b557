import type { IncomingMessage } from 'node:http';
import { failReply, jsonReply, type Reply } from './answers.ts';
import type { Key } from './keys.ts';
import { collectBody, tooLong } from './token-request.ts';
import type { TokenBook } from './tokens.ts';

/** The read-only calls that integrations use to see what a token may do, by path. */
const METHODS: Readonly<Record<string, string>> = {
  '/identity/whoami': 'GET',
  '/api/account/get-account': 'POST',
};

export interface ApiCall {
  readonly kind: 'call';
  /** Whose token it was made with. */
  readonly key: Key;
  /** What Mimecast says when the application is permitted. */
  readonly usual: Reply;
}

export function isApiPath(path: string): boolean {
  return Object.hasOwn(METHODS, path);
}

/** Reads a call whole and hands it over, or the answer that refuses it before any permission is looked at. */
export function readApiCall(
  request: IncomingMessage,
  tokens: TokenBook,
  done: (call: ApiCall | Reply) => void,
): void {
  collectBody(request, (body) => {
    done(body === null ? tooLong() : readCall(request, body, tokens));
  });
}

function readCall(
  { url = '', method, headers }: IncomingMessage,
  body: string,
  tokens: TokenBook,
): ApiCall | Reply {
  const [, token = ''] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  const key = tokens.ownerOf(token);
  if (key === undefined)
    return failReply(401, 'token_verification_failed', 'The access token is missing, invalid or expired');
  if (method !== METHODS[url]) {
    const refused = failReply(405, 'method_not_allowed', `The method here is ${METHODS[url]}`);
    return { ...refused, headers: { ...refused.headers, allow: METHODS[url] ?? '' } };
  }
  if (method === 'POST' && !hasData(body))
    return failReply(400, 'invalid_request', 'The body must be a JSON object with a list of data');
  const usual =
    method === 'GET'
      ? jsonReply(200, { clientId: key.clientId, type: 'application' })
      : jsonReply(200, { meta: { status: 200 }, data: [{ accountCode: key.clientId }], fail: [] });
  return { kind: 'call', key, usual };
}

function hasData(body: string): boolean {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && 'data' in value && Array.isArray(value.data);
  } catch {
    // Whatever is not JSON has no data either.
    return false;
  }
}
