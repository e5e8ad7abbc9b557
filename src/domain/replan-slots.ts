import { inOrder, offsetOf, type Planned, planSlots, type SlotPlans } from './schedule.ts';

/**
 * The slots when some connections have gone and others have come; one that changed has done both. Gives what `planSlots`
 * gives for the whole fleet, but only the slots of those are made anew: whoever holds the plans before keeps them.
 */
export function replanSlots(
  before: SlotPlans,
  gone: readonly Planned[],
  come: readonly Planned[],
): SlotPlans {
  const left = new Set(gone.map(({ id }) => id));
  const joining = planSlots(come);
  const plans = new Map(before);
  for (const [queue, touched] of planSlots([...gone, ...come])) {
    const slots = new Map(plans.get(queue));
    for (const [name, { everyMs, index }] of touched) {
      const staying = slots.get(name)?.members.filter((id) => !left.has(id)) ?? [];
      const ids = [...staying, ...(joining.get(queue)?.get(name)?.members ?? [])];
      const members = inOrder(ids.map((id) => ({ id, offset: offsetOf(id, everyMs) })));
      if (members.length === 0) slots.delete(name);
      else slots.set(name, { everyMs, index, members });
    }
    if (slots.size === 0) plans.delete(queue);
    else plans.set(queue, slots);
  }
  return plans;
}
