import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Connection, identityOf } from '../../src/domain/connection.ts';
import { newRecord } from '../../src/domain/record.ts';
import { scopedChannels } from '../../src/domain/routing.ts';
import type { State } from '../../src/domain/state.ts';
import { DAY, HOUR, MINUTE, SECOND, T0 } from './checks.ts';
import { changed, connectionOf, Desk } from './desk.ts';

const COUNT = 14;
const FLEET: readonly Connection[] = Array.from({ length: COUNT }, (_, index) =>
  connectionOf(`c${index}`, { tenant: `Tenant ${index % 3}` }),
);
const ROUTES = [
  { match: { tenant: 'Tenant 1' }, channels: ['own'], continue: true },
  { match: { severity: 'critical' as const }, channels: ['pager'], continue: true },
  { match: {}, channels: ['soc'], continue: false },
];

type Happening =
  | { readonly kind: 'state'; readonly who: number; readonly to: State; readonly waitMs: number }
  | { readonly kind: 'removed'; readonly who: number; readonly waitMs: number }
  | { readonly kind: 'outage'; readonly on: boolean; readonly waitMs: number }
  | { readonly kind: 'silence'; readonly tenant: number; readonly forMs: number; readonly waitMs: number };

const waitMs = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 0, max: 10 * SECOND }),
  fc.integer({ min: 0, max: 2 * HOUR }),
  fc.integer({ min: 0, max: 2 * DAY }),
);
const who = fc.nat(COUNT - 1);
const to = fc.constantFrom<State>(
  'healthy',
  'suspect',
  'revoked',
  'never_valid',
  'forbidden',
  'unverifiable',
  'disabled',
);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 20, arbitrary: fc.record({ kind: fc.constant('state' as const), who, to, waitMs }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('removed' as const), who, waitMs }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('outage' as const), on: fc.boolean(), waitMs }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('silence' as const),
      tenant: fc.nat(2),
      forMs: fc.integer({ min: MINUTE, max: DAY }),
      waitMs,
    }),
  },
);
/** Also storms: the same change of many within seconds. */
const storm = fc
  .record({ to, first: who, count: fc.integer({ min: 2, max: COUNT }), waitMs })
  .map(({ to: state, first, count, waitMs: before }) =>
    Array.from(
      { length: count },
      (_, index): Happening => ({
        kind: 'state',
        who: (first + index) % COUNT,
        to: state,
        waitMs: index === 0 ? before : 100,
      }),
    ),
  );
const story = fc
  .array(fc.oneof({ weight: 5, arbitrary: happening.map((one) => [one]) }, { weight: 1, arbitrary: storm }), {
    maxLength: 40,
  })
  .map((parts) => parts.flat());

/** Two outages of one gateway within a millisecond (found with seed 1850576085, path 25:2:2:3:10). */
const OUTAGES_AT_ONCE: Happening[] = [true, false, true].map((on) => ({ kind: 'outage', on, waitMs: 0 }));

class Keeper {
  readonly desk = new Desk({
    find: (id) => FLEET.find((connection) => connection.id === id),
    routes: ROUTES,
    channels: ['soc', 'pager', 'own'],
    alertPerIncident: new Set(['pager']),
    scoped: scopedChannels(ROUTES, []),
  });
  #version = 0;

  live(happenings: readonly Happening[]): this {
    for (const one of happenings) {
      this.desk.pass(one.waitMs);
      this.#take(one);
    }
    return this;
  }

  /** Everything works, and has for days. */
  recover(): this {
    this.desk.silences = [];
    this.#take({ kind: 'outage', on: false, waitMs: 0 });
    for (let index = 0; index < COUNT; index++)
      this.#take({ kind: 'state', who: index, to: 'healthy', waitMs: 0 });
    this.desk.pass(3 * DAY);
    return this;
  }

