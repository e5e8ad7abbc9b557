import type { Probe } from '../domain/connection.ts';
import type { Secret } from '../domain/secret.ts';
import type { GatewayRequest } from './exchange.ts';

/** A permission probe with a bearer token (RFC 6750 section 2.1). Its headers hold the token in clear text. */
export function probeRequest({ method, path, body }: Probe, token: Secret): GatewayRequest {
  return {
    method,
    path,
    headers: {
      authorization: `Bearer ${token.reveal()}`,
      accept: 'application/json',
      'user-agent': 'mimecast-credential-monitor',
      ...(body !== null && { 'content-type': 'application/json' }),
    },
    body,
  };
}
