import { describe, expect, it } from '@jest/globals';
import type { Connection } from '../../src/domain/connection.ts';
import { identityOf } from '../../src/domain/connection.ts';
import type { DecidePolicy } from '../../src/domain/decide.ts';
import { createToldBy } from '../../src/domain/delivery.ts';
import type { StateEvent } from '../../src/domain/event.ts';
import { type HealthRecord, newRecord } from '../../src/domain/record.ts';
import { scopedChannels } from '../../src/domain/routing.ts';
import type { State } from '../../src/domain/state.ts';
import { DAY, GATEWAY, HOUR, MINUTE, SECOND, T0 } from './checks.ts';
import { changed, connectionOf, Desk } from './desk.ts';

const UK = 'https://uk-api.services.mimecast.com';

function fleetOf(count: number, more: (index: number) => Partial<Connection> = () => ({})): Connection[] {
  return Array.from({ length: count }, (_, index) =>
    connectionOf(`c${index}`, { tenant: `Tenant ${index}`, ...more(index) }),
  );
}

function recordOf(connection: Connection, more: Partial<HealthRecord> = {}): HealthRecord {
  return {
    ...newRecord(connection.gateway, T0 - DAY, null),
    state: 'healthy',
    fingerprint: 'f',
    validFingerprints: ['f'],
    lastCheckAt: T0,
    lastVerdict: 'valid',
    lastSuccessAt: T0,
    ...more,
  };
}

function deskOf(fleet: readonly Connection[], policy: Partial<DecidePolicy> = {}): Desk {
  const byId = new Map(fleet.map((connection) => [connection.id, connection]));
  const desk = new Desk({ find: (id) => byId.get(id), channels: ['soc'], ...policy });
  desk.fleet = fleet.map((connection) => [connection, recordOf(connection)] as const);
  return desk;
}

const becomes = (state: State, connection: Connection, at: number, more: Partial<StateEvent> = {}) =>
  changed(state, at, { connection: identityOf(connection), channels: connection.channels, ...more });

/** The records of a fleet of which some answer as given, all checked at that moment. */
function answering(
  fleet: readonly Connection[],
  at: number,
  some: (index: number) => Partial<HealthRecord>,
): Desk['fleet'] {
  return fleet.map((connection, index) => [
    connection,
    recordOf(connection, { lastCheckAt: at, ...some(index) }),
  ]);
}

const DOWN: Partial<HealthRecord> = {
  lastVerdict: 'gateway_error',
  unknown: { count: 3, elapsedMs: 40 * MINUTE },
};

describe('many of a kind at once', () => {
  it('are one message each up to five', () => {
    const fleet = fleetOf(5);
    const desk = deskOf(fleet);
    desk.happen(...fleet.map((one) => becomes('revoked', one, T0)));
    desk.pass(MINUTE);
    expect(desk.told).toEqual(Array(5).fill('credential_invalid firing critical revoked'));
  });

  it('are one message from six on, which lists them; none is told by itself', () => {
    const fleet = fleetOf(6);
    const desk = deskOf(fleet);
    desk.happen(...fleet.map((one) => becomes('revoked', one, T0)));
    desk.pass(DAY - HOUR);
    expect(desk.told).toEqual(['credential_invalid firing critical revoked ×6']);
    expect(desk.sent[0]?.notification.connections?.ids).toEqual(fleet.map(({ id }) => id));
    expect(desk.sent[0]?.notification.connection).toBeNull();
    expect(desk.quiet.filter((reason) => reason === 'credential_invalid grouped')).toHaveLength(6);
    const digest = desk.open.find(({ subject }) => subject === 'digest');
    for (const { notice } of desk.open.filter(({ connection }) => connection !== null)) {
      expect(notice.within).toEqual({ incident: digest?.id, channels: ['soc'] });
    }
  });

  it('of a first start, 40 mistyped among 3,000 within half a minute, are one message', () => {
    const fleet = fleetOf(3_000);
    const desk = deskOf(fleet);
    for (let index = 0; index < 40; index++) {
      const one = fleet[index * 70];
      if (one) desk.happen(becomes('never_valid', one, desk.now));
      desk.pass(0.75 * SECOND);
    }
    desk.pass(HOUR);
    expect(desk.told).toEqual(['credential_invalid firing warning never_valid ×40']);
  });

  it('of one customer, twelve applications that were wiped, are one message that names the customer', () => {
    const fleet = fleetOf(12, () => ({ tenant: 'Acme Corp' }));
    const desk = deskOf(fleet);
    for (const one of fleet) {
      desk.happen(becomes('revoked', one, desk.now));
      desk.pass(0.2 * SECOND);
    }
    desk.pass(HOUR);
    expect(desk.told).toEqual(['credential_invalid firing critical revoked ×12']);
    expect(desk.sent[0]?.notification.summary).toBe(
      'Acme Corp: Mimecast credentials of 12 connections were revoked',
    );
  });

  it('end in one message, when the last of them is over; until then a reminder lists what is left', () => {
    const fleet = fleetOf(6);
    const desk = deskOf(fleet);
    desk.happen(...fleet.map((one) => becomes('revoked', one, T0)));
    desk.pass(HOUR);
    desk.happen(...fleet.slice(0, 4).map((one) => becomes('healthy', one, desk.now)));
    desk.pass(DAY);
    desk.happen(...fleet.slice(4).map((one) => becomes('healthy', one, desk.now)));
    desk.pass(HOUR);
    expect(desk.told).toEqual([
      'credential_invalid firing critical revoked ×6',
      'credential_invalid reminder critical revoked ×2',
      'credential_invalid resolved critical revoked recovered ×6',
    ]);
    expect(new Set(desk.sent.map(({ notification }) => notification.incident)).size).toBe(1);
    expect(desk.incidents).toEqual([]);
  });

  it('that could not be read from their source are one message, whatever gateways they belong to', () => {
    const fleet = fleetOf(8, (index) => ({ gateway: index % 2 === 0 ? GATEWAY : UK }));
    const desk = deskOf(fleet);
    const evidence = {
      verdict: 'secret_unavailable',
      httpStatus: null,
      code: 'ENOENT',
      requestId: null,
    } as const;
    for (const one of fleet) {
      desk.happen(becomes('unverifiable', one, desk.now, { evidence, rejections: 0 }));
      desk.pass(35 * SECOND);
    }
    desk.pass(HOUR);
    expect(desk.told).toEqual(['credential_unverifiable firing warning ×8']);
  });
});

