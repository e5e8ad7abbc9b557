import type { VendorCodes } from '../domain/classify.ts';
import { type Connection, identityOf } from '../domain/connection.ts';
import type { StateEvent } from '../domain/event.ts';
import { type AdvanceReason, advance, type HealthPolicy, type Observation } from '../domain/health.ts';
import { LONGEST_WAIT_MS } from '../domain/rate-limit.ts';
import type { HealthRecord } from '../domain/record.ts';
import type { Secret } from '../domain/secret.ts';
import { askPermission, type PermissionPorts } from './ask-permission.ts';
import { type Change, saveChange } from './save-change.ts';

/**
 * Why a check is made: `manual` because a person asked, `look` because the keeper wants to know. Only a scheduled one
 * waits for a rate-limited gateway's reset.
 */
export type CheckTrigger = 'schedule' | 'recheck' | 'manual' | 'look';

export interface CheckOrder {
  readonly id: string;
  /** Epoch milliseconds; how late the check starts is measured from here. */
  readonly dueAt: number;
  readonly trigger: CheckTrigger;
}

/** How a check ended. With every one of them it is done. */
export type CheckEnding =
  | { readonly kind: 'checked'; readonly reason: AdvanceReason; readonly record: HealthRecord }
  | { readonly kind: 'skipped'; readonly reason: SkipReason };

/** `gone`, `disabled` and `moved`: by this process' config. `obsolete`: a later check has taken its place. */
export type SkipReason =
  | 'gone'
  | 'disabled'
  | 'moved'
  | 'no_record'
  | 'obsolete'
  | 'gateway_asked_to_wait'
  | 'redis_was_emptied';

export interface CheckSettings {
  readonly codes: VendorCodes;
  readonly confirmDelayMs: number;
  readonly unverifiableAfterMs: number;
}

export interface CheckPorts extends PermissionPorts {
  readonly find: (id: string) => Connection | undefined;
  readonly settings: () => CheckSettings;
  /** How many intervals lie between two turns of a connection of this gateway; 1 unless it is crowded. */
  readonly crowding: (gateway: string) => number;
  /** `fresh` reads the secret anew: what was rejected, or is asked about, may have been rotated since. */
  readonly probe: (connection: Connection, fresh: boolean) => Promise<Probed>;
  /** Takes up the identity that Redis goes by now. */
  readonly confirmIdentity: () => Promise<void>;
  readonly slowDown: (connection: Connection, waitMs: number) => Promise<void>;
  readonly observed: (check: FinishedCheck) => void;
}

export interface Probed {
  readonly observation: Observation;
  /** Of the identity whose key made the observation's fingerprint: it may not be saved under another. */
  readonly epoch: string;
  /** What was issued, for a permission probe; null where none is configured. It lives no longer than the check. */
  readonly token: Secret | null;
}

/** What is measured and logged of one check. */
export interface FinishedCheck {
  readonly connection: Connection;
  readonly observation: Observation;
  readonly durationMs: number;
  readonly latenessMs: number;
  readonly reason: AdvanceReason;
  readonly events: readonly StateEvent[];
}

/**
 * Makes one check of one connection and records what it proves. `gateway` is the one whose worker this is: a connection
 * may have left it. Throws only when the monitor itself is broken (Redis unreachable, an unreadable record).
 */
