import { describe, expect, it } from '@jest/globals';
import {
  checkQueueOf,
  firstCheckDelay,
  offsetOf,
  scheduleFault,
  slotQueueOf,
} from '../../src/domain/schedule.ts';
import { GATEWAY, MINUTE, SECOND, T0 } from './checks.ts';

describe('what a version finds of the one before in Redis', () => {
  it('has the same name and the same time', () => {
    expect(offsetOf('acme-siem', 5 * MINUTE)).toBe(198_815);
    expect(checkQueueOf(GATEWAY)).toBe('gw-c8c88cd22999e892');
    expect(slotQueueOf(checkQueueOf(GATEWAY))).toBe('gw-c8c88cd22999e892-slots');
  });
});

describe('the first checks of a fleet', () => {
  const ids = Array.from({ length: 2_000 }, (_, i) => `c-${i}`);

  it.each([
    ['a small one, within five seconds', 10, 5 * SECOND],
    ['one that needs as long', 500, 5 * SECOND],
    ['a larger one, as fast as a gateway may be asked', 10_000, 100 * SECOND],
    ['a huge one, within an interval', 1_000_000, 5 * MINUTE],
  ])('are spread evenly: %s', (_what, fleet, window) => {
    const delays = ids.map((id) => firstCheckDelay(id, 5 * MINUTE, fleet, 100));
    expect(Math.min(...delays)).toBeLessThan(0.01 * window);
    expect(Math.max(...delays)).toBeLessThan(0.9 * window);
    expect(Math.max(...delays)).toBeGreaterThan(0.89 * window);
    const firstHalf = delays.filter((delay) => delay < 0.45 * window).length;
    expect(Math.abs(firstHalf - ids.length / 2)).toBeLessThan(100);
  });

  it('are not in the order in which they fall due later', () => {
    const sooner = ids.filter(
      (id) => firstCheckDelay(id, 5 * MINUTE, 10, 100) < 2_250 === offsetOf(id, 5 * MINUTE) < 2.5 * MINUTE,
    );
    expect(Math.abs(sooner.length - ids.length / 2)).toBeLessThan(100);
  });
});

it.each([
  [T0 + 5 * MINUTE + SECOND, null],
  [T0 + 5 * MINUTE + SECOND + 1, 'ahead'],
])('a run at %d is %j', (nextRun, fault) => {
  expect(scheduleFault({ everyMs: 5 * MINUTE, index: 0 }, nextRun, T0)).toBe(fault);
});
