import { setTimeout as delay } from 'node:timers/promises';
import { delayInSlot, SLOT_MS, type Slot } from '../domain/schedule.ts';
import type { CheckOrder } from './check-connection.ts';

/** One run of a slot's schedule. */
export interface SlotOrder extends Slot {
  /** When the slot begins; epoch milliseconds. */
  readonly runAt: number;
}

export interface SlotPorts {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** The connections of a slot as this process knows them, in the order in which they fall due. */
  readonly members: (slot: Slot) => readonly string[];
  /** Makes one check in its turn; resolves with `closed`, without having begun it, when this process is about to end. */
  readonly check: (order: CheckOrder) => Promise<unknown>;
}

/** `cut_short`: somebody else has to go on with the rest; what was checked is not checked again. */
export type SlotEnding = 'done' | 'cut_short';

/** Within a slot, checks begin on every hundredth of a second: as even, and with far fewer timers. */
const STEP_MS = 10;

/**
 * Makes every check of one slot, each when it is due. One that fails takes no other with it; the first failure is thrown
 * once all have ended.
 */
export async function checkSlot(order: SlotOrder, ports: SlotPorts): Promise<SlotEnding> {
  const checks: Promise<unknown>[] = [];
  for (const id of ports.members(order)) {
    const dueAt = order.runAt + delayInSlot(id, order);
    const early = dueAt - ports.now();
    // Not for longer than a slot lasts: a clock that was set back would have it wait for hours.
    if (early > 0) await delay(Math.min(Math.max(early, STEP_MS), SLOT_MS));
    checks.push(ports.check({ id, dueAt, trigger: 'schedule' }));
  }
  const endings = await Promise.allSettled(checks);
  for (const ending of endings) if (ending.status === 'rejected') throw ending.reason;
  return endings.some((ending) => ending.status === 'fulfilled' && ending.value === 'closed')
    ? 'cut_short'
    : 'done';
}