describe('a gateway that is out', () => {
  it('is one message for 10,000 connections, and one when it is back; nobody is told of the single ones', () => {
    const fleet = fleetOf(10_000);
    const desk = deskOf(fleet);
    desk.pass(MINUTE);
    desk.fleet = answering(fleet, desk.now, () => DOWN);
    desk.look();
    desk.happen(...fleet.map((one) => becomes('unverifiable', one, desk.now, { rejections: 0 })));
    desk.pass(2 * HOUR);
    expect(desk.told).toEqual(['gateway_outage firing warning ×10000']);
    expect(desk.quiet.filter((reason) => reason === 'credential_unverifiable outage')).toHaveLength(10_000);

    desk.fleet = answering(fleet, desk.now, () => ({}));
    desk.look();
    desk.happen(...fleet.map((one) => becomes('healthy', one, desk.now)));
    desk.pass(2 * HOUR);
    expect(desk.told.slice(1)).toEqual(['gateway_outage resolved warning recovered ×10000']);
    expect(desk.incidents).toEqual([]);
  });

  it('hides no revocation', () => {
    const fleet = fleetOf(20);
    const desk = deskOf(fleet);
    desk.fleet = answering(fleet, desk.now, () => DOWN);
    desk.look();
    const [one] = fleet;
    if (one) desk.happen(becomes('revoked', one, desk.now));
    desk.pass(MINUTE);
    expect(desk.told).toEqual([
      'gateway_outage firing warning ×20',
      'credential_invalid firing critical revoked',
    ]);
  });

  it('leaves what is still wrong to be announced afterwards, when each has had its turn', () => {
    const fleet = fleetOf(20);
    const desk = deskOf(fleet);
    desk.fleet = answering(fleet, desk.now, () => DOWN);
    desk.look();
    desk.happen(...fleet.map((one) => becomes('unverifiable', one, desk.now, { rejections: 0 })));
    desk.pass(HOUR);
    desk.fleet = answering(fleet, desk.now, (index) => (index === 7 ? DOWN : {}));
    desk.look();
    desk.pass(MINUTE);
    desk.happen(...fleet.filter((_, index) => index !== 7).map((one) => becomes('healthy', one, desk.now)));
    desk.pass(HOUR);
    expect(desk.told).toEqual([
      'gateway_outage firing warning ×20',
      'gateway_outage resolved warning recovered ×20',
      'credential_unverifiable firing warning',
    ]);
  });

  it.each([
    ['one connection alone', 1, () => DOWN],
    ['fewer than half of them', 10, (index: number) => (index < 4 ? DOWN : {})],
    ['two of two, each asked once', 2, () => ({ ...DOWN, unknown: { count: 1, elapsedMs: 0 } })],
    ['bad requests', 10, () => ({ ...DOWN, lastVerdict: 'bad_request' as const })],
    ['secrets that cannot be read', 10, () => ({ ...DOWN, lastVerdict: 'secret_unavailable' as const })],
    ['checks of long ago', 10, () => ({ ...DOWN, lastCheckAt: T0 - HOUR })],
  ])('is not made of %s', (_what, count, some) => {
    const fleet = fleetOf(count);
    const desk = deskOf(fleet);
    desk.fleet = answering(fleet, desk.now, some);
    desk.look();
    desk.pass(MINUTE);
    expect(desk.told).toEqual([]);
  });

  it('goes on through a survey in which nothing was checked lately', () => {
    const fleet = fleetOf(10);
    const desk = deskOf(fleet);
    desk.fleet = answering(fleet, desk.now, () => DOWN);
    desk.look();
    desk.now += 8 * HOUR;
    desk.look();
    expect(desk.told).toEqual(['gateway_outage firing warning ×10']);
  });
});

