import { Queue } from 'bullmq';
import type { Schedule } from '../domain/schedule.ts';
import type { Recheck } from '../jobs/reconcile.ts';
import { type BullBase, EVENT_STREAM } from './bull-options.ts';

/** Re-checks carry no priority and so run before every scheduled check, however many of those wait. */
const SCHEDULED_PRIORITY = 10;
const KEEPER_PRIORITY = 5;
const PAGE = 1_000;
const BATCH = 500;
/** As small as can be, since every run carries it: what happens to finished jobs is the worker's setting. */
const SCHEDULED_JOB = { name: 'check', data: {}, opts: { priority: SCHEDULED_PRIORITY } } as const;

/** The data of a job that is not made by a schedule: nothing but when it was due. */
export interface CheckJobData {
  readonly id?: string;
  readonly dueAt?: number;
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
   * Every schedule of a queue: connection id → its next run. Scanned directly: listing them through the library deletes
   * some, and paging by rank misses those that move on meanwhile.
   */
  async nextRuns(queue: string): Promise<Map<string, number>> {
    const key = `${this.#base.prefix}:${queue}:repeat`;
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
    const bull = this.#open(queue);
    if (await bull.isPaused()) await bull.resume();
  }

  async put(queue: string, schedules: ReadonlyMap<string, Schedule>): Promise<void> {
    const bull = this.#open(queue);
    await inBatches([...schedules], async ([id, { everyMs, offsetMs }]) => {
      // Upserting alone would keep the old phase (a changed offset) or a run that a set-back clock left far ahead.
      await bull.removeJobScheduler(id);
      await bull.upsertJobScheduler(id, { every: everyMs, offset: offsetMs }, SCHEDULED_JOB);
    });
  }

  /** Removes the schedules with every job that waits for them or for a re-check. */
  async remove(queue: string, runs: ReadonlyMap<string, number>): Promise<void> {
    const bull = this.#open(queue);
    await inBatches([...runs], async ([id, next]) => {
      await bull.removeJobScheduler(id);
      // The scheduler takes its delayed job along, but not one that already waits for a worker.
      await bull.remove(jobIdOf(id, next));
    });
    await inBatches(await this.#recheckJobs(queue, runs), async (job) => {
      await bull.remove(job);
    });
  }

  /** Those runs whose job is in none of the places from which it can still be worked on. */
  async lostRuns(queue: string, runs: ReadonlyMap<string, number>): Promise<string[]> {
    const bull = this.#open(queue);
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

  /** Lets no worker of any process take a job of this queue for a while. */
  async slowDown(queue: string, waitMs: number): Promise<void> {
    await this.#open(queue).rateLimit(waitMs);
  }

  /** Jobs of a queue by state, for the metrics. */
  async counts(queue: string): Promise<Record<string, number>> {
    return this.#open(queue).getJobCounts('wait', 'prioritized', 'delayed', 'active', 'failed');
  }

  /** Removes a queue with everything in it. */
  async drop(queue: string): Promise<void> {
    await this.#open(queue).obliterate({ force: true });
    await this.#queues.get(queue)?.close();
    this.#queues.delete(queue);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
    this.#queues.clear();
  }

  /** The re-checks of these connections that wait for their time, whichever versions of the records ordered them. */
  async #recheckJobs(queue: string, ids: ReadonlyMap<string, unknown>): Promise<string[]> {
    const key = `${this.#base.prefix}:${queue}:delayed`;
    const found: string[] = [];
    for (let start = 0; ; start += PAGE) {
      const jobs = await this.#base.connection.zrange(key, start, String(start + PAGE - 1));
      found.push(...jobs.filter((job) => ids.has(/^recheck-(.+)-\d+$/.exec(job)?.[1] ?? '')));
      if (jobs.length < PAGE) return found;
    }
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
function jobIdOf(id: string, next: number): string {
  return `repeat:${id}:${next}`;
}

async function inBatches<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += BATCH) {
    await Promise.all(items.slice(start, start + BATCH).map(act));
  }
}
