import { describe, expect, it } from '@jest/globals';
import { decide, type Situation } from '../../src/domain/decide.ts';
import type { Incident } from '../../src/domain/incident.ts';
import { newIncident } from '../../src/domain/incident-book.ts';
import { ACME, HOUR, MINUTE, SECOND, T0 } from './checks.ts';
import { DECIDE_POLICY } from './desk.ts';

function situation(incidents: readonly Incident[], more: Partial<Situation> = {}): Situation {
  return {
    events: [],
    incidents,
    ladders: new Map(),
    silences: [],
    survey: null,
    lastSurvey: null,
    health: null,
    serial: T0,
    ...more,
  };
}

function refused(more: Partial<Incident> = {}): Incident {
  const about = { kind: 'credential_invalid', cause: 'never_valid', severity: 'warning' } as const;
  return newIncident({ ...about, id: 'i', connection: ACME, ...more }, T0);
}

const told = { due: null, since: null, held: null, toldAt: T0, quiet: null } as const;
const muting = {
  id: 's',
  match: { tenant: 'Acme Corp' },
  startsAt: T0,
  endsAt: T0 + HOUR,
  reason: 'migration',
  author: 'soc',
  createdAt: T0,
};

describe('why nobody is told', () => {
  it('is said once, when the reason is new', () => {
    const first = decide(situation([refused()]), DECIDE_POLICY, T0);
    expect(first.quiet).toMatchObject([{ incident: { id: 'i' }, reason: 'grouping' }]);
    const again = decide(situation(first.incidents), DECIDE_POLICY, T0 + SECOND);
    expect(again.quiet).toEqual([]);
    const silenced = decide(situation(first.incidents, { silences: [muting] }), DECIDE_POLICY, T0 + SECOND);
    expect(silenced.quiet).toMatchObject([{ reason: 'silenced' }]);
  });

  it('is not said of an incident that changes while its reason stays', () => {
    const held = refused({ notice: { ...told, due: 'firing', since: T0, held: 'silenced', toldAt: null } });
    const change = {
      type: 'state' as const,
      version: 7,
      at: T0 + 1,
      from: 'never_valid',
      to: 'never_valid',
    } as const;
    const event = {
      ...change,
      reason: 'rejection_confirmed' as const,
      evidence: null,
      rejections: 4,
      lastSuccessAt: null,
      registeredAt: T0,
      unknownCodePersists: false,
      connection: ACME,
      channels: null,
      declaredExpiry: null,
    };
    const decision = decide(
      situation([held], { events: [event], silences: [muting] }),
      DECIDE_POLICY,
      T0 + 1,
    );
    expect(decision.incidents).toMatchObject([{ notice: { held: 'silenced' } }]);
    expect(decision.quiet).toEqual([]);
  });

  it('is nothing of those who were told', () => {
    const { notifications, quiet } = decide(situation([refused()]), DECIDE_POLICY, T0 + MINUTE);
    expect(notifications).toHaveLength(1);
    expect(quiet).toEqual([]);
    const health = { configRefusal: 'tenants.yaml:3:5: unknown key', failingChannels: [] };
    const atOnce = decide(situation([], { health }), DECIDE_POLICY, T0);
    expect(atOnce.notifications).toHaveLength(1);
    expect(atOnce.quiet).toEqual([]);
  });
});

describe('a decision', () => {
  it('leaves alone what nothing happens to', () => {
    expect(decide(situation([refused({ notice: told })]), DECIDE_POLICY, T0 + MINUTE)).toMatchObject({
      incidents: [],
      notifications: [],
      reasons: [],
      quiet: [],
      askAll: [],
      wantsSurvey: false,
    });
  });

  it('brings what a clock showed before it was set back into the present', () => {
    const ahead = refused({ notice: told });
    expect(decide(situation([ahead]), DECIDE_POLICY, T0 - HOUR).incidents).toMatchObject([
      { startedAt: T0 - HOUR, notice: { toldAt: T0 - HOUR } },
    ]);
  });
});