describe('a mass of first rejections', () => {
  const SUSPECT = (at: number): Partial<HealthRecord> => ({
    state: 'suspect',
    rejections: 1,
    firstRejectedAt: at,
    lastVerdict: 'rejected',
  });

  it('is known before the first is confirmed, and is one message; none of its pages leaves', () => {
    const fleet = fleetOf(100);
    const desk = deskOf(fleet);
    desk.fleet = answering(fleet, desk.now, (index) => (index < 12 ? SUSPECT(T0) : {}));
    desk.look();
    desk.pass(30 * SECOND);
    desk.happen(...fleet.slice(0, 12).map((one) => becomes('revoked', one, desk.now)));
    desk.pass(10 * MINUTE);
    expect(desk.told).toEqual(['mass_rejection firing critical ×12']);
  });

  it('is seen even when the first page is due before the next look at the fleet', () => {
    const fleet = fleetOf(100);
    const desk = deskOf(fleet);
    desk.look();
    desk.pass(MINUTE);
    desk.fleet = answering(fleet, desk.now, (index) => (index < 12 ? SUSPECT(desk.now) : {}));
    desk.happen(...fleet.slice(0, 2).map((one) => becomes('revoked', one, desk.now)));
    desk.pass(10 * MINUTE);
    expect(desk.told).toEqual(['mass_rejection firing critical ×12']);
  });

  it('that was the vendor’s ends without a page when all are issued tokens again', () => {
    const fleet = fleetOf(100);
    const desk = deskOf(fleet);
    desk.fleet = answering(fleet, desk.now, (index) => (index < 50 ? SUSPECT(T0) : {}));
    desk.look();
    desk.pass(5 * MINUTE);
    desk.fleet = answering(fleet, desk.now, () => ({}));
    desk.look();
    desk.look();
    desk.pass(HOUR);
    expect(desk.told).toEqual([
      'mass_rejection firing critical ×50',
      'mass_rejection resolved critical recovered ×50',
    ]);
  });

  it('has every connection of its gateway asked at once, and is told again with those that joined', () => {
    const fleet = fleetOf(100);
    const desk = deskOf(fleet);
    desk.fleet = answering(fleet, desk.now, (index) => (index < 12 ? SUSPECT(T0) : {}));
    expect(desk.look().askAll).toEqual([GATEWAY]);
    desk.pass(10 * SECOND);
    desk.fleet = answering(fleet, desk.now, (index) => (index < 40 ? SUSPECT(T0) : {}));
    expect(desk.look().askAll).toEqual([]);
    desk.pass(20 * SECOND);
    desk.look();
    desk.look();
    desk.pass(MINUTE);
    expect(desk.told).toEqual(['mass_rejection firing critical ×12', 'mass_rejection firing critical ×40']);
    expect(new Set(desk.sent.map(({ notification }) => notification.incident)).size).toBe(1);
  });

  it('of which most recover leaves the others to be announced, once each has been asked again', () => {
    const fleet = fleetOf(100);
    const desk = deskOf(fleet);
    desk.fleet = answering(fleet, desk.now, (index) => (index < 20 ? SUSPECT(T0) : {}));
    desk.look();
    desk.happen(...fleet.slice(0, 20).map((one) => becomes('revoked', one, desk.now)));
    desk.pass(5 * MINUTE);
    desk.happen(...fleet.slice(3, 20).map((one) => becomes('healthy', one, desk.now)));
    desk.fleet = answering(fleet, desk.now, (index) =>
      index < 3 ? { ...SUSPECT(T0), state: 'revoked' } : {},
    );
    desk.look();
    desk.pass(5 * MINUTE);
    desk.look();
    expect(desk.told).toEqual(['mass_rejection firing critical ×20']);
    desk.pass(MINUTE);
    desk.look();
    desk.pass(MINUTE);
    expect(desk.told).toEqual([
      'mass_rejection firing critical ×20',
      'mass_rejection resolved critical superseded ×20',
      ...Array(3).fill('credential_invalid firing critical revoked'),
    ]);
  });

  it('that is real is announced after half an hour, grouped by customer', () => {
    const fleet = fleetOf(24, (index) => ({ tenant: index < 12 ? 'Acme Corp' : 'Globex' }));
    const desk = deskOf(fleet);
    const wiped = (at: number) => answering(fleet, at, () => ({ ...SUSPECT(T0), state: 'revoked' as const }));
    desk.fleet = wiped(T0);
    desk.look();
    desk.happen(...fleet.map((one) => becomes('revoked', one, desk.now)));
    for (let minute = 0; minute < 35; minute++) {
      desk.pass(MINUTE);
      desk.fleet = wiped(desk.now);
      desk.look();
    }
    expect(desk.told).toEqual([
      'mass_rejection firing critical ×24',
      'mass_rejection resolved critical superseded ×24',
      'credential_invalid firing critical revoked ×12',
      'credential_invalid firing critical revoked ×12',
    ]);
    expect(desk.sent.slice(2).map(({ notification }) => notification.summary.split(':')[0])).toEqual([
      'Acme Corp',
      'Globex',
    ]);
  });

  it.each([
    ['fewer than ten', 9, () => ({})],
    ['one customer', 12, () => ({ tenant: 'Acme Corp' })],
  ])('is not made of %s', (_what, count, more) => {
    const fleet = fleetOf(100, more);
    const desk = deskOf(fleet);
    desk.fleet = answering(fleet, desk.now, (index) => (index < count ? SUSPECT(T0) : {}));
    desk.look();
    expect(desk.told).toEqual([]);
  });

  it('is not made of a customer that was announced already, nor of one with a single other', () => {
    const fleet = fleetOf(40, (index) => ({ tenant: index < 14 ? 'Acme Corp' : `Tenant ${index}` }));
    const desk = deskOf(fleet);
    desk.fleet = answering(fleet, desk.now, (index) => (index < 14 || index === 20 ? SUSPECT(T0) : {}));
    desk.look();
    desk.happen(...fleet.slice(0, 14).map((one) => becomes('revoked', one, desk.now)));
    desk.happen(...fleet.slice(20, 21).map((one) => becomes('revoked', one, desk.now)));
    desk.pass(MINUTE);
    expect(desk.told).toEqual([
      'credential_invalid firing critical revoked ×14',
      'credential_invalid firing critical revoked',
    ]);
    desk.fleet = answering(fleet, desk.now, (index) =>
      index < 14 || (index > 20 && index < 28) ? SUSPECT(desk.now) : {},
    );
    desk.look();
    desk.pass(MINUTE);
    expect(desk.told.filter((line) => line.startsWith('mass'))).toEqual([]);
  });

  it('is not made of fewer than five of a hundred, nor of keys that never worked', () => {
    const fleet = fleetOf(1_000);
    const desk = deskOf(fleet);
    desk.fleet = answering(fleet, desk.now, (index) => {
      if (index < 40) return SUSPECT(T0);
      return index < 400 ? { ...SUSPECT(T0), validFingerprints: [] } : {};
    });
    desk.look();
    expect(desk.told).toEqual([]);
  });
});

