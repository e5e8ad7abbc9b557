import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { replanSlots } from '../../src/domain/replan-slots.ts';
import { planSlots, type SlotPlans } from '../../src/domain/schedule.ts';

/** So few intervals, and so short ones, that connections share slots, and slots share queues. */
const planned = fc.record({
  id: fc.integer({ min: 0, max: 40 }).map((number) => `acme-${number}`),
  gateway: fc.constantFrom('https://a.example', 'https://b.example'),
  intervalMs: fc.constantFrom(1_000, 1_001),
  enabled: fc.boolean(),
});
const fleet = fc.uniqueArray(planned, { selector: ({ id }) => id, maxLength: 40, size: 'max' });

const plain = (plans: SlotPlans) =>
  Object.fromEntries([...plans].map(([queue, slots]) => [queue, Object.fromEntries(slots)]));

it('slots that are brought up to date are those of a fleet that is planned anew, and the old ones stay as they were', () => {
  fc.assert(
    fc.property(fleet, fleet, (before, after) => {
      const old = planSlots(before);
      const kept = structuredClone(plain(old));
      const isIn = (list: typeof before, one: (typeof before)[number]) =>
        list.some((other) => JSON.stringify(other) === JSON.stringify(one));
      const gone = before.filter((one) => !isIn(after, one));
      const come = after.filter((one) => !isIn(before, one));
      const plans = replanSlots(old, gone, come);
      expect(plain(plans)).toEqual(plain(planSlots(after)));
      expect(plain(old)).toEqual(kept);
    }),
  );
});

it('slots that nothing joins or leaves are the very ones of before', () => {
  const [acme, globex] = ['acme', 'globex'].map((id) => ({
    id,
    gateway: 'https://a.example',
    intervalMs: id === 'acme' ? 60_000 : 61_000,
    enabled: true,
  }));
  if (!acme || !globex) throw new Error('there are two');
  const slotsOf = (plans: SlotPlans) => [...plans.values()].flatMap((slots) => [...slots.values()]);
  const [kept] = slotsOf(planSlots([acme]));
  const old = planSlots([acme]);
  const plans = slotsOf(replanSlots(old, [], [globex]));
  expect(plans).toHaveLength(2);
  expect(plans[0]).toEqual(kept);
  expect(plans[0]).toBe(slotsOf(old)[0]);
});
