import { Queue } from 'bullmq';
import { type Slot, slotIdOf, slotOffset, slotQueueOf } from '../domain/schedule.ts';
import type { Recheck } from '../jobs/reconcile.ts';
import { type BullBase, EVENT_STREAM } from './bull-options.ts';

/** Re-checks carry no priority and so run before everything that the keeper asks for. */
const KEEPER_PRIORITY = 5;
const PAGE = 1_000;
const BATCH = 500;
/**
 * A job fails when Redis refuses something for a moment, and its checks may have to wait for a day until their next run. What
 * was checked is not checked again.
 */
const TRY_AGAIN = { attempts: 3, backoff: { type: 'fixed', delay: 5_000 } } as const;
/** As small as can be, since every run carries it: what happens to finished jobs is the worker's setting. */
const SCHEDULED_JOB = { name: 'slot', data: {}, opts: TRY_AGAIN } as const;

/** The data of a job that is not made by a schedule: nothing but when it was due. */
export interface CheckJobData {
  readonly id?: string;
  readonly dueAt?: number;
  /** Many re-checks in one job, in the order of their time. */
  readonly batch?: readonly (readonly [id: string, dueAt: number])[];
}

/** The check queues of all gateways, by name; each is opened when it is first used. */
export class CheckQueues {
  readonly #base: BullBase;
  readonly #onError: (error: Error) => void;
  readonly #queues = new Map<string, Queue<CheckJobData>>();

  constructor(base: BullBase, onError: (error: Error) => void) {
    this.#base = base;
    this.#onError = onError;
  }

  /**
   * Every schedule of a queue: name of the slot → its next run. Scanned directly: listing them through the library deletes
   * some, and paging by rank misses those that move on meanwhile.
   */
  async nextRuns(queue: string): Promise<Map<string, number>> {
    const key = `${this.#base.prefix}:${slotQueueOf(queue)}:repeat`;
    const runs = new Map<string, number>();
    let cursor = '0';
    do {
      const [next, flat] = await this.#base.connection.zscan(key, cursor, 'COUNT', PAGE);
      for (let i = 0; i + 1 < flat.length; i += 2) runs.set(String(flat[i]), Number(flat[i + 1]));
      cursor = next;
    } while (cursor !== '0');
    return runs;
  }