describe('who is told of many', () => {
  const routes = [
    { match: { tenant: 'Tenant 0' }, channels: ['acme-own'], continue: true },
    { match: {}, channels: ['soc'], continue: false },
  ];
  const scoped = scopedChannels(routes, []);

  it('a channel of one customer hears of that customer alone, everybody else of all', () => {
    const fleet = fleetOf(10);
    const desk = deskOf(fleet, { routes, channels: ['soc', 'acme-own'], scoped });
    desk.fleet = answering(fleet, desk.now, () => DOWN);
    desk.look();
    desk.happen(...fleet.map((one) => becomes('revoked', one, desk.now)));
    desk.pass(MINUTE);
    const own = desk.sent.filter(({ channels }) => channels.includes('acme-own'));
    expect(own.map(({ notification }) => notification.connections)).toEqual([
      { total: 1, ids: ['c0'] },
      { total: 1, ids: ['c0'] },
    ]);
    expect(JSON.stringify(own)).not.toMatch(/Tenant [1-9]|c[1-9]/);
    expect(desk.told.filter((line) => line.includes('×10'))).toHaveLength(2);
  });

  it('the end goes to exactly those who heard of the beginning, each of what it heard', () => {
    const fleet = fleetOf(10);
    const desk = deskOf(fleet, { routes, channels: ['soc', 'acme-own'], scoped });
    desk.happen(...fleet.map((one) => becomes('revoked', one, desk.now)));
    desk.pass(MINUTE);
    desk.policy = { ...desk.policy, routes: [] };
    desk.happen(...fleet.map((one) => becomes('healthy', one, desk.now)));
    desk.pass(MINUTE);
    const seen = desk.sent.map(({ channels, notification }) => [channels, notification.connections?.total]);
    expect(seen.slice(0, 2)).toEqual(seen.slice(2));
  });
});

describe('a silence', () => {
  const silence = (more: object, endsAt = T0 + HOUR) => ({
    id: 's1',
    match: { tenant: 'Tenant 0' },
    startsAt: T0,
    endsAt,
    reason: 'migration',
    author: 'ada',
    createdAt: T0,
    ...more,
  });

  it('keeps messages back and nothing else; at its end what still burns is announced once, grouped', () => {
    const fleet = fleetOf(8, () => ({ tenant: 'Tenant 0' }));
    const desk = deskOf(fleet);
    desk.silences = [silence({})];
    for (const one of fleet) {
      desk.happen(becomes('revoked', one, desk.now));
      desk.pass(MINUTE);
    }
    expect(desk.told).toEqual([]);
    expect(desk.open).toHaveLength(8);
    desk.pass(2 * HOUR);
    expect(desk.told).toEqual(['credential_invalid firing critical revoked ×8']);
  });

  it('spares what ends while it lasts', () => {
    const fleet = fleetOf(1);
    const desk = deskOf(fleet);
    desk.silences = [silence({})];
    for (const state of ['revoked', 'healthy'] as const) {
      desk.happen(...fleet.map((one) => becomes(state, one, desk.now)));
      desk.pass(10 * MINUTE);
    }
    desk.pass(2 * HOUR);
    expect(desk.told).toEqual([]);
  });

  it('of later does not swallow the end of what was announced: it comes afterwards', () => {
    const fleet = fleetOf(1);
    const desk = deskOf(fleet);
    desk.happen(...fleet.map((one) => becomes('revoked', one, desk.now)));
    desk.pass(MINUTE);
    desk.silences = [silence({})];
    desk.happen(...fleet.map((one) => becomes('healthy', one, desk.now)));
    desk.pass(30 * MINUTE);
    expect(desk.told).toEqual(['credential_invalid firing critical revoked']);
    desk.pass(HOUR);
    expect(desk.told.slice(1)).toEqual(['credential_invalid resolved critical revoked recovered']);
    expect(desk.incidents).toEqual([]);
  });

  it('keeps reminders back', () => {
    const fleet = fleetOf(1);
    const desk = deskOf(fleet);
    desk.happen(...fleet.map((one) => becomes('revoked', one, desk.now)));
    desk.pass(MINUTE);
    desk.silences = [silence({}, T0 + 3 * DAY)];
    desk.pass(2 * DAY);
    expect(desk.told).toHaveLength(1);
    desk.pass(DAY + HOUR);
    expect(desk.told.slice(1)).toEqual(['credential_invalid reminder critical revoked']);
  });
});

