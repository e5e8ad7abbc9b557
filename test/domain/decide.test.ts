import { describe, expect, it } from '@jest/globals';
import type { DecidePolicy } from '../../src/domain/decide.ts';
import type { StateEvent } from '../../src/domain/event.ts';
import { ACME, DAY, GATEWAY, HOUR, MINUTE, SECOND, T0 } from './checks.ts';
import { changed, connectionOf, Desk } from './desk.ts';

const issuing: Partial<DecidePolicy> = { issuing: new Set([GATEWAY]) };
const unverifiable = (at: number, more: Partial<StateEvent> = {}) =>
  changed('unverifiable', at, { rejections: 0, ...more });

/** Lets each change happen at its time, and waits an hour after the last. */
function lived(events: readonly StateEvent[], policy: Partial<DecidePolicy> = {}): Desk {
  const desk = new Desk(policy);
  for (const event of events) {
    desk.pass(Math.max(0, event.at - desk.now));
    desk.happen(event);
  }
  return desk.pass(HOUR);
}

describe('a confirmed rejection', () => {
  it.each([
    ['revoked', 'critical'],
    ['never_valid', 'warning'],
    ['expired', 'critical'],
    ['forbidden', 'critical'],
  ] as const)('%s opens a credential_invalid incident that is %s', (state, severity) => {
    const desk = lived([changed(state, T0)]);
    expect(desk.told).toEqual([`credential_invalid firing ${severity} ${state}`]);
    expect(desk.open).toMatchObject([
      {
        id: expect.stringMatching(/^e1-acme-siem-credential_invalid-\d+$/),
        sequence: 1,
        startedAt: T0,
        evidence: { code: 'InvalidClientIdentifier', confirmations: 3, lastSuccessAt: T0 - MINUTE },
        audiences: [{ channels: ['soc', 'pager'] }],
      },
    ]);
  });

  it('leaves within seconds', () => {
    const desk = new Desk();
    desk.happen(changed('revoked', T0));
    expect(desk.told).toEqual([]);
    desk.pass(3 * SECOND);
    expect(desk.told).toEqual(['credential_invalid firing critical revoked']);
  });

  it('is not announced a second time while it is open; a changed cause updates it quietly', () => {
    const desk = lived([
      changed('revoked', T0),
      changed('revoked', T0 + MINUTE),
      changed('forbidden', T0 + 2 * MINUTE, { from: 'revoked' }),
    ]);
    expect(desk.told).toEqual(['credential_invalid firing critical revoked']);
    expect(desk.reasons).toEqual(['opened', 'updated_quietly', 'updated_quietly']);
    expect(desk.open).toMatchObject([{ cause: 'forbidden', startedAt: T0, sequence: 1 }]);
  });

  it('keeps its proof when a new secret is seen', () => {
    const second = changed('revoked', T0 + MINUTE, { reason: 'secret_changed', evidence: null });
    const desk = lived([changed('revoked', T0), second]);
    expect(desk.open).toMatchObject([{ evidence: { code: 'InvalidClientIdentifier' } }]);
    expect(desk.told).toHaveLength(1);
  });

  it.each([
    ['healthy', 'recovered'],
    ['disabled', 'disabled'],
  ] as const)('is resolved once when the connection becomes %s', (state, resolution) => {
    const desk = lived([
      changed('revoked', T0),
      changed(state, T0 + MINUTE),
      changed(state, T0 + 2 * MINUTE),
    ]);
    expect(desk.told.slice(1)).toEqual([`credential_invalid resolved critical revoked ${resolution}`]);
    expect(desk.reasons).toEqual(['opened', 'resolved', 'nothing_open']);
    expect(desk.incidents).toEqual([]);
  });

  it('is resolved when the connection is removed', () => {
    const desk = lived([changed('revoked', T0)]);
    desk.happen({ type: 'removed', connection: ACME, at: desk.now });
    expect(desk.told.at(-1)).toBe('credential_invalid resolved critical revoked removed');
  });

  it('stays open while its next secret is pending, suspect or unverifiable', () => {
    const desk = lived([
      changed('revoked', T0),
      changed('pending', T0 + MINUTE),
      changed('suspect', T0 + 2 * MINUTE),
      unverifiable(T0 + 3 * MINUTE),
    ]);
    expect(desk.reasons).toEqual([
      'opened',
      'not_confirmed',
      'not_confirmed',
      'covered_by_credential_invalid',
    ]);
    expect(desk.open).toMatchObject([{ kind: 'credential_invalid' }]);
    expect(desk.told).toHaveLength(1);
  });

  it('takes the place of an incident that could not say what was wrong, and ends it for those who were told', () => {
    const desk = lived([
      unverifiable(T0),
      changed('suspect', T0 + HOUR),
      changed('revoked', T0 + HOUR + MINUTE),
    ]);
    expect(desk.told).toEqual([
      'credential_unverifiable firing warning',
      'credential_unverifiable resolved warning superseded',
      'credential_invalid firing critical revoked',
    ]);
  });

  it('is a new incident with a new id after it was resolved', () => {
    const desk = lived([
      changed('revoked', T0),
      changed('healthy', T0 + MINUTE),
      changed('revoked', T0 + HOUR),
    ]);
    expect(new Set(desk.sent.map(({ notification }) => notification.incident)).size).toBe(2);
  });

  it("of one connection is no business of another's incident", () => {
    const globex = { ...ACME, id: 'globex', tenant: 'Globex' };
    const desk = lived([changed('revoked', T0), changed('healthy', T0 + MINUTE, { connection: globex })]);
    expect(desk.open).toMatchObject([{ connection: ACME }]);
    expect(desk.reasons).toEqual(['opened', 'nothing_open']);
  });

  it('that ends before anybody was told is superseded with its end, and says so', () => {
    const desk = new Desk();
    desk.happen(changed('revoked', T0));
    desk.pass(SECOND);
    desk.happen(changed('healthy', desk.now));
    desk.pass(HOUR);
    expect(desk.told).toEqual([]);
    expect(desk.quiet).toContain('credential_invalid superseded');
    expect(desk.over).toMatchObject([{ resolution: 'recovered', notice: { quiet: 'superseded' } }]);
  });
});

