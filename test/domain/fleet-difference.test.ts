import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Probe } from '../../src/domain/connection.ts';
import { countsOf, fleetChange, withoutCopies } from '../../src/domain/fleet-difference.ts';
import { connectionOf } from '../helpers/fleet.ts';

const PROBE: Probe = { method: 'POST', path: '/api/a', body: '{}', intervalMs: 60_000 };

describe('the difference between two fleets', () => {
  it.each<[string, Probe | undefined, Probe | undefined]>([
    ['is added', undefined, PROBE],
    ['is taken away', PROBE, undefined],
    ['has another method', PROBE, { ...PROBE, method: 'GET' }],
    ['has another path', PROBE, { ...PROBE, path: '/api/b' }],
    ['has another body', PROBE, { ...PROBE, body: '{"data":[]}' }],
    ['has another interval', PROBE, { ...PROBE, intervalMs: 61_000 }],
  ])('counts a connection as changed whose probe %s', (_what, before, after) => {
    const acme = connectionOf('acme');
    const withProbe = (probe: Probe | undefined) => [{ ...acme, ...(probe && { probe }) }];
    const none = { added: 0, removed: 0, changed: 0, unchanged: 0 };
    expect(countsOf(fleetChange(withProbe(before), withProbe(after)))).toEqual({ ...none, changed: 1 });
    expect(countsOf(fleetChange(withProbe(before), withProbe(before && { ...before })))).toEqual({
      ...none,
      unchanged: 1,
    });
  });
});

/** Objects that two fleets may share, wherever they stand in either. */
const POOL = Array.from({ length: 12 }, (_, index) => connectionOf(`acme-${index}`));
const anyFleet = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...POOL), fc.constantFrom('as it is', 'copied', 'changed')), {
    selector: ([{ id }]) => id,
  })
  .map((chosen) =>
    chosen.map(([one, how]) => {
      if (how === 'as it is') return one;
      return { ...one, ...(how === 'changed' && { tenant: 'other' }) };
    }),
  );

describe('what became of a fleet', () => {
  it('is found out the same whatever stays where it was', () => {
    fc.assert(
      fc.property(anyFleet, anyFleet, (before, after) => {
        const { added, removed, changed, unchanged } = fleetChange(before, after);
        const idsOf = (fleet: readonly { readonly id: string }[]) => fleet.map(({ id }) => id);
        const [old, now] = [idsOf(before), idsOf(after)];
        expect(idsOf(added)).toEqual(now.filter((id) => !old.includes(id)));
        expect(idsOf(removed)).toEqual(old.filter((id) => !now.includes(id)));
        const tenantIn = (fleet: typeof before, id: string) => fleet.find((one) => one.id === id)?.tenant;
        const both = now.filter((id) => old.includes(id));
        const others = both.filter((id) => tenantIn(before, id) !== tenantIn(after, id));
        expect(changed.map((one) => one.after.id)).toEqual(others);
        expect(changed.map((one) => one.before)).toEqual(
          others.map((id) => before.find((one) => one.id === id)),
        );
        expect(unchanged).toBe(both.length - others.length);
      }),
    );
  });
});

describe('a fleet that was read again', () => {
  it('keeps the very objects of what did not change, in the order of the new one', () => {
    const before = ['acme', 'globex', 'initech'].map((id) => connectionOf(id));
    const changed = connectionOf('globex', { intervalMs: 61_000 });
    const after = [connectionOf('umbrella'), changed, connectionOf('acme')];
    const kept = withoutCopies(before, after);
    expect(kept).toEqual(after);
    expect(kept.map((one) => before.includes(one))).toEqual([false, false, true]);
  });
});
