import { describe, expect, it } from '@jest/globals';
import { isRegistered, register } from '../../src/domain/registration.ts';
import { STATES } from '../../src/domain/state.ts';
import { isExpiryOutdated, summaryOf } from '../../src/domain/summary.ts';
import { connectionOf, NEW_YEAR, PERMITTED, recordOf, UK } from '../helpers/fleet.ts';

const PROBE = { method: 'GET', path: '/identity/whoami', body: null, intervalMs: 3_600_000 } as const;

describe('the summary of a record', () => {
  it('tells whether registering would change the record, for every state, gateway and probe', () => {
    const connections = [true, false].flatMap((enabled) =>
      [{}, { gateway: UK }, { probe: PROBE }].map((more) => connectionOf('acme', { enabled, ...more })),
    );
    const records = STATES.flatMap((state) =>
      [{}, { gateway: UK }, { permission: PERMITTED }].map((more) => recordOf({ state, ...more })),
    );
    const verdicts = new Set<boolean>();
    for (const connection of connections) {
      for (const record of records) {
        const isRight = register(record, connection, NEW_YEAR, NEW_YEAR) === null;
        expect(isRegistered(summaryOf(record), connection)).toBe(isRight);
        verdicts.add(isRight);
      }
    }
    expect(verdicts.size).toBe(2);
    expect(isRegistered(null, connectionOf('acme'))).toBe(false);
  });

  it('tells a secret that has worked from one that has not', () => {
    const worked = { fingerprint: 'new', validFingerprints: ['new', 'old'] };
    expect(summaryOf(recordOf(worked)).hasWorked).toBe(true);
    expect(summaryOf(recordOf({ ...worked, validFingerprints: ['old'] })).hasWorked).toBe(false);
    expect(summaryOf(recordOf({ fingerprint: null, validFingerprints: [] })).hasWorked).toBe(false);
  });

  it('keeps a declared date only where it is that of an earlier secret', () => {
    const declaredFor = { expiresAt: NEW_YEAR, fingerprint: 'old', since: 0 };
    const outdated = summaryOf(recordOf({ fingerprint: 'new', declaredFor }));
    expect(outdated.outdatedExpiry).toBe(NEW_YEAR);
    expect(isExpiryOutdated(outdated, NEW_YEAR)).toBe(true);
    expect(isExpiryOutdated(outdated, NEW_YEAR + 1)).toBe(false);
    const right = summaryOf(recordOf({ fingerprint: 'old', declaredFor }));
    expect(right.outdatedExpiry).toBeNull();
    // No date is declared, and none is outdated.
    expect(isExpiryOutdated(right, null)).toBe(false);
  });
});
