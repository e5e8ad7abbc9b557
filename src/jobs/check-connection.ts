import type { VendorCodes } from '../domain/classify.ts';
import { type Connection, identityOf } from '../domain/connection.ts';
import type { StateEvent } from '../domain/event.ts';
import { type AdvanceReason, advance, type HealthPolicy, type Observation } from '../domain/health.ts';
import { LONGEST_WAIT_MS } from '../domain/rate-limit.ts';
import type { HealthRecord } from '../domain/record.ts';

/** Why a check is made. Only a scheduled one waits for a rate-limited gateway's reset. */
export type CheckTrigger = 'schedule' | 'recheck' | 'manual';

export interface CheckOrder {
  readonly id: string;
  /** Epoch milliseconds; how late the check starts is measured from here. */
  readonly dueAt: number;
  readonly trigger: CheckTrigger;
}

/** How a check job ended. Every one of them is a completed job. */
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

export interface CheckPorts {
  readonly now: () => number;
  readonly find: (id: string) => Connection | undefined;
  readonly settings: () => CheckSettings;
  /** `fresh` reads the secret anew: what was rejected, or is asked about, may have been rotated since. */
  readonly probe: (connection: Connection, fresh: boolean) => Promise<Probed>;
  /** The record as this process last saved it: quick, and perhaps out of date. */
  readonly recall: (id: string) => HealthRecord | null;
  readonly read: (id: string) => Promise<HealthRecord | null>;
  readonly save: (
    id: string,
    before: HealthRecord,
    after: HealthRecord,
    events: readonly StateEvent[],
    epoch: string,
  ) => Promise<'saved' | 'gone' | 'conflict' | 'other_epoch'>;
  /** Takes up the identity that Redis goes by now. */
  readonly confirmIdentity: () => Promise<void>;
  /** Wakes a worker at `dueAt`; a lost wake-up is made good by the keeper. */
  readonly scheduleRecheck: (id: string, version: number, dueAt: number) => Promise<void>;
  readonly slowDown: (connection: Connection, waitMs: number) => Promise<void>;
  readonly observed: (check: FinishedCheck) => void;
}

export interface Probed {
  readonly observation: Observation;
  /** Of the identity whose key made the observation's fingerprint: it may not be saved under another. */
  readonly epoch: string;
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

/** Somebody else may save between our read and our write; each round starts from what they wrote. */
const MOST_CONFLICTS = 5;

/**
 * Makes one check of one connection and records what it proves. `queue` decides whether this is still the right
 * gateway's queue. Throws only when the monitor itself is broken (Redis unreachable, an unreadable record).
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
  // A re-check is only wanted by the very record that ordered it; a scheduled check may start from a memory of it.
  const remembered = order.trigger === 'schedule' ? ports.recall(order.id) : null;
  const before = remembered ?? (await ports.read(order.id));
  if (!before) return skipped('no_record');
  const unwanted = whyNot(order, before, ports.now());
  if (unwanted) return skipped(unwanted);

  const begun = ports.now();
  const probed = await ports.probe(connection, order.trigger === 'manual' || before.rejections > 0);
  const { observation } = probed;
  const durationMs = ports.now() - observation.startedAt;
  const saved = await record(connection, before, probed, ports);
  if (typeof saved === 'string') {
    // The verdict is lost; the schedule, or the sweep of re-checks, asks again.
    if (saved === 'redis_was_emptied') await ports.confirmIdentity();
    return skipped(saved);
  }

  const { ending, events } = saved;
  ports.observed({
    connection,
    observation,
    durationMs,
    latenessMs: Math.max(0, begun - order.dueAt),
    reason: ending.reason,
    events,
  });
  const { retryAfterMs } = observation.result;
  if (retryAfterMs !== null) await ports.slowDown(connection, retryAfterMs);
  return ending;
}

function skipped(reason: SkipReason): CheckEnding {
  return { kind: 'skipped', reason };
}

function whyNot(order: CheckOrder, record: HealthRecord, now: number): SkipReason | null {
  switch (order.trigger) {
    case 'recheck':
      return record.recheckAt === order.dueAt ? null : 'obsolete';
    case 'schedule':
      return isAskedToWait(record, now) ? 'gateway_asked_to_wait' : null;
    case 'manual':
      return null;
    default:
      return order.trigger satisfies never;
  }
}

/** No wait is longer than the bound; one that seems to be was noted before the clock was set back. */
function isAskedToWait({ notBefore }: HealthRecord, now: number): boolean {
  return notBefore !== null && notBefore > now && notBefore <= now + LONGEST_WAIT_MS;
}

function policyOf(connection: Connection, settings: CheckSettings): HealthPolicy {
  return {
    intervalMs: connection.intervalMs,
    confirmations: connection.confirmations,
    secretExpiresAt: connection.secretExpiresAt,
    confirmDelayMs: settings.confirmDelayMs,
    unverifiableAfterMs: settings.unverifiableAfterMs,
  };
}

async function record(
  connection: Connection,
  first: HealthRecord,
  { observation, epoch }: Probed,
  ports: CheckPorts,
): Promise<{ ending: Extract<CheckEnding, { kind: 'checked' }>; events: StateEvent[] } | SkipReason> {
  const policy = policyOf(connection, ports.settings());
  let before = first;
  for (let round = 0; round < MOST_CONFLICTS; round++) {
    const { record: after, transitions, reason } = advance(before, observation, policy, ports.now());
    const events = transitions.map(
      (transition): StateEvent => ({
        type: 'state',
        ...transition,
        connection: identityOf(connection),
        channels: connection.channels,
        declaredExpiry: connection.secretExpiresAt,
      }),
    );
    const dropped = after === before;
    const answer = dropped ? 'conflict' : await ports.save(connection.id, before, after, events, epoch);
    if (answer === 'saved') {
      if (after.recheckAt !== null && after.recheckAt !== before.recheckAt) {
        await ports.scheduleRecheck(connection.id, after.version, after.recheckAt);
      }
      return { ending: { kind: 'checked', reason, record: after }, events };
    }
    if (answer === 'other_epoch') return 'redis_was_emptied';
    const stored = answer === 'gone' ? null : await ports.read(connection.id);
    if (!stored) return 'no_record';
    // Nothing was saved that could conflict, so only the stored record may have a verdict dropped.
    const same = stored.version === before.version && stored.createdAt === before.createdAt;
    if (dropped && same) return { ending: { kind: 'checked', reason, record: stored }, events: [] };
    before = stored;
  }
  throw new Error(`The record of ${connection.id} changed ${MOST_CONFLICTS} times while it was being saved`);
}