describe('a declared expiry', () => {
  const expiring = (daysLeft: number, more: Partial<Connection> = {}) =>
    connectionOf('acme-siem', { secretExpiresAt: T0 + daysLeft * DAY, ...more });

  function lookEveryHour(desk: Desk, hours: number): void {
    for (let hour = 0; hour < hours; hour++) {
      desk.look();
      desk.pass(HOUR);
    }
  }

  it('is told of at each rung once, the last one gravely, and on the day itself', () => {
    const desk = deskOf([expiring(31)]);
    lookEveryHour(desk, 31 * 24 + 12);
    expect(desk.told).toEqual([
      ...Array(4).fill('credential_expiring firing warning'),
      ...Array(2).fill('credential_expiring firing critical'),
    ]);
    const days = desk.sent.map(({ notification }) => (Date.parse(notification.occurredAt) - T0) / DAY);
    expect(days.map(Math.round)).toEqual([1, 17, 24, 28, 30, 31]);
    expect(new Set(desk.sent.map(({ notification }) => notification.incident)).size).toBe(1);
  });

  it('is recalled every reminderEvery once the last rung was told, also after the day, as long as the keys work', () => {
    const desk = deskOf([expiring(31)]);
    lookEveryHour(desk, 34 * 24);
    expect(desk.told.slice(4)).toEqual([
      ...Array(2).fill('credential_expiring firing critical'),
      ...Array(2).fill('credential_expiring reminder critical'),
    ]);
    const hours = desk.sent.map(({ notification }) => (Date.parse(notification.occurredAt) - T0) / HOUR);
    expect(hours.slice(4).map(Math.round)).toEqual([720, 744, 768, 792]);
    expect(desk.sent.at(-1)?.notification.description).toContain('has come');
  });

  it.each([
    [
      -400,
      'The declared expiry of the secret, 2025-04-27T12:00:00.000Z, passed 400d ago. If the keys still work, correct the date.',
    ],
    [-0.9, 'has come.'],
  ])('that passed before the first look, %d days ago, is told of once, and when it was', (days, words) => {
    const desk = deskOf([expiring(days)]);
    lookEveryHour(desk, 3);
    expect(desk.told).toEqual(['credential_expiring firing critical']);
    expect(desk.sent[0]?.notification.description).toContain(words);
  });

  it.each([
    { what: 'a rung of hours between two reminders', warnBefore: [6], every: 24, at: [-6, 0, 24] },
    { what: 'a last rung of several days', warnBefore: [72], every: 24, at: [-72, -48, -24, 0, 24] },
    { what: 'reminders more often than rungs', warnBefore: [24], every: 8, at: [-24, -16, -8, 0, 8, 16, 24] },
    { what: 'a reminder just before a rung', warnBefore: [20], every: 19.5, at: [-20, 0, 19.5] },
  ])('is not recalled when its next message comes anyway: $what', ({ warnBefore, every, at }) => {
    const desk = deskOf([expiring(4)], {
      warnBeforeMs: warnBefore.map((hours) => hours * HOUR),
      reminderEveryMs: every * HOUR,
    });
    for (let minute = 0; minute < (4 * 24 + 26) * 60; minute += 5) {
      desk.look();
      desk.pass(5 * MINUTE);
    }
    const hours = desk.sent.map(({ notification }) => (Date.parse(notification.occurredAt) - T0) / HOUR - 96);
    expect(hours.map((one) => Math.round(one * 2) / 2)).toEqual(at);
  });

  it('of many that are recalled together is one reminder, too', () => {
    const desk = deskOf(fleetOf(8, () => ({ tenant: 'Acme Corp', secretExpiresAt: T0 + 0.5 * DAY })));
    lookEveryHour(desk, 38);
    expect(desk.told).toEqual([
      'credential_expiring firing critical ×8',
      'credential_expiring resolved critical superseded ×8',
      'credential_expiring firing critical ×8',
      'credential_expiring reminder critical ×8',
    ]);
  });

  it('is told of by the tightest rung alone after days that were missed', () => {
    const desk = deskOf([expiring(31)]);
    lookEveryHour(desk, 2);
    desk.now = T0 + 29 * DAY;
    lookEveryHour(desk, 2);
    expect(desk.told).toEqual(['credential_expiring firing warning']);
  });

  it('that is moved ends what was announced, and starts anew', () => {
    const desk = deskOf([expiring(5)]);
    lookEveryHour(desk, 1);
    desk.fleet = desk.fleet.map(([, record]) => [expiring(90), record] as const);
    lookEveryHour(desk, 1);
    expect(desk.told).toEqual([
      'credential_expiring firing warning',
      'credential_expiring resolved warning recovered',
    ]);
  });

  it('that stays while the secret changes is pointed out once, and warns no more', () => {
    const desk = deskOf([expiring(20)]);
    lookEveryHour(desk, 1);
    desk.fleet = desk.fleet.map(([one, record]) => [one, { ...record, fingerprint: 'new' }] as const);
    lookEveryHour(desk, 25 * 24);
    expect(desk.told).toEqual(Array(2).fill('credential_expiring firing warning'));
    expect(desk.sent.at(-1)?.notification.description).toContain('the config still declares');
  });

  it('gives whoever rotates a secret time to write the new date', () => {
    const desk = deskOf([expiring(200)]);
    desk.look();
    desk.fleet = desk.fleet.map(([one, record]) => [one, { ...record, fingerprint: 'new' }] as const);
    desk.look();
    desk.pass(10 * MINUTE);
    desk.fleet = desk.fleet.map(([, record]) => [expiring(290), record] as const);
    lookEveryHour(desk, 24);
    expect(desk.told).toEqual([]);
  });

  it('gives way to the refusal of the keys', () => {
    const connection = expiring(5);
    const desk = deskOf([connection]);
    lookEveryHour(desk, 1);
    desk.happen(becomes('expired', connection, desk.now));
    desk.pass(MINUTE);
    expect(desk.told.slice(1)).toEqual([
      'credential_expiring resolved warning superseded',
      'credential_invalid firing critical expired',
    ]);
  });
});

