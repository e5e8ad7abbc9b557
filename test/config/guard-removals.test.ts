import { describe, expect, it } from '@jest/globals';
import { guardRemovals } from '../../src/config/guard-removals.ts';

function fleet(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, index) => `acme-${from + index}`);
}

function connections(ids: readonly string[]): { id: string }[] {
  return ids.map((id) => ({ id }));
}

describe('the guard against mass removal', () => {
  it('lets five connections go even when they are all there are', () => {
    expect(guardRemovals(fleet(5), [], false)).toEqual({ allowed: true, reason: 'few', removed: fleet(5) });
  });

  it('lets a fifth of a large fleet go', () => {
    expect(guardRemovals(fleet(100), connections(fleet(80, 20)), false).reason).toBe('few');
  });

  it('refuses more than a fifth, and says what to do', () => {
    const decision = guardRemovals(fleet(100), connections(fleet(79, 21)), false);
    expect(decision).toMatchObject({ allowed: false, reason: 'too_many' });
    expect('message' in decision && decision.message).toBe(
      'the config would remove 21 of 100 known connections (acme-0, acme-1, acme-2, …); ' +
        'is an included file or folder missing? If it is meant, say --allow-removals',
    );
  });

  it('counts a renamed connection as gone, whatever was added', () => {
    expect(guardRemovals(fleet(10), connections(fleet(10, 100)), false).allowed).toBe(false);
  });

  it('obeys who says that it is meant', () => {
    expect(guardRemovals(fleet(100), [], true)).toEqual({
      allowed: true,
      reason: 'told',
      removed: fleet(100),
    });
  });
});
