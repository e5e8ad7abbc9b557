import type { ConnectionIdentity } from './connection.ts';
import type { Transition } from './record.ts';

/**
 * What the keeper reads, in order, exactly once: facts as they were when they happened, so that a decision can
 * be replayed and never depends on what has changed since.
 */
export type MonitorEvent = StateEvent | RemovedEvent;

export interface StateEvent extends Transition {
  readonly type: 'state';
  readonly connection: ConnectionIdentity;
  /** Channels that replace the routes for this connection. */
  readonly channels: readonly string[] | null;
  /** The declared expiry of the secret, epoch milliseconds. */
  readonly declaredExpiry: number | null;
}

/** A connection left the config. */
export interface RemovedEvent {
  readonly type: 'removed';
  readonly connection: ConnectionIdentity;
  readonly at: number;
}
