import { describe, expect, it } from '@jest/globals';
import { crowdingOf } from '../../src/domain/crowding.ts';
import { MINUTE, SECOND } from './checks.ts';

const many = (count: number, gateway: string, intervalMs: number, enabled = true) =>
  Array.from({ length: count }, () => ({ gateway, intervalMs, enabled }));

describe('a gateway', () => {
  it('is crowded by as much as its connections want to be asked more often than it may be', () => {
    const fleet = [
      ...many(100, 'one', 5 * SECOND),
      ...many(600, 'two', MINUTE),
      ...many(600, 'two', 30 * SECOND),
    ];
    const crowding = crowdingOf(fleet, 5);
    expect(crowding.get('one')).toBeCloseTo(4);
    expect(crowding.get('two')).toBeCloseTo(6);
  });

  it('is not crowded up to what it may be asked, nor by what is disabled', () => {
    const fleet = [...many(24, 'one', 5 * SECOND), ...many(100, 'one', 5 * SECOND, false)];
    expect(crowdingOf(fleet, 5).size).toBe(0);
  });
});
