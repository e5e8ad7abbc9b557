import type { Redis } from 'ioredis';

/** What every queue and worker is built on. */
export interface BullBase {
  /** Shared by all queues; workers duplicate it for the connection that waits for jobs. */
  readonly connection: Redis;
  readonly prefix: string;
}

/** Nothing about jobs that ended well is worth keeping; of broken ones, enough to look at. */
export const KEEP_JOBS = {
  removeOnComplete: { count: 0 },
  removeOnFail: { count: 100, age: 86_400 },
} as const;

/** BullMQ writes an event for every step of every job; nobody reads more than the latest few. */
export const EVENT_STREAM = { events: { maxLen: 100 } } as const;
