import { delayInSlot, type Slot } from '../domain/schedule.ts';
import type { CheckOrder } from './check-connection.ts';

/** One run of a slot's schedule. */
export interface SlotOrder extends Slot {
  /** When the slot begins; epoch milliseconds. */
  readonly runAt: number;
}

export interface TurnPorts {
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<unknown>;
  /** Makes one check in its turn; resolves with `closed`, without having begun it, when this process is about to end. */
  readonly check: (order: CheckOrder) => Promise<unknown>;
}

/** `cut_short`: somebody else has to go on with the rest; what was checked is not checked again. */
export type TurnEnding = 'done' | 'cut_short';

/** Checks begin on every hundredth of a second: as even, and with far fewer timers. */
const STEP_MS = 10;

/** Orders that are given together lie no further apart: all in all, a clock that was set back has them wait no longer. */
const LONGEST_WAIT_MS = 1_000 + STEP_MS;

/** The checks of one run of a slot. `members` are in the order in which they fall due. */
export function ordersOf(slot: SlotOrder, members: readonly string[]): readonly CheckOrder[] {
  return members.map((id) => ({ id, dueAt: slot.runAt + delayInSlot(id, slot), trigger: 'schedule' }));
}

/**
 * Makes these checks, which are in the order of their time, each when it is due. One that fails takes no other with it;
 * the first failure is thrown once all have ended.
 */
export async function checkInTurn(orders: readonly CheckOrder[], ports: TurnPorts): Promise<TurnEnding> {
  const checks: Promise<unknown>[] = [];
  let patience = LONGEST_WAIT_MS;
  for (const order of orders) {
    const early = order.dueAt - ports.now();
    if (early > 0 && patience > 0) {
      const pause = Math.min(Math.max(early, STEP_MS), patience);
      patience -= pause;
      await ports.wait(pause);
    }
    const check = ports.check(order);
    // It may fail while the next one still waits, and a failure that nobody hears would end the process.
    check.catch(() => undefined);
    checks.push(check);
  }
  const endings = await Promise.allSettled(checks);
  for (const ending of endings) if (ending.status === 'rejected') throw ending.reason;
  const isCutShort = endings.some((ending) => ending.status === 'fulfilled' && ending.value === 'closed');
  return isCutShort ? 'cut_short' : 'done';
}
