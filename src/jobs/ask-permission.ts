import type { ProbeAnswer } from '../domain/classify-probe.ts';
import { type Connection, identityOf, type Probe } from '../domain/connection.ts';
import type { PermissionEvent } from '../domain/event.ts';
import {
  advancePermission,
  isBeingConfirmed,
  isProbeDue,
  type PermissionReason,
  type PermissionRecord,
  type ProbeObservation,
} from '../domain/permission.ts';
import type { HealthRecord } from '../domain/record.ts';
import type { Secret } from '../domain/secret.ts';
import { type Change, type SavePorts, saveChange } from './save-change.ts';

export interface PermissionPorts extends SavePorts {
  readonly now: () => number;
  readonly settings: () => { readonly confirmDelayMs: number };
  /** Makes the call; null when so many are under way that checks would wait for them. Never throws. */
  readonly askPermission: (
    connection: Connection,
    probe: Probe,
    token: Secret,
  ) => Promise<ProbeAnswer | null>;
  readonly probed: (probe: FinishedProbe) => void;
}

/** What is measured and logged of one probe. */
export interface FinishedProbe {
  readonly connection: Connection;
  readonly call: string;
  readonly answer: ProbeAnswer;
  /** What the probe before it answered; null for the first. */
  readonly previous: ProbeAnswer | null;
  readonly reason: ProbeReason;
  readonly events: readonly PermissionEvent[];
}

/** `previous_secret`: the secret was replaced meanwhile. */
export type ProbeReason = PermissionReason | 'disabled' | 'previous_secret';

/** A check that was given a token. */
export interface Admission {
  readonly token: Secret;
  /** Of the secret that it was issued for. */
  readonly fingerprint: string | null;
  readonly epoch: string;
  /** A person asked for the check, and so for all that it can tell. */
  readonly wanted: boolean;
}

export type ProbeEnding = 'not_due' | 'busy' | 'no_record' | 'redis_was_emptied' | ProbeReason;

/**
 * Probes what the application may do with the token of the check just made, where that is due, and records it. What it
 * finds never touches what is known of the keys.
 */
export async function askPermission(
  connection: Connection,
  probe: Probe,
  admission: Admission,
  record: HealthRecord,
  ports: PermissionPorts,
): Promise<ProbeEnding> {
  const { confirmDelayMs } = ports.settings();
  const startedAt = ports.now();
  const call = `${probe.method} ${probe.path}`;
  const plan = {
    call,
    probeIntervalMs: probe.intervalMs,
    checkIntervalMs: connection.intervalMs,
    confirmDelayMs,
  };
  if (!admission.wanted && !isProbeDue(record.permission, plan, startedAt)) return 'not_due';
  const answer = await ports.askPermission(connection, probe, admission.token);
  if (answer === null) return 'busy';
  const seen = { startedAt, call, answer };
  const step = (before: HealthRecord): Change<ProbeReason> => {
    if (before.state === 'disabled') return { record: before, events: [], reason: 'disabled' };
    if (before.fingerprint !== admission.fingerprint)
      return { record: before, events: [], reason: 'previous_secret' };
    return changed(connection, before, seen, confirmDelayMs, ports.now());
  };
  const saved = await saveChange(connection.id, record, step, admission.epoch, ports);
  if (typeof saved === 'string') return saved;
  const events = saved.events.filter((event) => event.type === 'permission');
  const previous = record.permission?.last ?? null;
  ports.probed({ connection, call, answer, previous, reason: saved.reason, events });
  return saved.reason;
}

function changed(
  connection: Connection,
  before: HealthRecord,
  seen: ProbeObservation,
  confirmDelayMs: number,
  now: number,
): Change<ProbeReason> {
  const { permission, reason } = advancePermission(before.permission, seen, confirmDelayMs, now);
  if (permission === before.permission) return { record: before, events: [], reason };
  const confirmAt =
    reason === 'denial_counted' && isBeingConfirmed(permission) ? seen.startedAt + confirmDelayMs : null;
  const record: HealthRecord = {
    ...before,
    version: before.version + 1,
    permission,
    // A re-check that is ordered already asks for the permission as well.
    recheckAt: before.recheckAt ?? confirmAt,
  };
  const from = before.permission?.state ?? 'unknown';
  // A denial that is confirmed of another call changes no state, but what there is to say of it.
  const isNews = from !== permission.state || reason === 'denial_confirmed';
  const events = isNews ? [eventOf(connection, from, record, permission, seen.startedAt)] : [];
  return { record, events, reason };
}

function eventOf(
  connection: Connection,
  from: PermissionRecord['state'],
  record: HealthRecord,
  permission: PermissionRecord,
  at: number,
): PermissionEvent {
  const { call, last } = permission;
  const { httpStatus, code, requestId } = last;
  return {
    type: 'permission',
    version: record.version,
    at,
    from,
    to: permission.state,
    // A token was issued: that is what the check found out, and stays true whatever the call was answered.
    evidence: { verdict: 'valid', httpStatus, code, requestId, call },
    denials: permission.denials,
    permittedAt: permission.permittedAt,
    lastSuccessAt: record.lastSuccessAt,
    connection: identityOf(connection),
    channels: connection.channels,
  };
}
