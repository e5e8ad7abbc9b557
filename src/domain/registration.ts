import type { Connection } from './connection.ts';
import type { PermissionRecord } from './permission.ts';
import { type HealthRecord, newRecord, type Transition, type TransitionReason } from './record.ts';
import type { State } from './state.ts';
import type { HealthSummary } from './summary.ts';

/** What registering (or registering again) a connection does to its record. */
export interface Registration {
  readonly record: HealthRecord;
  readonly transition: Transition | null;
  /** The probe was taken out of the config; this is what was known by it. */
  readonly forgotten?: PermissionRecord;
}

/** Whether `register` would leave the record of this summary as it is; null where there is no summary. */
export function isRegistered(summary: HealthSummary | null, connection: Connection): boolean {
  if (summary === null) return false;
  if (!connection.enabled || summary.state === 'disabled')
    return !connection.enabled && summary.state === 'disabled';
  if (summary.gateway !== connection.gateway) return false;
  return summary.permission === null || connection.probe !== undefined;
}

/**
 * The record a configured connection must have, or null when the stored one is already right.
 * `firstCheckAt` (epoch ms) is used wherever the connection has to be looked at anew.
 */
export function register(
  stored: HealthRecord | null,
  connection: Connection,
  now: number,
  firstCheckAt: number,
): Registration | null {
  if (stored === null) {
    const record = newRecord(connection.gateway, now, connection.enabled ? firstCheckAt : null);
    return { record, transition: null };
  }
  if (!connection.enabled) {
    return stored.state === 'disabled'
      ? null
      : restart(stored, connection, now, null, 'disabled', 'disabled');
  }
  if (stored.state === 'disabled')
    return restart(stored, connection, now, firstCheckAt, 'pending', 'enabled');
  if (stored.gateway !== connection.gateway) {
    // The fingerprint covers the origin, so the first verdict of the new gateway starts a new count by itself.
    const { declaredFor: _outdated, ...kept } = stored;
    const record = {
      ...kept,
      version: stored.version + 1,
      gateway: connection.gateway,
      recheckAt: firstCheckAt,
    };
    return { record: { ...record, notBefore: null }, transition: null };
  }
  if (stored.permission !== undefined && connection.probe === undefined) {
    const { permission: forgotten, ...rest } = stored;
    return { record: { ...rest, version: stored.version + 1 }, transition: null, forgotten };
  }
  return null;
}

/** A connection that was removed and is back within the time its record is kept: its secrets' history is kept. */
export function restore(
  kept: HealthRecord,
  connection: Connection,
  now: number,
  firstCheckAt: number,
): Registration {
  const state = connection.enabled ? 'pending' : 'disabled';
  return restart(kept, connection, now, connection.enabled ? firstCheckAt : null, state, 'restored');
}

function restart(
  stored: HealthRecord,
  connection: Connection,
  now: number,
  recheckAt: number | null,
  state: State,
  reason: TransitionReason,
): Registration {
  const fresh = newRecord(connection.gateway, now, recheckAt);
  const record: HealthRecord = {
    ...fresh,
    version: stored.version + 1,
    state,
    fingerprint: stored.fingerprint,
    previousFingerprint: stored.previousFingerprint,
    fingerprintSince: stored.fingerprintSince,
    validFingerprints: stored.validFingerprints,
    lastCheckAt: stored.lastCheckAt,
    lastVerdict: stored.lastVerdict,
    lastSuccessAt: stored.lastSuccessAt,
    ...(stored.declaredFor && { declaredFor: stored.declaredFor }),
  };
  return {
    record,
    transition: {
      version: record.version,
      at: now,
      from: stored.state,
      to: state,
      reason,
      evidence: null,
      rejections: 0,
      lastSuccessAt: stored.lastSuccessAt,
      registeredAt: record.createdAt,
      unknownCodePersists: false,
    },
  };
}
