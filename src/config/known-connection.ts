import type { Connection } from '../domain/connection.ts';

/** What decides who is told about a connection. */
export type RoutedConnection = Pick<
  Connection,
  'id' | 'tenant' | 'gateway' | 'labels' | 'channels' | 'enabled'
>;

/**
 * Stands for the connection of a line that made it before and would make the same again: whoever has the earlier
 * connections has all of it.
 */
export class KnownConnection implements RoutedConnection {
  readonly id: string;
  readonly tenant: string;
  readonly gateway: string;
  readonly labels: Connection['labels'];
  readonly channels: Connection['channels'];
  readonly enabled: boolean;
  /** Among the earlier connections. */
  readonly position: number;
  /** Whether the secret stands on the line itself. */
  readonly isLiteral: boolean;

  constructor(remembered: RoutedConnection, position: number, isLiteral: boolean) {
    this.id = remembered.id;
    this.tenant = remembered.tenant;
    this.gateway = remembered.gateway;
    this.labels = remembered.labels;
    this.channels = remembered.channels;
    this.enabled = remembered.enabled;
    this.position = position;
    this.isLiteral = isLiteral;
  }
}

/** A connection as a load that knows earlier ones finds it. */
export type FoundConnection = Connection | KnownConnection;

export function isWhole(connection: FoundConnection): connection is Connection {
  return !(connection instanceof KnownConnection);
}
