import type { ConnectionIdentity } from '../../src/domain/connection.ts';
import type { StateEvent } from '../../src/domain/event.ts';
import { advance, type HealthPolicy, type Observation } from '../../src/domain/health.ts';
import { type HealthRecord, newRecord, type Transition } from '../../src/domain/record.ts';
import type { CheckResult, Verdict } from '../../src/domain/verdict.ts';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Noon of an ordinary day, epoch milliseconds. */
export const T0 = Date.UTC(2026, 5, 1, 12);

export const GATEWAY = 'https://us-api.services.mimecast.com';

export const ACME: ConnectionIdentity = {
  id: 'acme-siem',
  tenant: 'Acme Corp',
  gateway: GATEWAY,
  labels: { tier: 'gold' },
};

/** The defaults of the config file. */
export const POLICY: HealthPolicy = {
  intervalMs: 5 * MINUTE,
  crowding: 1,
  confirmations: 3,
  confirmDelayMs: 15 * SECOND,
  unverifiableAfterMs: 30 * MINUTE,
  secretExpiresAt: null,
};

const STATUS: Readonly<Record<Verdict, number | null>> = {
  valid: 200,
  rejected: 401,
  key_expired: 418,
  forbidden: 403,
  auth_uncertain: 401,
  bad_request: 400,
  wrong_endpoint: 404,
  unexpected_response: 200,
  rate_limited: 429,
  gateway_error: 503,
  timeout: null,
  network_error: null,
  tls_error: null,
  secret_unavailable: null,
};

export function resultOf(verdict: Verdict, more: Partial<CheckResult> = {}): CheckResult {
  return {
    verdict,
    httpStatus: STATUS[verdict],
    code: null,
    message: null,
    requestId: null,
    tokenLifetimeSeconds: verdict === 'valid' ? 1_799 : null,
    retryAfterMs: null,
    ...more,
  };
}

/** A check that began so many milliseconds after `T0`, with the secret of that fingerprint. */
export function seen(
  verdict: Verdict,
  afterMs: number,
  more: Partial<CheckResult> = {},
  fingerprint = 'first',
): Observation {
  return {
    startedAt: T0 + afterMs,
    fingerprint: verdict === 'secret_unavailable' ? null : fingerprint,
    result: resultOf(verdict, more),
  };
}

/** A 401 whose code is in nobody's table. */
export function unknownCode(afterMs: number, fingerprint = 'first'): Observation {
  return seen('auth_uncertain', afterMs, { code: 'token_verification_failed' }, fingerprint);
}

export function fresh(): HealthRecord {
  return newRecord(GATEWAY, T0 - MINUTE, T0);
}

export interface Run {
  readonly record: HealthRecord;
  readonly transitions: readonly Transition[];
  readonly reasons: readonly string[];
}

/** Lets a record live through checks, one after the other. */
export function live(
  observations: readonly Observation[],
  policy: HealthPolicy = POLICY,
  from: HealthRecord = fresh(),
): Run {
  let record = from;
  const transitions: Transition[] = [];
  const reasons: string[] = [];
  for (const observation of observations) {
    const step = advance(
      record,
      observation,
      policy,
      Math.max(observation.startedAt, record.lastCheckAt ?? 0),
    );
    record = step.record;
    transitions.push(...step.transitions);
    reasons.push(step.reason);
  }
  return { record, transitions, reasons };
}

/** A record in a wanted state, reached the honest way; its last check began at `T0` plus the returned time. */
export function revoked(): HealthRecord {
  return live([
    seen('valid', -HOUR),
    seen('rejected', 0),
    seen('rejected', MINUTE),
    seen('rejected', 2 * MINUTE),
  ]).record;
}

export function eventOf(
  transition: Transition,
  connection: ConnectionIdentity = ACME,
  channels: readonly string[] | null = null,
): StateEvent {
  return { type: 'state', ...transition, connection, channels, declaredExpiry: null };
}
