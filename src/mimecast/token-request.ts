import type { Secret } from '../domain/secret.ts';
import type { GatewayRequest } from './exchange.ts';

/** A token request. Its body holds the secret in clear text. */
export interface TokenRequest extends GatewayRequest {
  readonly method: 'POST';
  readonly path: '/oauth/token';
  readonly body: string;
}

const HEADERS = {
  'content-type': 'application/x-www-form-urlencoded',
  accept: 'application/json',
  'user-agent': 'mimecast-credential-monitor',
} as const;

/**
 * The client-credentials grant exactly as the onboarding guides' curl sends it (RFC 6749 section 4.4.2, with the
 * credentials in the form body, as Mimecast documents for API 2.0).
 */
export function tokenRequest(clientId: Secret, clientSecret: Secret): TokenRequest {
  const form = new URLSearchParams([
    ['client_id', clientId.reveal()],
    ['client_secret', clientSecret.reveal()],
    ['grant_type', 'client_credentials'],
  ]);
  return { method: 'POST', path: '/oauth/token', headers: HEADERS, body: form.toString() };
}
