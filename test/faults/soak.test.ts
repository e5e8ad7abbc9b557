import { describe, expect, it } from '@jest/globals';
import { quickOptions } from '../../bench/soak/options.ts';
import { soak } from '../../bench/soak/soak.ts';

/** Seeded, so that a failing run can be repeated: the seed stands in the test's name. */
const SEED = Number(process.env['SOAK_SEED'] ?? Date.now() % 1_000_000);

describe('a soak in small', () => {
  it(`keeps every invariant while faults come and go (SOAK_SEED=${SEED})`, async () => {
    const faults = ['redis_killed', 'gateway_503', 'config_changed', 'keeper_stopped'];
    const report = await soak(quickOptions(SEED, faults), () => undefined);
    expect(report.violations).toEqual([]);
    // It must have looked at something.
    expect([...report.faults.keys()].toSorted()).toEqual(faults.toSorted());
    expect(report.detectedMs.length).toBeGreaterThan(0);
    expect(report.exchanges).toBeGreaterThan(200);
  }, 600_000);
});
