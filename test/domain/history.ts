import fc from 'fast-check';
import type { Connection } from '../../src/domain/connection.ts';
import type { MonitorEvent } from '../../src/domain/event.ts';
import { type Advance, advance, type HealthPolicy, type Observation } from '../../src/domain/health.ts';
import type { HealthRecord } from '../../src/domain/record.ts';
import { type Registration, register, restore } from '../../src/domain/registration.ts';
import { Secret } from '../../src/domain/secret.ts';
import { VERDICTS } from '../../src/domain/verdict.ts';
import { ACME, eventOf, fresh, HOUR, MINUTE, resultOf, SECOND, T0 } from './checks.ts';
import { Desk } from './desk.ts';

/** Something that can happen to one connection; `waitMs` after what happened before. */
export type Happening =
  | { readonly kind: 'check'; readonly waitMs: number; readonly observation: Omit<Observation, 'startedAt'> }
  | { readonly kind: 'disable' | 'enable' | 'remove'; readonly waitMs: number };

/** Waits on both sides of every limit in the policy below, and one that means the monitor was down. */
const waitMs = fc.constantFrom(
  0,
  1,
  4 * SECOND,
  15 * SECOND - 1,
  15 * SECOND,
  MINUTE,
  4 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  10 * MINUTE + 1,
  26 * HOUR,
);

const result = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(resultOf('rejected'), resultOf('rejected', { code: 'invalid_client' })),
  },
  { weight: 3, arbitrary: fc.constant(resultOf('valid')) },
  { weight: 4, arbitrary: fc.constant(resultOf('auth_uncertain', { code: 'who_knows' })) },
  { weight: 4, arbitrary: fc.constantFrom(...VERDICTS).map((verdict) => resultOf(verdict)) },
);

export const check: fc.Arbitrary<Happening> = fc
  .tuple(waitMs, result, fc.constantFrom('a', 'a', 'a', 'a', 'a', 'b', 'c'))
  .map(([wait, found, secret]) => ({
    kind: 'check',
    waitMs: wait,
    observation: { fingerprint: found.verdict === 'secret_unavailable' ? null : secret, result: found },
  }));

/** Long runs of one answer are what confirms and what makes unverifiable; single ones rarely get that far. */
const spell: fc.Arbitrary<Happening[]> = fc
  .tuple(check, fc.integer({ min: 1, max: 9 }))
  .map(([one, times]) => Array.from({ length: times }, () => one));

const switching: fc.Arbitrary<Happening> = fc.record({
  kind: fc.constantFrom('disable', 'enable', 'remove'),
  waitMs,
});

export const history: fc.Arbitrary<Happening[]> = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: spell },
      { weight: 5, arbitrary: check.map((one) => [one]) },
      { weight: 1, arbitrary: switching.map((one) => [one]) },
    ),
    { maxLength: 25 },
  )
  .map((spells) => spells.flat());

export const HISTORY_POLICY: HealthPolicy = {
  intervalMs: 5 * MINUTE,
  crowding: 1,
  confirmations: 3,
  confirmDelayMs: 15 * SECOND,
  unverifiableAfterMs: 20 * MINUTE,
  secretExpiresAt: T0 + 100 * HOUR,
};

const connection: Connection = {
  ...ACME,
  clientId: { kind: 'literal', value: new Secret('id') },
  clientSecret: { kind: 'env', name: 'ACME' },
  intervalMs: HISTORY_POLICY.intervalMs,
  timeoutMs: 10 * SECOND,
  confirmations: HISTORY_POLICY.confirmations,
  secretExpiresAt: HISTORY_POLICY.secretExpiresAt,
  channels: null,
  enabled: true,
};

/** One connection, the record it has and the events it left, as the real parts make them. */
export class Monitored {
  record: HealthRecord = fresh();
  now = T0;
  readonly checks: Observation[] = [];
  readonly events: MonitorEvent[] = [];

  apply(happening: Happening): Advance | null {
    this.now += happening.waitMs;
    switch (happening.kind) {
      case 'check':
        return this.observe({ ...happening.observation, startedAt: this.now });
      case 'enable':
      case 'disable':
        this.#take(
          register(this.record, { ...connection, enabled: happening.kind === 'enable' }, this.now, this.now),
        );
        return null;
      case 'remove':
        this.events.push({ type: 'removed', connection: ACME, at: this.now });
        this.#take(restore(this.record, connection, this.now, this.now));
        return null;
      default:
        return happening satisfies never;
    }
  }

  observe(observation: Observation): Advance {
    this.checks.push(observation);
    const step = advance(this.record, observation, HISTORY_POLICY, this.now);
    this.record = step.record;
    this.events.push(...step.transitions.map((transition) => eventOf(transition)));
    return step;
  }

  #take(made: Registration | null): void {
    if (!made) return;
    this.record = made.record;
    if (made.transition) this.events.push(eventOf(made.transition));
  }
}

/** A keeper that decides on each event when it happens, and takes its time before the next one. */
export function keptBy(events: readonly MonitorEvent[], batch: () => number = () => 1): Desk {
  const desk = new Desk({ issuing: new Set([ACME.gateway]), channels: ['soc'] });
  const rest = [...events];
  while (rest.length > 0) {
    const next = rest.splice(0, batch());
    desk.now = Math.max(desk.now, ...next.map(({ at }) => at));
    desk.happen(...next);
    desk.pass(HOUR);
  }
  return desk;
}
