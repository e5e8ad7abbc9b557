import { type ProbeAnswer, provenBy } from './classify-probe.ts';

/** What is known of an application's permission, apart from whether its keys work. */
export const PERMISSION_STATES = ['unknown', 'permitted', 'denied'] as const;
export type PermissionState = (typeof PERMISSION_STATES)[number];

/** So many denials in a row are sure: nobody is told of trouble on one answer. */
const CONFIRMATIONS = 2;

/** The clocks of several processes differ by less than this; a time further ahead was noted before a clock was set back. */
const SET_BACK_MS = 60_000;

/** What is remembered of a connection's permission, within its record. Times are epoch milliseconds. */
export interface PermissionRecord {
  /** What was asked last, e.g. `GET /identity/whoami`. */
  readonly call: string;
  readonly state: PermissionState;
  readonly since: number;
  /** Counted denials in a row, of the present secret. */
  readonly denials: number;
  readonly lastCountedAt: number | null;
  /** Start of the latest accepted probe; null asks again with the next check. */
  readonly askedAt: number | null;
  readonly permittedAt: number | null;
  readonly last: ProbeAnswer;
}

/** One finished probe. */
export interface ProbeObservation {
  readonly call: string;
  /** Epoch milliseconds; it orders answers, however late they arrive. */
  readonly startedAt: number;
  readonly answer: ProbeAnswer;
}

export type PermissionReason =
  | 'out_of_order'
  | 'unknown'
  | 'still_permitted'
  | 'became_permitted'
  | 'too_soon_to_count'
  | 'denial_counted'
  | 'denial_confirmed'
  | 'denial_repeated';

export interface PermissionAdvance {
  /** The very object that was given when the answer is dropped. */
  readonly permission: PermissionRecord;
  readonly reason: PermissionReason;
}

/** What decides whether a probe is to be made; durations in milliseconds. */
export interface ProbePlan {
  /** What would be asked. */
  readonly call: string;
  readonly probeIntervalMs: number;
  readonly checkIntervalMs: number;
  readonly confirmDelayMs: number;
}

export function isProbeDue(
  permission: PermissionRecord | undefined,
  { call, probeIntervalMs, checkIntervalMs, confirmDelayMs }: ProbePlan,
  now: number,
): boolean {
  const { askedAt = null } = permission ?? {};
  if (permission === undefined || askedAt === null || permission.call !== call) return true;
  if (askedAt > now + SET_BACK_MS) return true;
  if (isBeingConfirmed(permission)) return now - askedAt >= confirmDelayMs;
  // The check that is nearest to the time makes it, so that a second too early is not a whole turn too late.
  return now - askedAt >= probeIntervalMs - checkIntervalMs / 2;
}

/** Denied, but not often enough to be sure. */
export function isBeingConfirmed({ denials }: PermissionRecord): boolean {
  return denials > 0 && denials < CONFIRMATIONS;
}

/**
 * What is known after one more answer, `now` being when it is taken into account. Pure and total, with the doctrine of credentials: an answer that proves nothing
 * neither counts nor clears, and denials count when they are `confirmDelayMs` apart.
 */
export function advancePermission(
  before: PermissionRecord | undefined,
  seen: ProbeObservation,
  confirmDelayMs: number,
  now: number,
): PermissionAdvance {
  const { startedAt, call, answer } = seen;
  const known = before === undefined ? blank(seen) : aboutCall(inTime(before, now), call, startedAt);
  if (before !== undefined && known.askedAt !== null && startedAt <= known.askedAt) {
    return { permission: before, reason: 'out_of_order' };
  }
  const asked: PermissionRecord = { ...known, askedAt: startedAt, last: answer };
  const proven = provenBy(answer.result);
  switch (proven) {
    case 'permitted':
      return {
        permission: { ...permit(asked, startedAt), denials: 0, lastCountedAt: null, permittedAt: startedAt },
        reason: known.state === 'permitted' ? 'still_permitted' : 'became_permitted',
      };
    case 'denied':
      return deny(asked, startedAt, confirmDelayMs);
    case 'nothing':
      return { permission: asked, reason: 'unknown' };
    default:
      return proven satisfies never;
  }
}

function permit(asked: PermissionRecord, at: number): PermissionRecord {
  return asked.state === 'permitted' ? asked : { ...asked, state: 'permitted', since: at };
}

function deny(asked: PermissionRecord, at: number, confirmDelayMs: number): PermissionAdvance {
  const { lastCountedAt, state } = asked;
  if (lastCountedAt !== null && at - lastCountedAt < confirmDelayMs) {
    return { permission: asked, reason: 'too_soon_to_count' };
  }
  const counted = { ...asked, denials: asked.denials + 1, lastCountedAt: at };
  if (counted.denials < CONFIRMATIONS) return { permission: counted, reason: 'denial_counted' };
  if (state !== 'denied')
    return { permission: { ...counted, state: 'denied', since: at }, reason: 'denial_confirmed' };
  // Denied before, and now of another call or with another secret as well.
  const anew = counted.denials === CONFIRMATIONS;
  return { permission: counted, reason: anew ? 'denial_confirmed' : 'denial_repeated' };
}

/**
 * What was permitted with another secret, or of another call, says nothing of the present one, which is asked about with
 * the next token. A denial that was told stays until the first certain answer, as a rejection does.
 */
export function askAnew(permission: PermissionRecord, at: number): PermissionRecord {
  const fresh = { ...permission, denials: 0, lastCountedAt: null, askedAt: null };
  return permission.state === 'permitted' ? { ...fresh, state: 'unknown', since: at } : fresh;
}

function blank({ call, startedAt, answer: last }: ProbeObservation): PermissionRecord {
  return {
    call,
    state: 'unknown',
    since: startedAt,
    denials: 0,
    lastCountedAt: null,
    askedAt: null,
    permittedAt: null,
    last,
  };
}

/** Another call is another question. */
function aboutCall(permission: PermissionRecord, call: string, at: number): PermissionRecord {
  return permission.call === call ? permission : { ...askAnew(permission, at), call };
}

/** By the clock as it is now: after it was set back, no answer is late and none comes too soon. */
function inTime(permission: PermissionRecord, now: number): PermissionRecord {
  if ((permission.askedAt ?? now) <= now + SET_BACK_MS) return permission;
  const { since, permittedAt } = permission;
  return {
    ...permission,
    since: Math.min(since, now),
    permittedAt: permittedAt === null ? null : Math.min(permittedAt, now),
    lastCountedAt: null,
    askedAt: null,
  };
}
