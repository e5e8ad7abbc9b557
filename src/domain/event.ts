import type { ConnectionIdentity } from './connection.ts';
import type { PermissionState } from './permission.ts';
import type { Evidence, Transition } from './record.ts';

/**
 * What the keeper reads, in order, exactly once: facts as they were when they happened, so that a decision can
 * be replayed and never depends on what has changed since.
 */
export type MonitorEvent = StateEvent | PermissionEvent | RemovedEvent;

/** What is written down with a record. */
export type RecordEvent = StateEvent | PermissionEvent;

export interface StateEvent extends Transition {
  readonly type: 'state';
  readonly connection: ConnectionIdentity;
  /** Channels that replace the routes for this connection. */
  readonly channels: readonly string[] | null;
  /** The declared expiry of the secret, epoch milliseconds. */
  readonly declaredExpiry: number | null;
}

/** What an application may do has changed, for sure, or what it is denied; its keys work as before. */
export interface PermissionEvent {
  readonly type: 'permission';
  /** Version of the record that this change produced. */
  readonly version: number;
  readonly at: number;
  readonly from: PermissionState;
  /** `unknown` when the probe was taken out of the config. */
  readonly to: PermissionState;
  readonly evidence: PermissionEvidence | null;
  readonly denials: number;
  readonly permittedAt: number | null;
  readonly lastSuccessAt: number | null;
  readonly connection: ConnectionIdentity;
  readonly channels: readonly string[] | null;
}

/** The answer that decided, besides the token that was issued just before. */
export interface PermissionEvidence extends Evidence {
  /** E.g. `GET /identity/whoami`. */
  readonly call: string;
}

/** A connection left the config. */
export interface RemovedEvent {
  readonly type: 'removed';
  readonly connection: ConnectionIdentity;
  readonly at: number;
}
