import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  checkQueueOf,
  firstCheckDelay,
  OVERDUE_MS,
  offsetOf,
  scheduleFault,
  scheduleOf,
  scheduleSpec,
} from '../../src/domain/schedule.ts';
import { GATEWAY, MINUTE, SECOND, T0 } from './checks.ts';

const connectionId = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,62}$/);

describe('the slot of a connection', () => {
  it('is the same at every start and lies inside the interval', () => {
    fc.assert(
      fc.property(connectionId, fc.integer({ min: 5_000, max: 86_400_000 }), (id, everyMs) => {
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
  });
});

describe('scheduleFault', () => {
  const wanted = scheduleOf({ id: 'acme', gateway: GATEWAY, intervalMs: 5 * MINUTE });
  const spec = scheduleSpec(wanted);

  it.each([
    ['nothing, when the next run is due soon', spec, T0 + MINUTE, null],
    ['nothing, when the queue is a little behind', spec, T0 - OVERDUE_MS, null],
    ['nothing, when the next run is a whole interval away', spec, T0 + 5 * MINUTE, null],
    ['new, when nothing is noted', null, null, 'new'],
    ['new, when a run exists that nobody noted', null, T0, 'new'],
    ['missing, when the schedule is gone', spec, null, 'missing'],
    ['overdue, when the run is long past', spec, T0 - OVERDUE_MS - 1, 'overdue'],
    ['ahead, after the clock was set back', spec, T0 + 5 * MINUTE + 1_001, 'ahead'],
    ['changed, when the interval is another', `${wanted.queue}|60000|${wanted.offsetMs}`, T0, 'changed'],
    ['changed, when the gateway is another', `gw-0|${wanted.everyMs}|${wanted.offsetMs}`, T0, 'changed'],
  ])('finds %s', (_what, stored, nextRun, fault) => {
    expect(scheduleFault(wanted, stored, nextRun, T0)).toBe(fault);
  });
});