  #take(one: Happening): void {
    const { desk } = this;
    switch (one.kind) {
      case 'state': {
        const connection = FLEET[one.who];
        if (!connection) return;
        this.#version += 1;
        const about = { connection: identityOf(connection), version: this.#version, rejections: 0 };
        desk.happen(changed(one.to, desk.now, about));
        return;
      }
      case 'removed': {
        const connection = FLEET[one.who];
        if (connection) desk.happen({ type: 'removed', connection: identityOf(connection), at: desk.now });
        return;
      }
      case 'outage': {
        const down = { lastVerdict: 'timeout' as const, unknown: { count: 9, elapsedMs: HOUR } };
        const up = { lastVerdict: 'valid' as const };
        desk.fleet = FLEET.map((connection) => [
          connection,
          { ...newRecord(connection.gateway, T0, null), lastCheckAt: desk.now, ...(one.on ? down : up) },
        ]);
        desk.look();
        return;
      }
      case 'silence': {
        const startsAt = desk.now;
        const id = `s${desk.silences.length}`;
        const about = { reason: 'r', author: 'a', createdAt: startsAt };
        const match = { tenant: `Tenant ${one.tenant}` };
        desk.silences = [...desk.silences, { id, match, startsAt, endsAt: startsAt + one.forMs, ...about }];
        return;
      }
      default:
        one satisfies never;
    }
  }
}

/** What one channel was told, in order. */
function heardBy(desk: Desk, channel: string) {
  return desk.sent.flatMap(({ channels, notification }) =>
    channels.includes(channel) ? [notification] : [],
  );
}

describe('whatever happens to a fleet', () => {
  it('every channel hears of an incident first that it burns, then that it is over, and nothing after that', () => {
    fc.assert(
      fc.property(story, (happenings) => {
        const { desk } = new Keeper().live(happenings).recover();
        for (const channel of ['soc', 'pager', 'own']) {
          const burning = new Set<string>();
          const over = new Set<string>();
          const ids = new Set<string>();
          for (const { id, incident, status, connections } of heardBy(desk, channel)) {
            expect(ids.has(id)).toBe(false);
            ids.add(id);
            expect(over.has(incident)).toBe(false);
            // A roundup of reminders is no incident of its own, and would be an alert without an end in the pager.
            if (channel !== 'pager' && status === 'reminder' && connections && !burning.has(incident))
              continue;
            if (status === 'firing') burning.add(incident);
            else expect(burning.has(incident)).toBe(true);
            if (status !== 'resolved') continue;
            burning.delete(incident);
            over.add(incident);
          }
          expect([...burning]).toEqual([]);
        }
        expect(desk.incidents).toEqual([]);
      }),
      { numRuns: 300, examples: [[OUTAGES_AT_ONCE]] },
    );
  });

  it('a channel of one customer never shows another’s name', () => {
    fc.assert(
      fc.property(story, (happenings) => {
        const { desk } = new Keeper().live(happenings).recover();
        for (const notification of heardBy(desk, 'own')) {
          const named = notification.connection
            ? [notification.connection.id]
            : (notification.connections?.ids ?? []);
          expect(named.filter((id) => Number(id.slice(1)) % 3 !== 1)).toEqual([]);
          // Nor in an id or in the evidence: of c0 to c13, every third is theirs.
          const shown = JSON.stringify(notification);
          expect(shown).not.toMatch(/Tenant [02]/);
          expect((shown.match(/\bc\d+\b/g) ?? []).filter((id) => Number(id.slice(1)) % 3 !== 1)).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('what is confirmed and lasts is told, alone or in company, once nothing keeps it back any more', () => {
    fc.assert(
      fc.property(story, (happenings) => {
        const keeper = new Keeper().live(happenings);
        keeper.desk.silences = [];
        keeper.live([{ kind: 'outage', on: false, waitMs: 0 }]);
        keeper.desk.pass(2 * HOUR);
        for (const { kind, notice } of keeper.desk.open) {
          if (kind === 'credential_invalid') expect(notice.toldAt).not.toBeNull();
        }
      }),
      { numRuns: 300 },
    );
  });

  it('a storm of one kind never becomes more than five messages of it for a channel within its wait', () => {
    fc.assert(
      fc.property(story, storm, (before, many) => {
        const keeper = new Keeper().live(before).recover();
        const from = keeper.desk.sent.length;
        keeper.live(many);
        keeper.desk.pass(HOUR);
        const firing = keeper.desk.sent
          .slice(from)
          .filter(({ notification }) => notification.status === 'firing');
        // Three customers, each with a message of its own at the most, and five that are told one by one.
        expect(firing.filter(({ channels }) => channels.includes('soc')).length).toBeLessThanOrEqual(8);
      }),
      { numRuns: 200 },
    );
  });
});
