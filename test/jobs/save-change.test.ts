import { describe, expect, it } from '@jest/globals';
import type { HealthRecord } from '../../src/domain/record.ts';
import { type Change, type SavePorts, saveChange } from '../../src/jobs/save-change.ts';
import { recordOf } from '../helpers/fleet.ts';

const FIRST = recordOf();

/** A record that others may change between a look and a save. */
class Store {
  stored: HealthRecord | null = FIRST;
  /** What others do just before each save. */
  meanwhile: () => void = () => undefined;
  readonly rechecks: number[] = [];
  saves = 0;

  readonly ports: SavePorts = {
    read: async () => this.stored,
    save: async (_id, before, after) => {
      this.saves += 1;
      this.meanwhile();
      if (this.stored === null) return 'gone';
      if (this.stored.version !== before.version || this.stored.createdAt !== before.createdAt)
        return 'conflict';
      this.stored = after;
      return 'saved';
    },
    scheduleRecheck: async (_id, _version, dueAt) => {
      this.rechecks.push(dueAt);
    },
  };

  run(step: (before: HealthRecord) => Change<string>) {
    return saveChange('acme', FIRST, step, 'e1', this.ports);
  }
}

/** Counts the rejections up by one. */
function counting(before: HealthRecord): Change<string> {
  const record = { ...before, version: before.version + 1, rejections: before.rejections + 1 };
  return { record, events: [], reason: 'counted' };
}

/** Takes up what was found only where somebody has counted already. */
function fussy(before: HealthRecord): Change<string> {
  if (before.rejections === 0) return { record: before, events: [], reason: 'dropped' };
  return counting(before);
}

describe('a change of a record', () => {
  it('starts anew from what somebody else has saved meanwhile', async () => {
    const store = new Store();
    store.meanwhile = () => {
      if (store.saves === 1) store.stored = counting(FIRST).record;
    };
    expect(await store.run(counting)).toMatchObject({ reason: 'counted', record: { rejections: 2 } });
    expect(store.stored).toMatchObject({ version: FIRST.version + 2, rejections: 2 });
  });

  it('that drops what was found saves nothing, where it started from the record as it is', async () => {
    const store = new Store();
    expect(await store.run(fussy)).toEqual({ record: FIRST, events: [], reason: 'dropped' });
    expect(store.saves).toBe(0);
  });

  it.each([
    ['was saved by somebody else since', { version: FIRST.version + 1 }],
    ['was removed and made anew since', { createdAt: FIRST.createdAt + 1 }],
  ])('is not dropped by a record that %s', async (_, newer) => {
    const store = new Store();
    store.stored = recordOf({ ...newer, rejections: 1 });
    expect(await store.run(fussy)).toMatchObject({ reason: 'counted' });
    expect(store.stored).toMatchObject({ rejections: 2 });
  });

  it('of a record that is gone is none', async () => {
    const store = new Store();
    store.stored = null;
    expect(await store.run(counting)).toBe('no_record');
    expect(await store.run(fussy)).toBe('no_record');
  });

  it('is given up when somebody else is always faster', async () => {
    const store = new Store();
    store.meanwhile = () => {
      store.stored = counting(store.stored ?? FIRST).record;
    };
    await expect(store.run(counting)).rejects.toThrow('changed 5 times');
  });

  it('wakes a worker for a re-check that was not ordered before, and for no other', async () => {
    const store = new Store();
    const ordering = (before: HealthRecord) => ({
      ...counting(before),
      record: { ...counting(before).record, recheckAt: 7 },
    });
    await store.run(ordering);
    expect(store.rechecks).toEqual([7]);
    await saveChange('acme', store.stored ?? FIRST, ordering, 'e1', store.ports);
    expect(store.rechecks).toEqual([7]);
  });
});