describe('an unverifiable connection', () => {
  it.each([
    ['a warning', {}, {}, 'warning'],
    ['critical when the last certain answer was a rejection', { rejections: 1 }, {}, 'critical'],
    [
      'critical when unknown 401s persist and others get tokens',
      { unknownCodePersists: true },
      issuing,
      'critical',
    ],
    ['a warning when unknown 401s persist for everybody', { unknownCodePersists: true }, {}, 'warning'],
    ['a warning when others get tokens but no unknown 401s persist', {}, issuing, 'warning'],
  ] as const)('is %s', (_what, more, policy, severity) => {
    expect(lived([unverifiable(T0, more)], policy).told).toEqual([
      `credential_unverifiable firing ${severity}`,
    ]);
  });

  it('escalates once, in the same incident', () => {
    const persists = { unknownCodePersists: true };
    const desk = lived(
      [unverifiable(T0), unverifiable(T0 + HOUR, persists), unverifiable(T0 + 2 * HOUR, persists)],
      issuing,
    );
    expect(desk.told).toEqual([
      'credential_unverifiable firing warning',
      'credential_unverifiable firing critical',
    ]);
    expect(desk.reasons).toEqual(['opened', 'escalated', 'already_open']);
    expect(new Set(desk.sent.map(({ notification }) => notification.incident)).size).toBe(1);
    expect(desk.sent.map(({ notification }) => notification.id.split('-').at(-1))).toEqual(['1', '2']);
  });

  it('does not become less grave again', () => {
    const desk = lived([unverifiable(T0, { rejections: 1 }), unverifiable(T0 + HOUR)]);
    expect(desk.open).toMatchObject([{ severity: 'critical' }]);
    expect(desk.reasons).toEqual(['opened', 'already_open']);
  });

  it('escalates also to those whose route asks for critical ones, and tells all of them of the end', () => {
    const routes = [
      { match: { severity: 'critical' as const }, channels: ['pager'], continue: false },
      { match: {}, channels: ['soc'], continue: false },
    ];
    const desk = lived(
      [unverifiable(T0), unverifiable(T0 + HOUR, { rejections: 1 }), changed('healthy', T0 + 2 * HOUR)],
      { routes },
    );
    expect(desk.sent.map(({ channels }) => [...channels].sort())).toEqual([
      ['soc'],
      ['pager', 'soc'],
      ['pager', 'soc'],
    ]);
  });
});

describe('a state that proves nothing', () => {
  it.each(['pending', 'suspect'] as const)('%s is announced to nobody', (state) => {
    const desk = lived([changed(state, T0)]);
    expect(desk.reasons).toEqual(['not_confirmed']);
    expect(desk.told).toEqual([]);
    expect(desk.incidents).toEqual([]);
  });
});

describe('a refusal of keys that never worked', () => {
  const firing = (more: Partial<StateEvent>, historyLoss: DecidePolicy['historyLoss']) =>
    lived([changed('never_valid', T0, { lastSuccessAt: null, registeredAt: T0, ...more })], { historyLoss })
      .sent[0]?.notification;

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
    expect(lived([changed('revoked', T0, { channels: ['pager'] })]).sent[0]?.channels).toEqual(['pager']);
  });

  it('are told of its end even when the routes have changed since', () => {
    const desk = lived([changed('revoked', T0)]);
    desk.policy = { ...desk.policy, routes: [{ match: {}, channels: ['pager'], continue: false }] };
    desk.happen(changed('healthy', desk.now));
    expect(desk.sent.at(-1)?.channels).toEqual(['soc', 'pager']);
  });
});

