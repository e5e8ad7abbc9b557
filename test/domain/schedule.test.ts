import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  checkQueueOf,
  delayInSlot,
  firstCheckDelay,
  OVERDUE_MS,
  offsetOf,
  planSlots,
  readSlotId,
  SLOT_MS,
  scheduleFault,
  slotIdOf,
  slotOf,
  slotOffset,
  slotQueueOf,
} from '../../src/domain/schedule.ts';
import { GATEWAY, MINUTE, SECOND, T0 } from './checks.ts';

const OTHER_GATEWAY = 'https://uk-api.services.mimecast.com';
const connectionId = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,62}$/);
/** Not only whole tenths of a second, and the shortest and the longest more often than chance would have it. */
const interval = fc.oneof(
  fc.constantFrom(5_000, 5_001, 5_099, 60_000, 86_400_000),
  fc.integer({ min: 5_000, max: 86_400_000 }),
);
/** Few intervals and many connections, so that some share a slot. */
const fleet = fc.uniqueArray(
  fc.record({
    id: connectionId,
    gateway: fc.constantFrom(GATEWAY, OTHER_GATEWAY),
    intervalMs: fc.constantFrom(5_000, 5_001, 60_000),
    enabled: fc.boolean(),
  }),
  { selector: ({ id }) => id, maxLength: 300, size: 'max' },
);

describe('the offset of a connection', () => {
  it('is the same at every start and lies inside the interval', () => {
    fc.assert(
      fc.property(connectionId, interval, (id, everyMs) => {
        const offset = offsetOf(id, everyMs);
        expect(offset).toBe(offsetOf(id, everyMs));
        expect(offset).toBeGreaterThanOrEqual(1);
        expect(offset).toBeLessThan(everyMs);
      }),
    );
  });

  it('is not shared by a herd, also when ids differ in their last digits only', () => {
    const tenths = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) {
      const tenth = Math.floor(offsetOf(`tenant-${i}`, 5 * MINUTE) / (30 * SECOND));
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    for (const count of tenths) {
      expect(count).toBeGreaterThan(800);
      expect(count).toBeLessThan(1_200);
    }
  });
});

describe('the slot of a connection', () => {
  it('begins within its interval, and never at its very beginning, which BullMQ takes for no offset', () => {
    fc.assert(
      fc.property(connectionId, interval, (id, intervalMs) => {
        const offset = slotOffset(slotOf({ id, intervalMs }));
        expect(offset).toBeGreaterThanOrEqual(1);
        expect(offset).toBeLessThan(intervalMs);
      }),
    );
  });

  it('changes nothing about when the connection is due, and ends within a tenth of a second', () => {
    fc.assert(
      fc.property(connectionId, interval, (id, intervalMs) => {
        const slot = slotOf({ id, intervalMs });
        const delay = delayInSlot(id, slot);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThan(SLOT_MS);
        expect(slotOffset(slot) + delay).toBe(offsetOf(id, intervalMs));
      }),
    );
  });

  it('has a name that says all about it, and that BullMQ takes', () => {
    fc.assert(
      fc.property(connectionId, interval, (id, intervalMs) => {
        const slot = slotOf({ id, intervalMs });
        expect(slotIdOf(slot)).not.toContain(':');
        expect(readSlotId(slotIdOf(slot))).toEqual(slot);
      }),
    );
  });

  it.each(['', 'acme', 'slot-60000', 'slot-60000-', 'slot-60000-1-1', 'slot--60000-1', ' slot-60000-1'])(
    'is not read from %p',
    (name) => {
      expect(readSlotId(name)).toBeNull();
    },
  );
});

describe('the slots of a fleet', () => {
  it('hold every enabled connection once, in the queue of its gateway, and no other', () => {
    fc.assert(
      fc.property(fleet, (connections) => {
        const planned = [...planSlots(connections)].flatMap(([queue, slots]) =>
          [...slots].flatMap(([name, { members }]) => members.map((id) => [id, queue, name])),
        );
        const wanted = connections
          .filter(({ enabled }) => enabled)
          .map(({ id, gateway, intervalMs }) => [
            id,
            checkQueueOf(gateway),
            slotIdOf(slotOf({ id, intervalMs })),
          ]);
        expect(planned.toSorted()).toEqual(wanted.toSorted());
      }),
    );
  });

  it('are none that is empty, each under its name, its connections in the order in which they fall due', () => {
    fc.assert(
      fc.property(fleet, (connections) => {
        for (const slots of planSlots(connections).values()) {
          expect(slots.size).toBeGreaterThan(0);
          for (const [name, { members, ...slot }] of slots) {
            expect(slotIdOf(slot)).toBe(name);
            const delays = members.map((id) => delayInSlot(id, slot));
            expect(delays.length).toBeGreaterThan(0);
            expect(delays).toEqual(delays.toSorted((a, b) => a - b));
          }
        }
      }),
    );
  });

  it('are few, however large the fleet, and of one size', () => {
    const connections = Array.from({ length: 60_000 }, (_, index) => ({
      id: `tenant-${index}`,
      gateway: GATEWAY,
      intervalMs: MINUTE,
      enabled: true,
    }));
    const slots = planSlots(connections).get(checkQueueOf(GATEWAY));
    const sizes = [...(slots?.values() ?? [])].map(({ members }) => members.length);
    expect(sizes).toHaveLength(MINUTE / SLOT_MS);
    expect(Math.min(...sizes)).toBeGreaterThan(50);
    expect(Math.max(...sizes)).toBeLessThan(150);
  });
});

describe('the first check of a new connection', () => {
  it('comes within min(interval, max(5 s, fleet / maxPerSecond))', () => {
    fc.assert(
      fc.property(
        connectionId,
        fc.integer({ min: 5_000, max: 86_400_000 }),
        fc.integer({ min: 1, max: 200_000 }),
        fc.integer({ min: 1, max: 1_000 }),
        (id, intervalMs, fleet, maxPerSecond) => {
          const delay = firstCheckDelay(id, intervalMs, fleet, maxPerSecond);
          expect(delay).toBeGreaterThanOrEqual(0);
          expect(delay).toBeLessThanOrEqual(
            Math.min(intervalMs, Math.max(5_000, (fleet / maxPerSecond) * 1_000)),
          );
        },
      ),
    );
  });
});

describe('the queue of a gateway', () => {
  it('has a name that BullMQ takes and no other gateway shares', () => {
    const names = Array.from({ length: 5_000 }, (_, i) =>
      checkQueueOf(`https://gw${i}.services.mimecast.com`),
    );
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^gw-[0-9a-f]{16}$/);
    expect(names).not.toContain(slotQueueOf(names[0] ?? ''));
  });
});

describe('scheduleFault', () => {
  const slot = slotOf({ id: 'acme', intervalMs: 5 * MINUTE });

  it.each([
    ['nothing, when the next run is due soon', T0 + MINUTE, null],
    ['nothing, when the queue is a little behind', T0 - OVERDUE_MS, null],
    ['nothing, when the next run is a whole interval away', T0 + 5 * MINUTE, null],
    ['missing, when there is no schedule', null, 'missing'],
    ['overdue, when the run is long past', T0 - OVERDUE_MS - 1, 'overdue'],
    ['ahead, after the clock was set back', T0 + 5 * MINUTE + 1_001, 'ahead'],
  ])('finds %s', (_what, nextRun, fault) => {
    expect(scheduleFault(slot, nextRun, T0)).toBe(fault);
  });
});
