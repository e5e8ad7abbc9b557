import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { delayInSlot, offsetOf, SLOT_MS, type Slot, slotOf, slotOffset } from '../../src/domain/schedule.ts';
import type { CheckOrder } from '../../src/jobs/check-connection.ts';
import { checkInTurn, ordersOf, type TurnPorts } from '../../src/jobs/check-slot.ts';
import { MINUTE, SECOND, T0 } from '../domain/checks.ts';

const EVERY = MINUTE;
const SLOT: Slot = slotOf({ id: 'acme', intervalMs: EVERY });
/** T0 is the beginning of an hour. */
const RUN_AT = T0 + slotOffset(SLOT);

/** Connections of that slot, in the order in which they fall due. */
function membersOf(count: number): string[] {
  const ids = ['acme'];
  for (let index = 0; ids.length < count; index++) {
    const id = `acme-${index}`;
    if (slotOf({ id, intervalMs: EVERY }).index === SLOT.index) ids.push(id);
  }
  return ids.sort((a, b) => offsetOf(a, EVERY) - offsetOf(b, EVERY));
}

const MEMBERS = membersOf(20);

/** A clock that moves on by waiting only. */
class Clock {
  now: number;
  waits = 0;
  readonly begun: { readonly order: CheckOrder; readonly at: number }[] = [];
  check: (order: CheckOrder) => Promise<unknown> = async () => undefined;
  /** What goes on elsewhere while a check waits for its time. */
  meanwhile: () => Promise<unknown> = async () => undefined;

  constructor(now: number) {
    this.now = now;
  }

  run(members: readonly string[] = MEMBERS) {
    return this.make(ordersOf({ ...SLOT, runAt: RUN_AT }, members));
  }

  make(orders: readonly CheckOrder[]) {
    const ports: TurnPorts = {
      now: () => this.now,
      wait: async (ms) => {
        this.waits += 1;
        this.now += ms;
        await this.meanwhile();
      },
      check: (order) => {
        this.begun.push({ order, at: this.now });
        return this.check(order);
      },
    };
    return checkInTurn(orders, ports);
  }

  get ids(): string[] {
    return this.begun.map(({ order }) => order.id);
  }
}

describe('a slot', () => {
  it('orders each check for when the connection falls due, by its own offset', async () => {
    const clock = new Clock(RUN_AT);
    expect(await clock.run()).toBe('done');
    expect(clock.begun.map(({ order }) => order)).toEqual(
      MEMBERS.map((id) => ({ id, dueAt: T0 + offsetOf(id, EVERY), trigger: 'schedule' })),
    );
  });

  it('begins none before it is due, and none more than a hundredth of a second late', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: SLOT_MS }), async (late) => {
        const clock = new Clock(RUN_AT + late);
        await clock.run();
        for (const { order, at } of clock.begun) {
          expect(at).toBeGreaterThanOrEqual(order.dueAt);
          expect(at - order.dueAt).toBeLessThanOrEqual(Math.max(10, late));
        }
        expect(clock.waits).toBeLessThanOrEqual(SLOT_MS / 10);
      }),
    );
  });

  it('that is late begins all at once', async () => {
    const clock = new Clock(RUN_AT + 10 * SECOND);
    await clock.run();
    expect(clock.ids).toEqual(MEMBERS);
    expect(clock.waits).toBe(0);
  });

  it('waits no longer than a second in all, though the clock was set back', async () => {
    const clock = new Clock(RUN_AT - 60 * MINUTE);
    expect(await clock.run()).toBe('done');
    expect(clock.ids).toEqual(MEMBERS);
    expect(clock.now).toBeLessThanOrEqual(RUN_AT - 60 * MINUTE + SECOND + 10);
  });

  it('does not wait for an answer before it begins the next check', async () => {
    const clock = new Clock(RUN_AT);
    const ends: (() => void)[] = [];
    clock.check = () => new Promise<void>((resolve) => ends.push(resolve));
    const run = clock.run();
    while (ends.length < MEMBERS.length) await null;
    for (const end of ends) end();
    expect(await run).toBe('done');
  });

  it('without a connection that this process knows is done', async () => {
    expect(await new Clock(RUN_AT).run([])).toBe('done');
  });

  it('makes every other check when one fails, and fails when all have ended', async () => {
    const clock = new Clock(RUN_AT);
    const ended: string[] = [];
    const [first] = MEMBERS;
    clock.check = async ({ id }) => {
      if (id === first) throw new Error('Redis is gone');
      await null;
      ended.push(id);
    };
    await expect(clock.run()).rejects.toThrow('Redis is gone');
    expect(ended).toEqual(MEMBERS.slice(1));
  });

  it('hears of a check that fails while the next one still waits: nobody else would', async () => {
    const clock = new Clock(RUN_AT);
    const [first] = MEMBERS;
    clock.check = async ({ id }) => {
      if (id === first) throw new Error('Redis takes no writes');
    };
    // An error that nobody has asked for when a turn of the event loop ends is the end of the process.
    clock.meanwhile = nextTurn;
    await expect(clock.run()).rejects.toThrow('Redis takes no writes');
    expect(clock.ids).toEqual(MEMBERS);
  });

  it('is cut short when one of its checks did not begin', async () => {
    const clock = new Clock(RUN_AT);
    const last = MEMBERS.at(-1);
    clock.check = async ({ id }) => (id === last ? 'closed' : { kind: 'checked' });
    expect(await clock.run()).toBe('cut_short');
    expect(delayInSlot(last ?? '', SLOT)).toBeGreaterThan(0);
  });
});

describe('first checks that were ordered together', () => {
  it('begin each when it is due, within a second', async () => {
    const orders = Array.from(
      { length: 50 },
      (_, index): CheckOrder => ({ id: `acme-${index}`, dueAt: T0 + index * 20, trigger: 'recheck' }),
    );
    const clock = new Clock(T0);
    expect(await clock.make(orders)).toBe('done');
    expect(clock.begun).toEqual(orders.map((order) => ({ order, at: order.dueAt })));
  });
});
