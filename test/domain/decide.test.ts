import { describe, expect, it } from '@jest/globals';
import { type DecidePolicy, type Decision, decide } from '../../src/domain/decide.ts';
import type { ConfigEvent, MonitorEvent, StateEvent } from '../../src/domain/event.ts';
import type { Incident } from '../../src/domain/incident.ts';
import type { TransitionReason } from '../../src/domain/record.ts';
import type { State } from '../../src/domain/state.ts';
import { ACME, GATEWAY, MINUTE, T0 } from './checks.ts';

const policy: DecidePolicy = {
  epoch: 'e1',
  issuing: new Set(),
  historyLoss: null,
  routes: [],
  scoped: new Set(),
  channels: ['soc', 'pager'],
};
const issuing: DecidePolicy = { ...policy, issuing: new Set([GATEWAY]) };
const evidence = {
  verdict: 'rejected',
  httpStatus: 401,
  code: 'InvalidClientIdentifier',
  requestId: null,
} as const;

let version = 1;
function changed(to: State, more: Partial<StateEvent> = {}): StateEvent {
  version += 1;
  return {
    type: 'state',
    version,
    at: T0 + version * MINUTE,
    from: 'suspect',
    to,
    reason: 'rejection_confirmed' as TransitionReason,
    evidence,
    rejections: 3,
    lastSuccessAt: T0,
    registeredAt: T0,
    unknownCodePersists: false,
    connection: ACME,
    channels: null,
    ...more,
  };
}
const unverifiable = (more: Partial<StateEvent> = {}) => changed('unverifiable', { rejections: 0, ...more });

/** Decides on each event by itself, as a keeper that is never behind would. */
function follow(
  events: readonly MonitorEvent[],
  policies: DecidePolicy = policy,
): Decision & { open: Incident[] } {
  let open: Incident[] = [];
  const notifications: Decision['notifications'][number][] = [];
  const reasons: Decision['reasons'][number][] = [];
  let incidents: readonly Incident[] = [];
  for (const event of events) {
    const decision = decide([event], open, policies, T0 + 10 * 86_400_000);
    incidents = decision.incidents;
    const ids = new Set(incidents.map(({ id }) => id));
    open = [
      ...open.filter(({ id }) => !ids.has(id)),
      ...incidents.filter(({ resolvedAt }) => resolvedAt === null),
    ];
    notifications.push(...decision.notifications);
    reasons.push(...decision.reasons);
  }
  return { incidents, notifications, reasons, open };
}
const told = (decision: Decision) =>
  decision.notifications.map(({ notification: { kind, status, severity, cause, resolution } }) =>
    [kind, status, severity, cause, resolution].filter((part) => part !== null).join(' '),
  );
const why = (decision: Decision) => decision.reasons.map(({ reason }) => reason);

