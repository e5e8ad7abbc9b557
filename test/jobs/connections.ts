import type { Connection } from '../../src/domain/connection.ts';
import { Secret } from '../../src/domain/secret.ts';
import { GATEWAY, MINUTE, SECOND } from '../domain/checks.ts';

/** A connection as the config room would load it. */
export function connectionOf(id: string, more: Partial<Connection> = {}): Connection {
  return {
    id,
    tenant: `${id} Corp`,
    gateway: GATEWAY,
    clientId: { kind: 'literal', value: new Secret(`${id}-client`) },
    clientSecret: { kind: 'env', name: `${id.toUpperCase()}_SECRET` },
    intervalMs: 5 * MINUTE,
    timeoutMs: 10 * SECOND,
    confirmations: 3,
    secretExpiresAt: null,
    labels: { tier: 'gold' },
    channels: null,
    enabled: true,
    ...more,
  };
}