  /** Removing a queue pauses it first; one that was wanted again before the removal ended must not stay paused. */
  async keepRunning(queue: string): Promise<void> {
    for (const bull of this.#both(queue)) if (await bull.isPaused()) await bull.resume();
  }

  async put(queue: string, slots: readonly Slot[]): Promise<void> {
    const bull = this.#open(slotQueueOf(queue));
    await inBatches(slots, async (slot) => {
      const name = slotIdOf(slot);
      // Upserting alone would keep a run that a set-back clock left far ahead.
      await bull.removeJobScheduler(name);
      await bull.upsertJobScheduler(name, { every: slot.everyMs, offset: slotOffset(slot) }, SCHEDULED_JOB);
    });
  }

  /** Removes schedules with the job that waits for each. */
  async remove(queue: string, runs: ReadonlyMap<string, number>): Promise<void> {
    const bull = this.#open(slotQueueOf(queue));
    await inBatches([...runs], async ([name, next]) => {
      await bull.removeJobScheduler(name);
      // The scheduler takes its delayed job along, but not one that already waits for a worker.
      await bull.remove(jobIdOf(name, next));
    });
  }

  /** Those runs whose job is in none of the places from which it can still be worked on. */
  async lostRuns(queue: string, runs: ReadonlyMap<string, number>): Promise<string[]> {
    const bull = this.#open(slotQueueOf(queue));
    const lost: string[] = [];
    await inBatches([...runs], async ([id, next]) => {
      const state = await bull.getJobState(jobIdOf(id, next));
      if (state === 'unknown' || state === 'failed' || state === 'completed') lost.push(id);
    });
    return lost;
  }

  async addRechecks(rechecks: readonly Recheck[], now: number): Promise<void> {
    for (const queue of new Set(rechecks.map((recheck) => recheck.queue))) {
      const jobs = rechecks
        .filter((recheck) => recheck.queue === queue)
        .map(({ id, version, dueAt }) => ({
          name: 'recheck',
          data: { id, dueAt },
          // One job a version: waking twice for the same re-check makes one job.
          opts: {
            jobId: `recheck-${id}-${version}`,
            delay: Math.max(0, dueAt - now),
            attempts: 1,
            removeOnComplete: true,
            removeOnFail: true,
          },
        }));
      for (let start = 0; start < jobs.length; start += BATCH) {
        await this.#open(queue).addBulk(jobs.slice(start, start + BATCH));
      }
    }
  }

  /**
   * Re-checks of connections that were just registered. There may be a hundred thousand of them, of which none is urgent:
   * they go together, second by second, and wait in the line of the slots.
   */
  async addFirstChecks(rechecks: readonly Recheck[], now: number): Promise<void> {
    const bySecond = new Map<string, Recheck[]>();
    for (const recheck of rechecks) {
      const key = `${recheck.queue} ${Math.floor(recheck.dueAt / 1_000)}`;
      const group = bySecond.get(key);
      if (group) group.push(recheck);
      else bySecond.set(key, [recheck]);
    }
    await Promise.all([...bySecond.values()].map((group) => this.#addBatch(group, now)));
  }

  async #addBatch(rechecks: readonly Recheck[], now: number): Promise<void> {
    const inOrder = rechecks.toSorted((a, b) => a.dueAt - b.dueAt);
    const [first] = inOrder;
    if (first === undefined) return;
    await this.#open(slotQueueOf(first.queue)).add(
      'first',
      { batch: inOrder.map(({ id, dueAt }) => [id, dueAt] as const) },
      { ...TRY_AGAIN, delay: Math.max(0, first.dueAt - now), removeOnComplete: true, removeOnFail: true },
    );
  }

  /**
   * Checks beside the schedule; asking again while one waits changes nothing. What a `person` asks for comes first; what
   * the keeper asks for, perhaps a whole gateway, comes after every re-check and before what is scheduled.
   */
  async addManual(
    queue: string,
    ids: readonly string[],
    now: number,
    by: 'person' | 'keeper',
  ): Promise<void> {
    const jobs = ids.map((id) => ({
      name: by === 'keeper' ? 'look' : 'manual',
      data: { id, dueAt: now },
      opts: {
        deduplication: { id: `manual-${id}` },
        ...(by === 'keeper' && { priority: KEEPER_PRIORITY }),
        attempts: 1,
        removeOnComplete: true,
        removeOnFail: true,
      },
    }));
    if (jobs.length > 0) await this.#open(queue).addBulk(jobs);
  }

  /** Jobs of one queue by state, for the metrics. */
  async counts(name: string): Promise<Record<string, number>> {
    return this.#open(name).getJobCounts('wait', 'prioritized', 'delayed', 'active', 'failed');
  }

  /** Removes the queues of a gateway with everything in them. */
  async drop(queue: string): Promise<void> {
    for (const bull of this.#both(queue)) {
      await bull.obliterate({ force: true });
      await bull.close();
      this.#queues.delete(bull.name);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
    this.#queues.clear();
  }

  #both(queue: string): readonly Queue<CheckJobData>[] {
    return [this.#open(queue), this.#open(slotQueueOf(queue))];
  }

  #open(name: string): Queue<CheckJobData> {
    const known = this.#queues.get(name);
    if (known) return known;
    const queue = new Queue<CheckJobData>(name, { ...this.#base, streams: EVENT_STREAM });
    queue.on('error', this.#onError);
    this.#queues.set(name, queue);
    return queue;
  }
}

/** BullMQ's id of the job that a schedule runs at `next`. */
function jobIdOf(name: string, next: number): string {
  return `repeat:${name}:${next}`;
}

async function inBatches<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += BATCH) {
    await Promise.all(items.slice(start, start + BATCH).map(act));
  }
}
