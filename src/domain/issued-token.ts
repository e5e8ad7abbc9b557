import { parseBody } from './answer.ts';
import type { ExchangeOutcome } from './classify.ts';
import { Secret } from './secret.ts';

/** The access token in the answer to a token request, or null when there is none. */
export function issuedToken(outcome: ExchangeOutcome): Secret | null {
  if (outcome.kind === 'failure') return null;
  const body = parseBody(outcome.body, outcome.oversized);
  const value = body.kind === 'json' ? body.value : null;
  if (typeof value !== 'object' || value === null || !('access_token' in value)) return null;
  const { access_token: token } = value;
  return typeof token === 'string' && token.trim() !== '' ? new Secret(token.trim()) : null;
}
