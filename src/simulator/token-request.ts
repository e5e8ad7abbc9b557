import type { IncomingMessage } from 'node:http';
import { failReply, jsonReply, type Reply } from './answers.ts';

/** The longest request body that is kept, in bytes; a token request holds a few hundred. */
const LONGEST_BODY = 16 * 1_024;

const FORM = 'application/x-www-form-urlencoded';
const FIELDS = ['client_id', 'client_secret', 'grant_type'] as const;

export interface TokenRequest {
  readonly kind: 'token_request';
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Answers what can be refused before the body is read; null goes on. */
export function refuseHead(method: string | undefined, contentType: string | undefined): Reply | null {
  if (method !== 'POST') {
    const refused = failReply(405, 'method_not_allowed', 'The token endpoint takes POST only');
    return { ...refused, headers: { ...refused.headers, allow: 'POST' } };
  }
  // Media types are compared without regard to case and may carry parameters (RFC 9110 section 8.3.1).
  if (contentType === FORM || contentType?.split(';', 1)[0]?.trim().toLowerCase() === FORM) return null;
  return invalidRequest(`The Content-Type must be ${FORM}`);
}

/**
 * Reads the form post of the onboarding guide: `client_id`, `client_secret` and `grant_type=client_credentials`,
 * each exactly once (RFC 6749 section 3.2). Anything else is a 400 that names the field.
 */
export function readTokenRequest(body: string): TokenRequest | Reply {
  const form = new URLSearchParams(body);
  const values: string[] = [];
  for (const field of FIELDS) {
    const given = form.getAll(field);
    const [value] = given;
    // The wording, with its space before the colon, is the vendor's.
    if (value === undefined || value === '') {
      return invalidRequest(`The request is missing a required parameter : ${field}`);
    }
    if (given.length > 1) return invalidRequest(`The request repeats a parameter : ${field}`);
    values.push(value);
  }
  const [clientId = '', clientSecret = '', grantType] = values;
  if (grantType !== 'client_credentials') {
    return jsonReply(400, {
      ErrorCode: 'unsupported_grant_type',
      Error: 'The grant_type must be client_credentials',
    });
  }
  return { kind: 'token_request', clientId, clientSecret };
}

/**
 * Collects a request's body and hands it over as text, or as null when it is longer than `LONGEST_BODY`. The
 * rest of a long one is read and dropped, so that its sender gets to see the answer instead of a broken pipe.
 */
export function collectBody(request: IncomingMessage, done: (body: string | null) => void): void {
  const chunks: Buffer[] = [];
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= LONGEST_BODY) chunks.push(chunk);
    else chunks.length = 0;
  });
  request.on('end', () => {
    if (length > LONGEST_BODY) return done(null);
    const [only] = chunks;
    done(only !== undefined && chunks.length === 1 ? only.toString() : Buffer.concat(chunks).toString());
  });
}

export function tooLong(): Reply {
  return jsonReply(413, {
    ErrorCode: 'request_too_large',
    Error: `The request body is longer than ${LONGEST_BODY} bytes`,
  });
}

function invalidRequest(message: string): Reply {
  return jsonReply(400, { ErrorCode: 'invalid_request', Error: message });
}