describe('a declared expiry of keys of which nothing certain is known', () => {
  const connection = connectionOf('acme-siem', { secretExpiresAt: T0 + 5 * DAY });
  const as = (state: State, since: number): Desk['fleet'] => [
    [connection, recordOf(connection, { state, since, lastCheckAt: null, lastSuccessAt: null })],
  ];

  it.each(['pending', 'suspect'] as const)(
    'is not told of while they are %s, and never when they turn out not to work',
    (state) => {
      const desk = deskOf([connection]);
      desk.fleet = as(state, T0);
      desk.look();
      desk.pass(MINUTE);
      expect(desk.told).toEqual([]);
      expect(desk.quiet).toEqual(['credential_expiring awaiting_verdict']);
      desk.happen(becomes('never_valid', connection, desk.now, { lastSuccessAt: null }));
      desk.fleet = as('never_valid', desk.now);
      desk.pass(HOUR);
      expect(desk.told).toEqual(['credential_invalid firing warning never_valid']);
      expect(desk.quiet).toContain('credential_expiring superseded');
    },
  );

  it('is told of as soon as a token was issued for them', () => {
    const desk = deskOf([connection]);
    desk.fleet = as('pending', T0);
    desk.look();
    desk.pass(MINUTE);
    desk.fleet = [[connection, recordOf(connection)]];
    desk.look();
    desk.pass(5 * SECOND);
    expect(desk.told).toEqual(['credential_expiring firing warning']);
  });

  it('is told of when they become unverifiable', () => {
    const desk = deskOf([connection]);
    desk.fleet = as('pending', T0);
    desk.look();
    desk.pass(10 * MINUTE);
    desk.fleet = as('unverifiable', desk.now);
    desk.look();
    desk.pass(5 * SECOND);
    expect(desk.told).toEqual(['credential_expiring firing warning']);
  });

  it('is told of after unverifiableAfter at the latest, although they stay pending', () => {
    const desk = deskOf([connection]);
    desk.fleet = as('pending', T0);
    desk.look();
    desk.pass(30 * MINUTE - SECOND);
    expect(desk.told).toEqual([]);
    desk.pass(5 * SECOND);
    expect(desk.told).toEqual(['credential_expiring firing warning']);
  });

  it('is not held back without end by a clock that was set back', () => {
    const desk = deskOf([connection]);
    desk.fleet = as('pending', T0 + DAY);
    desk.look();
    desk.pass(MINUTE);
    expect(desk.told).toEqual(['credential_expiring firing warning']);
  });
});

describe('digests and what becomes of their members', () => {
  const eight = () => fleetOf(8, () => ({ tenant: 'Acme Corp', secretExpiresAt: T0 + 31 * DAY }));

  it('take back alone what was announced alone before it came into company', () => {
    const fleet = eight();
    const desk = deskOf(fleet);
    // Four have the ladder begun a rung earlier than the others, so that all are told one by one.
    desk.fleet = fleet.slice(0, 4).map((one) => [one, recordOf(one)] as const);
    desk.now = T0 + 20 * DAY;
    desk.look();
    desk.pass(HOUR);
    desk.fleet = fleet.map((one) => [one, recordOf(one)] as const);
    desk.look();
    desk.pass(HOUR);
    expect(desk.told).toHaveLength(8);
    desk.now = T0 + 24.5 * DAY;
    desk.look();
    desk.pass(HOUR);
    expect(desk.told.at(-1)).toBe('credential_expiring firing warning ×8');
    desk.fleet = fleet.map((one) => [{ ...one, secretExpiresAt: T0 + 200 * DAY }, recordOf(one)] as const);
    desk.look();
    desk.pass(HOUR);
    const burning = new Set<string>();
    for (const { notification } of desk.sent) {
      if (notification.status === 'firing') burning.add(notification.incident);
      if (notification.status === 'resolved') burning.delete(notification.incident);
    }
    expect([...burning]).toEqual([]);
    expect(desk.incidents).toEqual([]);
  });

  it('say that more is known, and not that all is well, when their members become graver', () => {
    const fleet = eight();
    const desk = deskOf(fleet);
    desk.now = T0 + 20 * DAY;
    desk.look();
    desk.pass(HOUR);
    desk.now = T0 + 24.5 * DAY;
    desk.look();
    desk.pass(HOUR);
    expect(desk.told).toEqual([
      'credential_expiring firing warning ×8',
      'credential_expiring resolved warning superseded ×8',
      'credential_expiring firing warning ×8',
    ]);
    expect(desk.sent[1]?.notification.description).toContain('another message');
  });

  it('end as their members do', () => {
    const fleet = fleetOf(6);
    const desk = deskOf(fleet);
    desk.happen(...fleet.map((one) => becomes('revoked', one, T0)));
    desk.pass(MINUTE);
    for (const one of fleet) desk.happen({ type: 'removed', connection: identityOf(one), at: desk.now });
    desk.pass(MINUTE);
    expect(desk.told.at(-1)).toBe('credential_invalid resolved critical revoked removed ×6');
  });

  it('are silent when all that is left of them is silenced, and name only what is not', () => {
    const fleet = fleetOf(8, (index) => ({ tenant: index < 6 ? 'Acme Corp' : 'Globex' }));
    const desk = deskOf(fleet);
    desk.happen(...fleet.slice(0, 6).map((one) => becomes('revoked', one, T0)));
    desk.pass(MINUTE);
    const silence = { id: 's', startsAt: T0, endsAt: T0 + 7 * DAY, reason: 'r', author: 'a', createdAt: T0 };
    desk.silences = [{ ...silence, match: { connection: 'c0' } }];
    desk.pass(DAY);
    expect(desk.told.at(-1)).toBe('credential_invalid reminder critical revoked ×5');
    desk.silences = [{ ...silence, match: { tenant: 'Acme Corp' } }];
    desk.pass(3 * DAY);
    expect(desk.told).toHaveLength(2);
  });
});

