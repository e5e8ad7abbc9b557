import type { Connection } from '../../src/domain/connection.ts';
import { type DecidePolicy, type Decision, decide } from '../../src/domain/decide.ts';
import type { MonitorEvent, StateEvent } from '../../src/domain/event.ts';
import { type Incident, isOver } from '../../src/domain/incident.ts';
import type { MonitorHealth } from '../../src/domain/incident-health.ts';
import { serialAfter } from '../../src/domain/incident-id.ts';
import type { Ladder } from '../../src/domain/ladder.ts';
import type { HealthRecord } from '../../src/domain/record.ts';
import { Secret } from '../../src/domain/secret.ts';
import type { Silence } from '../../src/domain/silence.ts';
import type { State } from '../../src/domain/state.ts';
import { summaryOf } from '../../src/domain/summary.ts';
import { type Survey, Surveyor, windowsOf } from '../../src/domain/survey.ts';
import { ACME, DAY, GATEWAY, MINUTE, SECOND, T0 } from './checks.ts';

export const DECIDE_POLICY: DecidePolicy = {
  epoch: 'e1',
  issuing: new Set(),
  historyLoss: null,
  routes: [],
  scoped: new Set(),
  channels: ['soc', 'pager'],
  reminderEveryMs: DAY,
  alertPerIncident: new Set(),
  mass: { atLeast: 10, share: 0.05 },
  confirmDelayMs: 15 * SECOND,
  unverifiableAfterMs: 30 * MINUTE,
  warnBeforeMs: [30, 14, 7, 3, 1].map((days) => days * DAY),
  find: () => undefined,
};

export function connectionOf(id: string, more: Partial<Connection> = {}): Connection {
  return {
    ...ACME,
    id,
    clientId: { kind: 'literal', value: new Secret('id') },
    clientSecret: { kind: 'env', name: 'SECRET' },
    intervalMs: 5 * MINUTE,
    timeoutMs: 10 * SECOND,
    confirmations: 3,
    secretExpiresAt: null,
    channels: null,
    enabled: true,
    ...more,
  };
}

/** The change of a connection's state, as a check would have left it. */
export function changed(to: State, at: number, more: Partial<StateEvent> = {}): StateEvent {
  return {
    type: 'state',
    version: at % 1_000_000_007,
    at,
    from: 'suspect',
    to,
    reason: 'rejection_confirmed',
    evidence: { verdict: 'rejected', httpStatus: 401, code: 'InvalidClientIdentifier', requestId: null },
    rejections: 3,
    lastSuccessAt: T0 - MINUTE,
    registeredAt: T0 - DAY,
    unknownCodePersists: false,
    connection: ACME,
    channels: null,
    declaredExpiry: null,
    ...more,
  };
}

/** The keeper's desk on a virtual clock: what is known, what was sent, and time that passes. */
export class Desk {
  now: number;
  policy: DecidePolicy;
  incidents: readonly Incident[] = [];
  readonly over: Incident[] = [];
  ladders: ReadonlyMap<string, Ladder> = new Map();
  silences: readonly Silence[] = [];
  health: MonitorHealth | null = null;
  /** The records that a look at the fleet finds. */
  fleet: readonly (readonly [Connection, HealthRecord])[] = [];
  readonly sent: Decision['notifications'][number][] = [];
  readonly reasons: string[] = [];
  readonly quiet: string[] = [];
  #lastSurvey: Survey | null = null;
  #serial = Number.NEGATIVE_INFINITY;
  #nextAt: number | null = null;
  #wantsSurvey = false;

  constructor(policy: Partial<DecidePolicy> = {}, now = T0) {
    this.policy = { ...DECIDE_POLICY, ...policy };
    this.now = now;
  }

  get open(): readonly Incident[] {
    return this.incidents.filter(({ resolvedAt }) => resolvedAt === null);
  }

  /** Every message in short: kind, status, severity, cause, resolution, and how many of whom where it is of many. */
  get told(): readonly string[] {
    return this.sent.map(({ notification }) => {
      const { kind, status, severity, cause, resolution, connections } = notification;
      const many = connections && connections.total > 0 ? `×${connections.total}` : null;
      return [kind, status, severity, cause, resolution, many].filter((part) => part !== null).join(' ');
    });
  }

  /** Decides on what happens now. */
  happen(...events: readonly MonitorEvent[]): Decision {
    return this.#decide(events, this.#wantsSurvey);
  }

  /** Looks at the fleet, as the keeper does every few seconds. */
  look(): Decision {
    return this.#decide([], true);
  }

  /** Lets time pass, deciding whenever something may be due. */
  pass(ms: number): this {
    const end = this.now + ms;
    this.#settle();
    while (this.#nextAt !== null && this.#nextAt <= end) {
      this.now = Math.max(this.now, this.#nextAt);
      this.#decide([], this.#wantsSurvey);
      this.#settle();
    }
    this.now = end;
    this.#decide([], this.#wantsSurvey);
    this.#settle();
    return this;
  }

  /** What waits for a look at the fleet gets one at the keeper's next turn. */
  #settle(): void {
    if (this.#wantsSurvey) this.#decide([], true);
  }

  #decide(events: readonly MonitorEvent[], look: boolean): Decision {
    const survey = look ? this.#survey() : null;
    const { incidents, ladders, silences, health } = this;
    this.#serial = serialAfter(this.#serial, this.now);
    const [lastSurvey, serial] = [this.#lastSurvey, this.#serial];
    const situation = { events, incidents, ladders, silences, survey, lastSurvey, health, serial };
    const decision = decide(situation, this.policy, this.now);
    // Whoever decides again at a time that has come would decide for ever.
    if (decision.nextAt !== null && decision.nextAt <= this.now)
      throw new Error('asked to decide again at once');
    this.#keep(decision);
    if (survey) this.#lastSurvey = survey;
    this.#nextAt = decision.nextAt;
    this.#wantsSurvey = decision.wantsSurvey;
    return decision;
  }

  #keep(decision: Decision): void {
    const changedIds = new Set(decision.incidents.map(({ id }) => id));
    this.incidents = [
      ...this.incidents.filter(({ id }) => !changedIds.has(id)),
      ...decision.incidents.filter((incident) => !isOver(incident)),
    ];
    this.over.push(...decision.incidents.filter(isOver));
    const ladders = new Map(this.ladders);
    for (const [id, ladder] of decision.ladders) {
      if (ladder === null) ladders.delete(id);
      else ladders.set(id, ladder);
    }
    this.ladders = ladders;
    this.sent.push(...decision.notifications);
    this.reasons.push(...decision.reasons.map(({ reason }) => reason));
    this.quiet.push(...decision.quiet.map(({ incident, reason }) => `${incident.kind} ${reason}`));
  }

  #survey(): Survey {
    const connections = this.fleet.map(([connection]) => connection);
    const watched = new Set(this.incidents.flatMap(({ members }) => members));
    const surveyor = new Surveyor(this.now, windowsOf(connections), watched);
    for (const [connection, record] of this.fleet) surveyor.add(connection, record && summaryOf(record));
    return surveyor.finish();
  }
}

export { GATEWAY };