describe('a confirmed rejection', () => {
  it.each([
    ['revoked', 'critical'],
    ['never_valid', 'warning'],
    ['expired', 'critical'],
    ['forbidden', 'critical'],
  ] as const)('%s opens a credential_invalid incident that is %s', (state, severity) => {
    const event = changed(state);
    const decision = follow([event]);
    expect(told(decision)).toEqual([`credential_invalid firing ${severity} ${state}`]);
    expect(decision.open).toMatchObject([
      {
        id: `e1-acme-siem-credential_invalid-${event.version}`,
        sequence: 1,
        startedAt: event.at,
        evidence: { ...evidence, confirmations: 3, lastSuccessAt: T0 },
        channels: ['soc', 'pager'],
      },
    ]);
  });

  it('is not announced a second time while it is open; a changed cause updates it quietly', () => {
    const first = changed('revoked');
    const decision = follow([first, changed('revoked'), changed('forbidden', { from: 'revoked' })]);
    expect(told(decision)).toEqual(['credential_invalid firing critical revoked']);
    expect(why(decision)).toEqual(['opened', 'updated_quietly', 'updated_quietly']);
    expect(decision.open).toMatchObject([{ cause: 'forbidden', startedAt: first.at, sequence: 1 }]);
  });

  it('keeps its proof when a new secret is seen', () => {
    const decision = follow([
      changed('revoked'),
      changed('revoked', { reason: 'secret_changed', evidence: null }),
    ]);
    expect(decision.open).toMatchObject([{ evidence }]);
    expect(told(decision)).toHaveLength(1);
  });

  it.each([
    ['healthy', 'recovered'],
    ['disabled', 'disabled'],
  ] as const)('is resolved once when the connection becomes %s', (state, resolution) => {
    const decision = follow([changed('revoked'), changed(state), changed(state)]);
    expect(told(decision).slice(1)).toEqual([`credential_invalid resolved critical revoked ${resolution}`]);
    expect(why(decision)).toEqual(['opened', 'resolved', 'nothing_open']);
    expect(decision.open).toEqual([]);
  });

  it('is resolved when the connection is removed', () => {
    const decision = follow([changed('revoked'), { type: 'removed', connection: ACME, at: T0 }]);
    expect(told(decision).at(-1)).toBe('credential_invalid resolved critical revoked removed');
  });

  it('stays open while its next secret is pending, suspect or unverifiable', () => {
    const decision = follow([changed('revoked'), changed('pending'), changed('suspect'), unverifiable()]);
    expect(why(decision)).toEqual([
      'opened',
      'not_confirmed',
      'not_confirmed',
      'covered_by_credential_invalid',
    ]);
    expect(decision.open).toMatchObject([{ kind: 'credential_invalid' }]);
    expect(told(decision)).toHaveLength(1);
  });

  it('takes the place of an incident that could not say what was wrong, in this order', () => {
    const decision = follow([unverifiable(), changed('suspect'), changed('revoked')]);
    expect(told(decision)).toEqual([
      'credential_unverifiable firing warning',
      'credential_unverifiable resolved warning superseded',
      'credential_invalid firing critical revoked',
    ]);
    expect(decision.open).toMatchObject([{ kind: 'credential_invalid' }]);
  });

  it('is a new incident with a new id after it was resolved', () => {
    const decision = follow([changed('revoked'), changed('healthy'), changed('revoked')]);
    const ids = new Set(decision.notifications.map(({ notification }) => notification.incident));
    expect(ids.size).toBe(2);
  });

  it("of one connection is no business of another's incident", () => {
    const globex = { ...ACME, id: 'globex', tenant: 'Globex' };
    const decision = follow([changed('revoked'), changed('healthy', { connection: globex })]);
    expect(decision.open).toMatchObject([{ connection: ACME }]);
    expect(why(decision)).toEqual(['opened', 'nothing_open']);
  });
});

describe('an unverifiable connection', () => {
  it.each([
    ['a warning', {}, policy, 'warning'],
    ['critical when the last certain answer was a rejection', { rejections: 1 }, policy, 'critical'],
    [
      'critical when unknown 401s persist and others get tokens',
      { unknownCodePersists: true },
      issuing,
      'critical',
    ],
    ['a warning when unknown 401s persist for everybody', { unknownCodePersists: true }, policy, 'warning'],
    ['a warning when others get tokens but no unknown 401s persist', {}, issuing, 'warning'],
  ] as const)('is %s', (_what, more, policies, severity) => {
    expect(told(follow([unverifiable(more)], policies))).toEqual([
      `credential_unverifiable firing ${severity}`,
    ]);
  });

  it('escalates once, in the same incident', () => {
    const events = [
      unverifiable(),
      unverifiable({ unknownCodePersists: true }),
      unverifiable({ unknownCodePersists: true }),
    ];
    const decision = follow(events, issuing);
    expect(told(decision)).toEqual([
      'credential_unverifiable firing warning',
      'credential_unverifiable firing critical',
    ]);
    expect(why(decision)).toEqual(['opened', 'escalated', 'already_open']);
    expect(new Set(decision.notifications.map(({ notification }) => notification.incident)).size).toBe(1);
    expect(decision.notifications.map(({ notification }) => notification.id.split('-').at(-1))).toEqual([
      '1',
      '2',
    ]);
  });

  it('does not become less grave again', () => {
    const decision = follow([unverifiable({ rejections: 1 }), unverifiable()]);
    expect(decision.open).toMatchObject([{ severity: 'critical' }]);
    expect(why(decision)).toEqual(['opened', 'already_open']);
  });

  it('escalates also to those whose route asks for critical ones, and tells all of them of the end', () => {
    const routes = [
      { match: { severity: 'critical' as const }, channels: ['pager'], continue: false },
      { match: {}, channels: ['soc'], continue: false },
    ];
    const decision = follow([unverifiable(), unverifiable({ rejections: 1 }), changed('healthy')], {
      ...policy,
      routes,
    });
    expect(decision.notifications.map(({ channels }) => channels)).toEqual([
      ['soc'],
      ['soc', 'pager'],
      ['soc', 'pager'],
    ]);
  });
});

