import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Connection, identityOf } from '../../src/domain/connection.ts';
import { type HealthRecord, newRecord } from '../../src/domain/record.ts';
import { HOUR, MINUTE, SECOND, T0 } from './checks.ts';
import { changed, connectionOf, Desk } from './desk.ts';
import { WatchedFleet } from './wipe.ts';

const CONFIRM = 30 * SECOND;

function appsOf(tenant: string, count: number, more: Partial<Connection> = {}): Connection[] {
  return Array.from({ length: count }, (_, index) =>
    connectionOf(`${tenant}-${index}`, { tenant, intervalMs: 5 * MINUTE, ...more }),
  );
}

/** Revokes one after the other, in the order of the list. */
function wiped(fleet: readonly Connection[], from: number, gapMs: number) {
  const goneAt = new Map(fleet.map(({ id }, index) => [id, from + index * gapMs]));
  return {
    goneAt,
    answers: (id: string, at: number) =>
      (at >= (goneAt.get(id) ?? Infinity) ? 'rejected' : 'valid') as 'rejected' | 'valid',
  };
}

/** When each connection was told of first, and in how many messages and incidents. */
function toldOf({ desk }: WatchedFleet) {
  const firing = desk.sent
    .map(({ notification }) => notification)
    .filter(({ status }) => status === 'firing');
  const first = new Map<string, number>();
  const incidentsOf = new Map<string, Set<string>>();
  for (const { connection, connections, occurredAt, incident } of firing) {
    for (const id of connection ? [connection.id] : (connections?.ids ?? [])) {
      if (!first.has(id)) first.set(id, Date.parse(occurredAt));
      incidentsOf.set(id, (incidentsOf.get(id) ?? new Set()).add(incident));
    }
  }
  return {
    first,
    incidentsOf,
    messages: firing.length,
    incidents: new Set(firing.map(({ incident }) => incident)).size,
  };
}

const STORIES = [0.1, 0.2, 0.5, 1, 2, 2.7].flatMap((gap) =>
  [0, 17, 71, 113, 171, 229, 293].map((from) => ({ gap, from })),
);

describe('a customer whose twelve applications are wiped one after the other', () => {
  it.each(STORIES)(
    'every $gap s from second $from on, is one incident and at most one message more',
    ({ gap, from }) => {
      const fleet = appsOf('acme', 12);
      const { goneAt, answers } = wiped(fleet, T0 + from * SECOND, gap * SECOND);
      const watched = new WatchedFleet(fleet, answers).pass(12 * MINUTE);
      const { first, messages, incidents } = toldOf(watched);
      expect([...first.keys()].sort()).toEqual(fleet.map(({ id }) => id).sort());
      expect(incidents).toBe(1);
      expect(messages).toBeLessThanOrEqual(2);
      for (const [id, at] of first)
        expect(at - (goneAt.get(id) ?? 0)).toBeLessThanOrEqual(5 * MINUTE + CONFIRM + 5 * SECOND);
    },
  );

  it('within two seconds is one message, whichever is found first', () => {
    const messages = Array.from({ length: 30 }, (_, from) => {
      const fleet = appsOf('acme', 12);
      const { answers } = wiped(fleet, T0 + 10 * from * SECOND, 0.2 * SECOND);
      return toldOf(new WatchedFleet(fleet, answers).pass(12 * MINUTE)).messages;
    });
    expect(Math.max(...messages)).toBe(1);
  });

  it('is taken back in one message, when the last works again', () => {
    const fleet = appsOf('acme', 12, { intervalMs: 30 * SECOND });
    const { goneAt } = wiped(fleet, T0 + MINUTE, 2.7 * SECOND);
    const back = T0 + 20 * MINUTE;
    const watched = new WatchedFleet(fleet, (id, at) =>
      at >= (goneAt.get(id) ?? 0) && at < back ? 'rejected' : 'valid',
    ).pass(40 * MINUTE);
    expect(watched.desk.told).toEqual([
      expect.stringMatching(/^credential_invalid firing critical revoked ×[1-9]$/),
      'credential_invalid firing critical revoked ×12',
      'credential_invalid resolved critical revoked recovered ×12',
    ]);
    expect(watched.desk.sent[0]?.notification.description).toContain('more a refusal is being confirmed');
    expect(watched.desk.sent[1]?.notification.description).toContain('since the message before');
  });
});

describe('a page while another key of the customer is being confirmed', () => {
  const [first, second] = appsOf('acme', 2);
  const suspect = (one: Connection): HealthRecord => ({
    ...newRecord(one.gateway, T0 - HOUR, null),
    ...{ state: 'suspect', fingerprint: 'f', validFingerprints: ['f'], rejections: 1 },
    ...{ firstRejectedAt: T0, lastCheckAt: T0, lastVerdict: 'rejected' },
  });
  const deskWhere = (workedAgoMs: number) => {
    if (!first || !second) throw new Error('there are two');
    const desk = new Desk({ find: (id) => [first, second].find((one) => one.id === id), channels: ['soc'] });
    desk.fleet = [[second, suspect(second)]];
    const about = { connection: identityOf(first), lastSuccessAt: T0 - workedAgoMs };
    desk.happen(changed('revoked', T0, about));
    return desk;
  };

  it.each([
    { workedAgo: 330, waits: 3, why: 'a check in each interval would have it told by now' },
    { workedAgo: 323, waits: 10, why: 'no longer than a check in each interval would have it told' },
    { workedAgo: 40, waits: 30, why: 'no longer than confirming one takes' },
  ])('waits $waits s where the keys worked $workedAgo s ago: $why', ({ workedAgo, waits }) => {
    const desk = deskWhere(workedAgo * SECOND);
    desk.pass(waits * SECOND - 1);
    expect(desk.told).toEqual([]);
    desk.pass(1);
    expect(desk.told).toEqual(['credential_invalid firing critical revoked']);
  });

  it('leaves as soon as the other one works again', () => {
    const desk = deskWhere(40 * SECOND);
    desk.pass(10 * SECOND);
    desk.fleet = [];
    desk.look();
    expect(desk.told).toEqual(['credential_invalid firing critical revoked']);
  });
});