export async function checkConnection(
  order: CheckOrder,
  gateway: string,
  ports: CheckPorts,
): Promise<CheckEnding> {
  const connection = ports.find(order.id);
  if (!connection) return skipped('gone');
  if (!connection.enabled) return skipped('disabled');
  if (connection.gateway !== gateway) return skipped('moved');
  const before = await ports.read(order.id);
  if (!before) return skipped('no_record');
  const unwanted = whyNot(order, before, ports.now());
  if (unwanted) return skipped(unwanted);

  const begun = ports.now();
  const probed = await ports.probe(connection, isAsked(order) || before.rejections > 0);
  const { observation } = probed;
  const durationMs = ports.now() - observation.startedAt;
  const step = (stored: HealthRecord) => judged(connection, stored, observation, ports);
  const saved = await saveChange(connection.id, before, step, probed.epoch, ports);
  if (typeof saved === 'string') {
    // The verdict is lost; the schedule, or the sweep of re-checks, asks again.
    if (saved === 'redis_was_emptied') await ports.confirmIdentity();
    return skipped(saved);
  }

  const { record, reason, events } = saved;
  ports.observed({
    connection,
    observation,
    durationMs,
    latenessMs: Math.max(0, begun - order.dueAt),
    reason,
    events: events.filter((event) => event.type === 'state'),
  });
  const { retryAfterMs } = observation.result;
  if (retryAfterMs !== null) await ports.slowDown(connection, retryAfterMs);
  await probePermission(connection, order, probed, saved, ports);
  return { kind: 'checked', reason, record };
}

/** Only a token that counted as the proof of the present secret is asked with. */
async function probePermission(
  connection: Connection,
  { trigger }: CheckOrder,
  { observation, epoch, token }: Probed,
  { record, reason }: Change<AdvanceReason>,
  ports: CheckPorts,
): Promise<void> {
  if (token === null || !connection.probe) return;
  if (reason !== 'still_valid' && reason !== 'became_valid') return;
  const { fingerprint } = observation;
  const admission = { token, fingerprint, epoch, wanted: trigger === 'manual' };
  await askPermission(connection, connection.probe, admission, record, ports);
}

function isAsked({ trigger }: CheckOrder): boolean {
  return trigger === 'manual' || trigger === 'look';
}

function skipped(reason: SkipReason): CheckEnding {
  return { kind: 'skipped', reason };
}

function whyNot(order: CheckOrder, record: HealthRecord, now: number): SkipReason | null {
  switch (order.trigger) {
    case 'recheck':
      return record.recheckAt === order.dueAt ? null : 'obsolete';
    case 'schedule':
      if (wasCheckedSince(order.dueAt, record, now)) return 'obsolete';
      return isAskedToWait(record, now) ? 'gateway_asked_to_wait' : null;
    case 'manual':
    case 'look':
      return null;
    default:
      return order.trigger satisfies never;
  }
}

/**
 * A slot that was cut short is begun again, and one that waited long may meet the next one: nobody is asked twice for it.
 * A check from the future was made before the clock was set back.
 */
function wasCheckedSince(dueAt: number, { lastCheckAt }: HealthRecord, now: number): boolean {
  return lastCheckAt !== null && lastCheckAt >= dueAt && lastCheckAt <= now;
}

/** No wait is longer than the bound; one that seems to be was noted before the clock was set back. */
function isAskedToWait({ notBefore }: HealthRecord, now: number): boolean {
  return notBefore !== null && notBefore > now && notBefore <= now + LONGEST_WAIT_MS;
}

function policyOf(connection: Connection, settings: CheckSettings, crowding: number): HealthPolicy {
  return {
    intervalMs: connection.intervalMs,
    crowding,
    confirmations: connection.confirmations,
    secretExpiresAt: connection.secretExpiresAt,
    confirmDelayMs: settings.confirmDelayMs,
    unverifiableAfterMs: settings.unverifiableAfterMs,
  };
}

function judged(
  connection: Connection,
  before: HealthRecord,
  observation: Observation,
  ports: CheckPorts,
): Change<AdvanceReason> {
  const policy = policyOf(connection, ports.settings(), ports.crowding(connection.gateway));
  const { record, transitions, reason } = advance(before, observation, policy, ports.now());
  const events = transitions.map(
    (transition): StateEvent => ({
      type: 'state',
      ...transition,
      connection: identityOf(connection),
      channels: connection.channels,
      declaredExpiry: connection.secretExpiresAt,
    }),
  );
  return { record, events, reason };
}