describe('whose message told of an incident last', () => {
  const lastMessages = (desk: ReturnType<typeof deskOf>) =>
    desk.open.map((incident) => createToldBy(desk.open)(incident));

  it('is, in each channel that was chosen for a customer, the digest that names it', () => {
    const routes = [
      { match: { tenant: 'Acme Corp' }, channels: ['acme-own'], continue: true },
      { match: {}, channels: ['soc'], continue: false },
    ];
    const fleet = fleetOf(8, (index) => ({ tenant: index < 4 ? 'Acme Corp' : `Tenant ${index}` }));
    const scoped = scopedChannels(routes, []);
    const desk = deskOf(fleet, { routes, channels: ['soc', 'acme-own'], scoped });
    desk.happen(...fleet.map((one) => becomes('revoked', one, T0)));
    desk.pass(MINUTE);
    const members = desk.open.filter(({ connection }) => connection !== null);
    const channels = members.map((member) => createToldBy(desk.open)(member)?.channels?.toSorted());
    expect(channels).toEqual([...Array(4).fill(['acme-own', 'soc']), ...Array(4).fill(['soc'])]);
  });

  it('is the digest that one of another cause joined later, in the channels that got that message', () => {
    const routes = [
      { match: { cause: 'revoked' as const }, channels: ['pager'], continue: false },
      { match: {}, channels: ['soc'], continue: false },
    ];
    const fleet = fleetOf(7, () => ({ tenant: 'Acme Corp' }));
    const desk = deskOf(fleet, { routes, channels: ['soc', 'pager'] });
    desk.happen(...fleet.slice(0, 6).map((one) => becomes('revoked', one, desk.now)));
    desk.pass(MINUTE);
    desk.happen(...fleet.slice(6).map((one) => becomes('forbidden', one, desk.now)));
    desk.pass(MINUTE);
    expect(desk.sent.map(({ channels }) => channels)).toEqual([['pager'], ['soc']]);
    const joined = desk.open.find(({ connection }) => connection?.id === 'c6');
    const digest = desk.sent[1]?.notification.incident;
    expect(joined && createToldBy(desk.open)(joined)).toEqual({ incident: digest, channels: ['soc'] });
  });

  it('is the round-up of reminders, and its own again when it ends', () => {
    const fleet = fleetOf(6);
    const desk = deskOf(fleet);
    for (const one of fleet) {
      desk.happen(becomes('revoked', one, desk.now));
      desk.pass(MINUTE);
    }
    expect(new Set(lastMessages(desk).map((by) => by?.incident)).size).toBe(6);
    desk.now += 2 * DAY;
    desk.look();
    expect(desk.told.at(-1)).toBe('credential_invalid reminder critical revoked ×6');
    const roundup = desk.sent.at(-1)?.notification.incident;
    expect(lastMessages(desk)).toEqual(Array(6).fill({ incident: roundup, channels: ['soc'] }));
    for (const one of fleet.slice(0, 1))
      desk.happen({ type: 'removed', connection: identityOf(one), at: desk.now });
    desk.pass(MINUTE);
    const [ended] = desk.over;
    expect(ended && createToldBy([])(ended)).toEqual({ incident: ended?.id, channels: ['soc'] });
  });
});

describe('a channel with an alert for each incident', () => {
  const manyAtOnce = (policy: Parameters<typeof deskOf>[1]) => {
    const fleet = fleetOf(6);
    const desk = deskOf(fleet, { alertPerIncident: new Set(['pager']), ...policy });
    for (const one of fleet) {
      desk.happen(becomes('revoked', one, desk.now));
      desk.pass(MINUTE);
    }
    desk.now += 2 * DAY;
    return { fleet, desk };
  };
  const heard = (desk: ReturnType<typeof deskOf>, channel: string) =>
    desk.sent.flatMap(({ channels, notification }) => (channels.includes(channel) ? [notification] : []));

  it('is reminded of each by itself, where others get a round-up, which has no end', () => {
    const { fleet, desk } = manyAtOnce({ channels: ['soc', 'pager'] });
    const open = desk.open.map(({ id }) => id).toSorted();
    desk.look();
    const reminders = (channel: string) => heard(desk, channel).filter(({ status }) => status === 'reminder');
    const reminded = reminders('pager').map(({ incident }) => incident);
    expect(reminded.toSorted()).toEqual(open);
    expect(reminders('soc').map(({ connections }) => connections?.total)).toEqual([6]);
    const [first] = desk.open;
    expect(first && createToldBy(desk.open)(first)).toEqual({
      incident: reminders('soc')[0]?.incident,
      channels: ['soc'],
      alone: ['pager'],
    });
    desk.happen(...fleet.map((one) => becomes('healthy', one, desk.now)));
    desk.pass(MINUTE);
    const ended = heard(desk, 'pager').filter(({ status }) => status === 'resolved');
    expect(ended.map(({ incident }) => incident).toSorted()).toEqual(open);
  });

  it('is reminded of each also where it is alone, which its own message shows', () => {
    const { desk } = manyAtOnce({ channels: ['pager'] });
    desk.look();
    expect(desk.told.slice(6)).toEqual(Array(6).fill('credential_invalid reminder critical revoked'));
    const own = desk.open.map(({ id }) => ({ incident: id, channels: ['pager'] }));
    expect(desk.open.map((incident) => createToldBy(desk.open)(incident))).toEqual(own);
    expect(new Set(desk.sent.map(({ notification }) => notification.id)).size).toBe(12);
  });

  it('hears of what is open when it comes late, and of its end', () => {
    const { fleet, desk } = manyAtOnce({ channels: ['soc'] });
    desk.policy = { ...desk.policy, channels: ['soc', 'pager'] };
    desk.look();
    expect(heard(desk, 'pager').map(({ status }) => status)).toEqual(Array(6).fill('reminder'));
    desk.happen(...fleet.map((one) => becomes('healthy', one, desk.now)));
    desk.pass(MINUTE);
    const after = heard(desk, 'pager').slice(6);
    expect(after.map(({ status }) => status)).toEqual(Array(6).fill('resolved'));
  });
});