describe('two more of a customer of whom some were told of one by one', () => {
  const toldAfter = (alone: number, pauseMs: number) => {
    const fleet = appsOf('acme', alone + 2);
    const desk = new Desk({ find: (id) => fleet.find((one) => one.id === id), channels: ['soc'] });
    const revoke = (connection: Connection) =>
      changed('revoked', desk.now, { connection: identityOf(connection) });
    for (const one of fleet.slice(0, alone)) {
      desk.happen(revoke(one));
      desk.pass(10 * SECOND);
      desk.look();
    }
    expect(desk.told).toHaveLength(alone);
    desk.pass(pauseMs);
    desk.happen(...fleet.slice(alone).map(revoke));
    desk.pass(5 * SECOND);
    desk.look();
    desk.pass(5 * SECOND);
    return desk.told.length - alone;
  };

  it.each([
    { alone: 4, minutes: 0, messages: 1, why: 'with four before them they are more than five' },
    { alone: 3, minutes: 0, messages: 2, why: 'with three before them they are not' },
    { alone: 4, minutes: 11, messages: 2, why: 'what was told ten minutes ago is another matter' },
  ])('are $messages messages: $why', ({ alone, minutes, messages }) => {
    expect(toldAfter(alone, minutes * MINUTE)).toBe(messages);
  });
});

describe('whatever is wiped of whatever fleet', () => {
  const customer = fc.record({
    count: fc.integer({ min: 1, max: 14 }),
    from: fc.integer({ min: 0, max: 300 }),
    gap: fc.double({ min: 0, max: 20, noNaN: true }),
    interval: fc.constantFrom(10, 60, 300),
  });

  it('each is told of within an interval, the confirm time and 5 s, and none is in two incidents', () => {
    fc.assert(
      fc.property(fc.array(customer, { minLength: 1, maxLength: 3 }), (customers) => {
        const goneAt = new Map<string, number>();
        const fleet = customers.flatMap(({ count, from, gap, interval }, index) => {
          const own = appsOf(`t${index}`, count, { intervalMs: interval * SECOND });
          for (const one of wiped(own, T0 + from * SECOND, gap * SECOND).goneAt) goneAt.set(...one);
          return own;
        });
        const watched = new WatchedFleet(fleet, (id, at) =>
          at >= (goneAt.get(id) ?? Number.POSITIVE_INFINITY) ? 'rejected' : 'valid',
        ).pass(18 * MINUTE);
        const masses = watched.desk.sent.some(({ notification }) => notification.kind === 'mass_rejection');
        fc.pre(!masses);
        const { first } = toldOf(watched);
        for (const { id, intervalMs } of fleet) {
          const took = (first.get(id) ?? Number.POSITIVE_INFINITY) - (goneAt.get(id) ?? 0);
          expect(took).toBeLessThanOrEqual(intervalMs + CONFIRM + 5 * SECOND);
        }
        for (const [, incidents] of toldOf(watched).incidentsOf) expect(incidents.size).toBe(1);
      }),
      { numRuns: 25 },
    );
  });
});

describe('the looks at siblings', () => {
  it('of one stray refusal are two at the most, and none when it is over', () => {
    const fleet = appsOf('acme', 12);
    const stray = T0 + 7 * MINUTE;
    let once = true;
    const watched = new WatchedFleet(fleet, (id, at) => {
      if (id !== 'acme-3' || at < stray || !once) return 'valid';
      once = false;
      return 'rejected';
    }).pass(20 * MINUTE);
    expect(watched.desk.told).toEqual([]);
    expect(watched.asks).toBeGreaterThan(0);
    expect(watched.asks).toBeLessThanOrEqual(2 * 11);
  });

  it('of many customers at once follow ten of them only', () => {
    const fleet = Array.from({ length: 60 }, (_, tenant) =>
      appsOf(`t${tenant}`, 10, { intervalMs: 10 * SECOND }),
    ).flat();
    // Of each customer the first application is refused for good; the others are fine.
    const answers = (id: string) => (id.endsWith('-0') ? ('rejected' as const) : ('valid' as const));
    const watched = new WatchedFleet(fleet, answers).pass(5 * MINUTE);
    expect(watched.asks).toBe(60 * 9 + 10 * 3 * 9);
  });

  it('reach beyond the first fifty of a large customer, fifty at a time', () => {
    const fleet = appsOf('acme', 180);
    const watched = new WatchedFleet(fleet, () => 'rejected').pass(MINUTE);
    expect(watched.asks).toBeGreaterThan(100);
    expect(watched.asks).toBeLessThanOrEqual(4 * 50);
  });
});
