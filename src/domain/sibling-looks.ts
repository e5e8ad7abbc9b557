import { customerKey } from './connection.ts';
import type { MonitorEvent } from './event.ts';
import type { HealthRecord } from './record.ts';
import { isConfirmed } from './state.ts';

/** The keys of one customer at one gateway, of which one was refused for the first time. */
export interface Family {
  readonly gateway: string;
  readonly tenant: string;
  /** Start of that exchange, epoch milliseconds. */
  readonly refusedAt: number;
}

/** Whoever wipes a customer's keys wipes them together; more than this many at a look are a fleet of their own. */
const MOST_SIBLINGS = 50;
/** Each family is asked for the first time at most so often. */
const AGAIN_AFTER_MS = 60_000;
/** A wipe of a few seconds, of which the first refusal saw the beginning, is known in time for the first page. */
const SOON_MS = 2_000;
const LATER_MS = 1_000;
/** When so many customers of a gateway are refused at once, each is asked once only: that is not one customer's wipe. */
const MOST_FOLLOWED = 10;

interface Followed {
  readonly family: Family;
  readonly begunAt: number;
  /** Times of the looks to come, epoch milliseconds, the next one first. */
  readonly looks: readonly number[];
}

/**
 * When the other keys of a customer are to be checked because one was refused: at once, and as long as the refusal
 * holds, soon after, after `confirmDelay`, and after twice that. A wipe that takes half a minute is seen whole that way.
 */
export class SiblingLooks {
  readonly #followed = new Map<string, Followed>();

  /** The families to look at for the first time. */
  begin(events: readonly MonitorEvent[], confirmDelayMs: number, now: number): readonly Family[] {
    this.#forget(now);
    const begun: Family[] = [];
    for (const event of events) {
      if (event.type !== 'state' || event.reason !== 'first_rejection' || event.from !== 'healthy') continue;
      const { gateway, tenant } = event.connection;
      const family = { gateway, tenant, refusedAt: event.at };
      if (this.#followed.has(customerKey(family))) continue;
      const after = this.#followedAt(gateway) < MOST_FOLLOWED ? looksAfter(confirmDelayMs) : [];
      const looks = after.map((ms) => now + ms);
      this.#followed.set(customerKey(family), { family, begunAt: now, looks });
      begun.push(family);
    }
    return begun;
  }

  /** The families to look at once more; a look that was missed is not made up for by two. */
  due(now: number): readonly Family[] {
    this.#forget(now);
    const due: Family[] = [];
    for (const [key, one] of this.#followed) {
      const looks = one.looks.filter((at) => at > now);
      if (looks.length === one.looks.length) continue;
      this.#followed.set(key, { ...one, looks });
      due.push(one.family);
    }
    return due;
  }

  /** None of them is refused any more. */
  end(family: Family): void {
    const one = this.#followed.get(customerKey(family));
    if (one) this.#followed.set(customerKey(family), { ...one, looks: [] });
  }

  /** When the next look is due, epoch milliseconds; null when none is. */
  nextAt(): number | null {
    const times = [...this.#followed.values()].flatMap(({ looks }) => looks);
    return times.length === 0 ? null : Math.min(...times);
  }

  #followedAt(gateway: string): number {
    let count = 0;
    for (const { family, looks } of this.#followed.values())
      if (family.gateway === gateway && looks.length > 0) count += 1;
    return count;
  }

  #forget(now: number): void {
    for (const [key, { begunAt, looks }] of this.#followed) {
      // What began in the future did so before the clock was set back.
      if (now < begunAt || (looks.length === 0 && now - begunAt > AGAIN_AFTER_MS)) this.#followed.delete(key);
    }
  }
}

function looksAfter(confirmDelayMs: number): readonly number[] {
  // The re-check of the refused one, at the same distances, comes first: it may show that there is nothing to look for.
  const after = Math.min(LATER_MS, confirmDelayMs / 4);
  return [Math.min(SOON_MS, confirmDelayMs / 2), confirmDelayMs + after, 2 * confirmDelayMs + after];
}

/**
 * Whom to ask of a family, by id, and whether any of it is refused since the look began: otherwise nobody has to be asked.
 * Those who are refused already are asked again by themselves.
 */
export function siblingsToAsk(
  members: readonly (readonly [string, HealthRecord | null])[],
  { refusedAt }: Family,
): { readonly ids: readonly string[]; readonly refused: boolean } {
  const ids: string[] = [];
  let refused = false;
  for (const [id, record] of members) {
    if (record === null) continue;
    if (record.firstRejectedAt !== null && record.firstRejectedAt >= refusedAt) refused = true;
    if (record.rejections === 0 && !isConfirmed(record.state)) ids.push(id);
  }
  return { ids: refused ? ids.slice(0, MOST_SIBLINGS) : [], refused };
}