describe('a state that proves nothing', () => {
  it.each(['pending', 'suspect'] as const)('%s is announced to nobody', (state) => {
    const decision = follow([changed(state)]);
    expect(why(decision)).toEqual(['not_confirmed']);
    expect(decision.notifications).toEqual([]);
    expect(decision.incidents).toEqual([]);
  });
});

describe('a refused config', () => {
  const config = (minute: number, refusal: string | null): ConfigEvent => ({
    type: 'config',
    at: T0 + minute * MINUTE,
    refusal,
  });

  it('is one warning for the whole fleet, however often it is looked at and whatever else is found wrong', () => {
    const decision = follow([config(1, 'line 1'), config(2, 'line 1'), config(3, 'line 3')]);
    expect(why(decision)).toEqual(['opened', 'already_open', 'updated_quietly']);
    expect(told(decision)).toEqual(['config_rejected firing warning']);
    expect(decision.open).toMatchObject([{ connection: null, detail: 'line 3', startedAt: T0 + MINUTE }]);
  });

  it('is over when no process refuses its config any more', () => {
    const decision = follow([config(1, 'line 1'), config(2, null), config(3, null)]);
    expect(why(decision)).toEqual(['opened', 'resolved', 'nothing_open']);
    expect(told(decision).at(-1)).toBe('config_rejected resolved warning recovered');
    expect(decision.open).toEqual([]);
  });
});

describe('a refusal of keys that never worked', () => {
  const firing = (more: Partial<StateEvent>, historyLoss: DecidePolicy['historyLoss']) =>
    follow([changed('never_valid', { lastSuccessAt: null, registeredAt: T0, ...more })], {
      ...policy,
      historyLoss,
    }).notifications[0]?.notification;

  it('is a warning: somebody has mistyped them', () => {
    expect(firing({}, null)).toMatchObject({ severity: 'warning' });
  });

  it('is critical when their history was lost, and says so: they may have worked until then', () => {
    const told = firing({}, { at: T0 - MINUTE, rebuiltAt: T0 + MINUTE });
    expect(told).toMatchObject({ cause: 'never_valid', severity: 'critical' });
    expect(told?.description).toContain('History was lost at');
  });

  it('is a warning again for connections that were added after everything was registered anew', () => {
    const told = firing({ registeredAt: T0 + 2 * MINUTE }, { at: T0 - MINUTE, rebuiltAt: T0 + MINUTE });
    expect(told).toMatchObject({ severity: 'warning' });
    expect(told?.description).not.toContain('History was lost');
  });
});

describe('the channels of an incident', () => {
  it("are the connection's own where it has some", () => {
    expect(follow([changed('revoked', { channels: ['pager'] })]).notifications[0]?.channels).toEqual([
      'pager',
    ]);
  });

  it('are told of its end even when the routes have changed since', () => {
    const opened = follow([changed('revoked')]).open;
    const routes = [{ match: {}, channels: ['pager'], continue: false }];
    const ended = decide([changed('healthy')], opened, { ...policy, routes }, T0);
    expect(ended.notifications[0]?.channels).toEqual(['soc', 'pager']);
  });
});
