/**
 * Connections of one gateway and interval that fall due within the same tenth of a second share one schedule: what a job
 * costs is then paid once for all of them, in a large fleet for a hundred and more, in a small one for a single one.
 */
export const SLOT_MS = 100;

/** The `index`th tenth of a second of every interval of `everyMs`. */
export interface Slot {
  readonly everyMs: number;
  readonly index: number;
}

/** A slot with the ids of its connections, in the order in which they fall due. */
export interface SlotPlan extends Slot {
  readonly members: readonly string[];
}

/** 32-bit FNV-1a: spreads ids evenly and is the same in every process and version. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  // FNV's low bits are weak for ids that differ in their last digit; one more mix spreads them.
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The slot offset of a connection: fixed by its id, so that a restart moves nobody. */
export function offsetOf(id: string, everyMs: number): number {
  return 1 + (hash32(id) % (everyMs - 1));
}

export function slotOf({ id, intervalMs }: { id: string; intervalMs: number }): Slot {
  return { everyMs: intervalMs, index: indexOf(offsetOf(id, intervalMs)) };
}

function indexOf(offset: number): number {
  return Math.floor(offset / SLOT_MS);
}

/** When a slot begins, counted from the beginning of an interval. Never 0, which BullMQ takes for no offset at all. */
export function slotOffset({ index }: Slot): number {
  return Math.max(1, index * SLOT_MS);
}

/** How long after the beginning of its slot a connection falls due. */
export function delayInSlot(id: string, slot: Slot): number {
  return offsetOf(id, slot.everyMs) - slotOffset(slot);
}

/** The name of a slot's schedule. It says all that the schedule is made from, so that none ever has to be compared. */
export function slotIdOf({ everyMs, index }: Slot): string {
  return `slot-${everyMs}-${index}`;
}

/** The slot of a name, or null where it is not the name of one. */
export function readSlotId(text: string): Slot | null {
  const parts = /^slot-(\d+)-(\d+)$/.exec(text);
  return parts ? { everyMs: Number(parts[1]), index: Number(parts[2]) } : null;
}

/** A scheduled run that is this late may have been lost, and is looked at more closely. */
export const OVERDUE_MS = 120_000;

export type ScheduleFault = 'missing' | 'overdue' | 'ahead';

/**
 * What is wrong with the schedule of a slot, or null. `nextRun` (epoch ms) is null where there is none. `overdue` may
 * also mean that the queue is behind: whoever repairs it looks for the job first.
 */
export function scheduleFault({ everyMs }: Slot, nextRun: number | null, now: number): ScheduleFault | null {
  if (nextRun === null) return 'missing';
  if (nextRun < now - OVERDUE_MS) return 'overdue';
  // Only a clock that was set back leaves a run more than one interval away.
  if (nextRun > now + everyMs + 1_000) return 'ahead';
  return null;
}

/**
 * When the first check of a new connection is due: spread over `min(interval, max(5 s, fleet / maxPerSecond))`,
 * so that a large fleet starts evenly and a small one at once. A tenth is kept free for the checks that are due
 * meanwhile.
 */
export function firstCheckDelay(id: string, intervalMs: number, fleet: number, maxPerSecond: number): number {
  const window = Math.min(intervalMs, Math.max(5_000, (fleet / maxPerSecond) * 1_000));
  return Math.floor((hash32(`first ${id}`) / 2 ** 32) * window * 0.9);
}

/**
 * The queue of what is asked for beside the schedule, at one gateway: re-checks, and what a person or the keeper wants.
 * `gw-` and 16 hex digits: no colon, which BullMQ forbids in names.
 */
export function checkQueueOf(gateway: string): string {
  const hex = (text: string) => hash32(text).toString(16).padStart(8, '0');
  return `gw-${hex(gateway)}${hex(`queue ${gateway}`)}`;
}

/** The queue of the slots beside such a queue: however many of them wait, what is asked for does not wait with them. */
export function slotQueueOf(checkQueue: string): string {
  return `${checkQueue}-slots`;
}

/** The slots of a fleet's enabled connections, by check queue and name. */
export type SlotPlans = ReadonlyMap<string, ReadonlyMap<string, SlotPlan>>;

export interface Planned {
  readonly id: string;
  readonly gateway: string;
  readonly intervalMs: number;
  readonly enabled: boolean;
}

export interface Member {
  readonly id: string;
  readonly offset: number;
}

/** Works out each offset once, and no name per connection: a large fleet is planned while checks of this process wait. */
export function planSlots(connections: Iterable<Planned>): SlotPlans {
  const gateways = new Map<string, Map<number, Map<number, Member[]>>>();
  for (const { id, gateway, intervalMs, enabled } of connections) {
    if (!enabled) continue;
    const offset = offsetOf(id, intervalMs);
    const intervals = getOrAdd(gateways, gateway, (): Map<number, Map<number, Member[]>> => new Map());
    const slots = getOrAdd(intervals, intervalMs, (): Map<number, Member[]> => new Map());
    getOrAdd(slots, indexOf(offset), (): Member[] => []).push({ id, offset });
  }
  return new Map([...gateways].map(([gateway, intervals]) => [checkQueueOf(gateway), plansOf(intervals)]));
}

function plansOf(intervals: ReadonlyMap<number, ReadonlyMap<number, Member[]>>): Map<string, SlotPlan> {
  const plans = new Map<string, SlotPlan>();
  for (const [everyMs, slots] of intervals) {
    for (const [index, members] of slots) {
      plans.set(slotIdOf({ everyMs, index }), { everyMs, index, members: inOrder(members) });
    }
  }
  return plans;
}

/** The ids in the order in which they fall due; of those that do so at once, always in the same. */
export function inOrder(members: Member[]): readonly string[] {
  return members.sort((a, b) => a.offset - b.offset || (a.id < b.id ? -1 : 1)).map(({ id }) => id);
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
