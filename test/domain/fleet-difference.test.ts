import { describe, expect, it } from '@jest/globals';
import type { Probe } from '../../src/domain/connection.ts';
import { fleetDifference, withoutCopies } from '../../src/domain/fleet-difference.ts';
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
    expect(fleetDifference(withProbe(before), withProbe(after))).toEqual({ ...none, changed: 1 });
    expect(fleetDifference(withProbe(before), withProbe(before && { ...before }))).toEqual({
      ...none,
      unchanged: 1,
    });
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
