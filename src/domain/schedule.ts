/** When a connection is checked: every `everyMs`, at the same offset into each slot, on its gateway's queue. */
export interface Schedule {
  readonly queue: string;
  readonly everyMs: number;
  readonly offsetMs: number;
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

/** A schedule as one text, to compare with the one it was made from. */
export function scheduleSpec({ queue, everyMs, offsetMs }: Schedule): string {
  return `${queue}|${everyMs}|${offsetMs}`;
}

/** A scheduled run that is this late may have been lost, and is looked at more closely. */
export const OVERDUE_MS = 120_000;

export type ScheduleFault = 'new' | 'changed' | 'missing' | 'overdue' | 'ahead';

/**
 * What is wrong with a stored schedule, or null. `storedSpec` and `nextRun` (epoch ms) are null where there is
 * none. `overdue` may also mean that the queue is behind: whoever repairs it looks for the job first.
 */
export function scheduleFault(
  wanted: Schedule,
  storedSpec: string | null,
  nextRun: number | null,
  now: number,
): ScheduleFault | null {
  if (storedSpec === null) return 'new';
  if (storedSpec !== scheduleSpec(wanted)) return 'changed';
  if (nextRun === null) return 'missing';
  if (nextRun < now - OVERDUE_MS) return 'overdue';
  // Only a clock that was set back leaves a run more than one interval away.
  if (nextRun > now + wanted.everyMs + 1_000) return 'ahead';
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

/** The check queue of a gateway: `gw-` and 16 hex digits. No colon, which BullMQ forbids in names. */
export function checkQueueOf(gateway: string): string {
  const hex = (text: string) => hash32(text).toString(16).padStart(8, '0');
  return `gw-${hex(gateway)}${hex(`queue ${gateway}`)}`;
}

/** The schedule a connection must have. */
export function scheduleOf(connection: { id: string; gateway: string; intervalMs: number }): Schedule {
  const { id, gateway, intervalMs } = connection;
  return { queue: checkQueueOf(gateway), everyMs: intervalMs, offsetMs: offsetOf(id, intervalMs) };
}