describe('who comes late', () => {
  it('a channel is told of an outage when it reaches the first of its connections', () => {
    const routes = [
      { match: { tenant: 'Tenant 9' }, channels: ['own'], continue: true },
      { match: {}, channels: ['soc'], continue: false },
    ];
    const fleet = fleetOf(10);
    const desk = deskOf(fleet, { routes, channels: ['soc', 'own'], scoped: scopedChannels(routes, []) });
    desk.fleet = answering(fleet, desk.now, (index) => (index < 6 ? DOWN : {}));
    desk.look();
    desk.pass(MINUTE);
    expect(desk.sent.map(({ channels }) => channels)).toEqual([['soc']]);
    desk.fleet = answering(fleet, desk.now, () => DOWN);
    desk.look();
    desk.pass(MINUTE);
    desk.fleet = answering(fleet, desk.now, () => ({}));
    desk.look();
    expect(desk.sent.map(({ channels, notification }) => [channels, notification.status])).toEqual([
      [['soc'], 'firing'],
      [['own'], 'firing'],
      [['soc'], 'resolved'],
      [['own'], 'resolved'],
    ]);
    expect(desk.sent[1]?.notification.connections).toEqual({ total: 1, ids: ['c9'] });
  });

  it('an incident for which no channel was configured is told when there is one', () => {
    const fleet = fleetOf(1);
    const desk = deskOf(fleet, { channels: [] });
    desk.happen(...fleet.map((one) => becomes('revoked', one, desk.now)));
    desk.pass(HOUR);
    expect(desk.quiet).toContain('credential_invalid nobody_to_tell');
    desk.policy = { ...desk.policy, channels: ['soc'] };
    desk.pass(MINUTE);
    expect(desk.told).toEqual(['credential_invalid firing critical revoked']);
  });

  it('a channel that was renamed hears of what is open with the next reminder, and of its end', () => {
    const fleet = fleetOf(1);
    const desk = deskOf(fleet);
    desk.happen(...fleet.map((one) => becomes('revoked', one, desk.now)));
    desk.pass(HOUR);
    desk.policy = { ...desk.policy, channels: ['soc2'] };
    desk.pass(DAY);
    desk.happen(...fleet.map((one) => becomes('healthy', one, desk.now)));
    expect(desk.sent.slice(1).map(({ channels }) => channels.includes('soc2'))).toEqual([true, true]);
  });

  it('whoever is paged for critical ones only is told when a warning becomes critical', () => {
    const routes = [
      { match: { severity: 'critical' as const }, channels: ['pager'], continue: false },
      { match: {}, channels: ['soc'], continue: false },
    ];
    const fleet = fleetOf(1);
    const desk = deskOf(fleet, { routes, channels: ['soc', 'pager'] });
    desk.happen(...fleet.map((one) => becomes('never_valid', one, desk.now)));
    desk.pass(HOUR);
    desk.happen(...fleet.map((one) => becomes('forbidden', one, desk.now, { from: 'never_valid' })));
    desk.pass(HOUR);
    expect(desk.sent.map(({ channels }) => [...channels].sort())).toEqual([['soc'], ['pager', 'soc']]);
  });
});

describe('a clock that is set back', () => {
  it('delays no announcement and no end of a mass until it has caught up', () => {
    const fleet = fleetOf(24, (index) => ({ tenant: index < 12 ? 'Acme Corp' : 'Globex' }));
    const desk = deskOf(fleet);
    const wiped = (at: number) =>
      answering(fleet, at, () => ({
        state: 'revoked' as const,
        rejections: 3,
        firstRejectedAt: T0,
        lastVerdict: 'rejected' as const,
      }));
    desk.fleet = wiped(T0);
    desk.look();
    desk.happen(...fleet.map((one) => becomes('revoked', one, desk.now)));
    desk.pass(MINUTE);
    desk.now -= 6 * HOUR;
    for (let minute = 0; minute < 35; minute++) {
      desk.pass(MINUTE);
      desk.fleet = answering(fleet, desk.now, () => ({ state: 'revoked' as const, rejections: 3 }));
      desk.look();
    }
    expect(desk.told.filter((line) => line.startsWith('credential_invalid'))).toEqual(
      Array(2).fill('credential_invalid firing critical revoked ×12'),
    );
  });
});

describe('a rung that comes while the keys are refused', () => {
  it('is told of when they work again', () => {
    const connection = connectionOf('acme-siem', { secretExpiresAt: T0 + 1.5 * DAY });
    const desk = deskOf([connection]);
    desk.look();
    desk.pass(HOUR);
    desk.happen(becomes('forbidden', connection, desk.now));
    desk.pass(13 * HOUR);
    desk.look();
    desk.happen(becomes('healthy', connection, desk.now));
    desk.pass(MINUTE);
    desk.look();
    desk.pass(MINUTE);
    expect(desk.told.at(-1)).toBe('credential_expiring firing critical');
  });
});

describe('a mass of which nothing certain is known any more', () => {
  it('is not said to be over', () => {
    const fleet = fleetOf(100);
    const desk = deskOf(fleet);
    const suspect = {
      state: 'suspect',
      rejections: 1,
      firstRejectedAt: T0,
      lastVerdict: 'rejected',
    } as const;
    desk.fleet = answering(fleet, desk.now, (index) => (index < 12 ? suspect : {}));
    desk.look();
    desk.pass(5 * MINUTE);
    const unsure = {
      state: 'pending',
      rejections: 0,
      firstRejectedAt: null,
      lastVerdict: 'timeout',
    } as const;
    desk.fleet = answering(fleet, desk.now, (index) => (index < 12 ? unsure : {}));
    desk.look();
    desk.look();
    desk.pass(MINUTE);
    expect(desk.told).toEqual(['mass_rejection firing critical ×12']);
  });
});
