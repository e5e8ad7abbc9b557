import type { Reference } from './reference.ts';

/** One registered Mimecast API 2.0 key pair, as the config file describes it with all defaults filled in. */
export interface Connection {
  /** `[a-z0-9][a-z0-9._-]{0,62}`, unique in the fleet. */
  readonly id: string;
  /** The customer who owns the keys. */
  readonly tenant: string;
  /** URL origin of the token-issuing host, e.g. `https://us-api.services.mimecast.com`. */
  readonly gateway: string;
  readonly clientId: Reference;
  readonly clientSecret: Reference;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Counted rejections in a row that confirm one; at least 2. */
  readonly confirmations: number;
  /** Declared by the operator, epoch milliseconds; never inferred from an answer. */
  readonly secretExpiresAt: number | null;
  readonly labels: Readonly<Record<string, string>>;
  /** Channels that replace the routes for this connection; null follows the routes. */
  readonly channels: readonly string[] | null;
  readonly enabled: boolean;
  /** A call that shows whether the application may do what it is for; absent where none is configured. */
  readonly probe?: Probe;
}

/** One cheap, read-only call with a token, at the connection's own gateway. */
export interface Probe {
  readonly method: 'GET' | 'POST';
  /** Begins with one slash; no query. */
  readonly path: string;
  /** A JSON document; null with GET. */
  readonly body: string | null;
  /** Milliseconds between two probes; each is made together with a check. */
  readonly intervalMs: number;
}

/** The part of a connection that messages show. */
export interface ConnectionIdentity {
  readonly id: string;
  readonly tenant: string;
  readonly gateway: string;
  readonly labels: Readonly<Record<string, string>>;
}

export function identityOf(connection: ConnectionIdentity): ConnectionIdentity {
  const { id, tenant, gateway, labels } = connection;
  return { id, tenant, gateway, labels };
}

/** Names the keys of one customer at one gateway, which are lost together when somebody wipes that customer's. */
export function customerKey({ gateway, tenant }: Pick<ConnectionIdentity, 'gateway' | 'tenant'>): string {
  return `${gateway} ${tenant}`;
}