describe('a reminder', () => {
  it('comes once in every reminderEvery while the trouble lasts, and says since when', () => {
    const desk = lived([changed('revoked', T0)]);
    desk.pass(2 * DAY);
    expect(desk.told.slice(1)).toEqual(Array(2).fill('credential_invalid reminder critical revoked'));
    expect(desk.sent.at(-1)?.notification.description).toMatch(/^Open for 2d/);
    desk.happen(changed('healthy', desk.now));
    desk.pass(3 * DAY);
    expect(desk.told.at(-1)).toBe('credential_invalid resolved critical revoked recovered');
  });

  it('is one for many that are due together, as after a night of downtime', () => {
    const desk = new Desk({ find: (id) => connectionOf(id) });
    for (let index = 0; index < 8; index++) {
      const connection = { ...ACME, id: `c${index}`, tenant: `Tenant ${index}` };
      desk.happen(changed('revoked', desk.now, { connection, version: index }));
      desk.pass(HOUR);
    }
    desk.now += 3 * DAY;
    desk.pass(0);
    expect(desk.told.slice(8)).toEqual(['credential_invalid reminder critical revoked ×8']);
  });
});

describe('a reminder of what was told through a channel that has another name now', () => {
  const manyOf = (pause: number) => {
    const desk = new Desk({ find: (id) => connectionOf(id), channels: ['soc'] });
    const change = (to: 'revoked' | 'healthy', from: number) => {
      for (let index = 0; index < 8; index++) {
        const connection = { ...ACME, id: `c${index}`, tenant: `Tenant ${index}` };
        desk.happen(changed(to, desk.now, { connection, version: from + index }));
        desk.pass(pause);
      }
    };
    change('revoked', 0);
    desk.pass(MINUTE);
    desk.policy = { ...desk.policy, channels: ['desk'] };
    return { desk, recover: () => change('healthy', 8) };
  };
  const channelsOf = (desk: Desk, status: string) => [
    ...new Set(
      desk.sent
        .filter(({ notification }) => notification.status === status)
        .flatMap(({ channels }) => channels),
    ),
  ];

  it.each([
    ['as one', 0, 1],
    ['one by one', HOUR, 8],
  ])(
    'reaches whom the routes name now, and so does the end: of many, told of %s',
    (_how, pause, messages) => {
      const { desk, recover } = manyOf(pause);
      expect(desk.sent).toHaveLength(messages);
      desk.now += 3 * DAY;
      desk.pass(0);
      expect(desk.told.slice(messages)).toEqual(['credential_invalid reminder critical revoked ×8']);
      expect(channelsOf(desk, 'reminder')).toEqual(['desk']);
      recover();
      desk.pass(MINUTE);
      expect(channelsOf(desk, 'resolved').sort()).toEqual(['desk', 'soc']);
    },
  );
});

describe('the health of the monitor itself', () => {
  const health = (configRefusal: string | null, failing = 0) => ({
    configRefusal,
    failingChannels:
      failing === 0 ? [] : [{ channel: 'pager', since: T0, failures: failing, reason: 'it is away' }],
  });

  it('a refused config is one warning, however often it is looked at and whatever else is found wrong', () => {
    const desk = new Desk();
    for (const refusal of ['line 1', 'line 1', 'line 3']) {
      desk.health = health(refusal);
      desk.pass(MINUTE);
    }
    expect(desk.told).toEqual(['config_rejected firing warning']);
    expect(desk.open).toMatchObject([{ connection: null, detail: 'line 3', startedAt: T0 + MINUTE }]);
    desk.health = health(null);
    desk.pass(MINUTE).pass(MINUTE);
    expect(desk.told.slice(1)).toEqual(['config_rejected resolved warning recovered']);
  });

  it('a channel that keeps failing for minutes is told of once, and its recovery', () => {
    const desk = new Desk();
    desk.health = health(null, 2);
    desk.pass(10 * MINUTE);
    desk.health = health(null, 3);
    desk.pass(MINUTE).pass(MINUTE);
    expect(desk.told).toEqual(['channel_failing firing warning']);
    desk.health = health(null);
    desk.pass(MINUTE);
    expect(desk.told.slice(1)).toEqual(['channel_failing resolved warning recovered']);
  });

  it('a channel that fails on is told of with the attempts that failed by then', () => {
    const desk = new Desk();
    desk.health = health(null, 3);
    desk.pass(10 * MINUTE);
    desk.health = health(null, 288);
    desk.pass(DAY);
    desk.health = health(null, 301);
    desk.pass(MINUTE);
    desk.health = health(null);
    desk.pass(MINUTE);
    expect(desk.told.map((line) => line.split(' ')[1])).toEqual(['firing', 'reminder', 'resolved']);
    expect(
      desk.sent.map(({ notification }) => /\d+ attempts? failed/.exec(notification.description)?.[0]),
    ).toEqual(['3 attempts failed', '288 attempts failed', '301 attempts failed']);
  });
});
