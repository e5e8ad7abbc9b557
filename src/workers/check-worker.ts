import { DelayedError, type Job } from 'bullmq';
import { readSlotId, slotQueueOf } from '../domain/schedule.ts';
import type { CheckOrder } from '../jobs/check-connection.ts';
import type { SlotOrder, TurnEnding } from '../jobs/check-slot.ts';
import { type BullBase, KEEP_JOBS } from './bull-options.ts';
import type { CheckJobData } from './check-queues.ts';
import { PatientWorker } from './patient-worker.ts';
import type { RunningWorker } from './worker-fleet.ts';

export interface CheckWorkerOptions {
  readonly queue: string;
  /** Checks at the same time. */
  readonly concurrency: number;
  /** Resolves with `closed`, without having begun, once `close` was called. */
  readonly check: (order: CheckOrder) => Promise<unknown>;
  readonly checkSlot: (order: SlotOrder) => Promise<TurnEnding>;
  /** In the order of their time. */
  readonly checkBatch: (orders: readonly CheckOrder[]) => Promise<TurnEnding>;
  /** Has whatever has not begun yet end at once, as `closed` or `cut_short`. */
  readonly close: () => void;
  readonly onError: (error: Error) => void;
}

/**
 * Slots in which nothing is under way yet, because no connection of theirs is due: one for each interval, as a rule. Of those
 * in which something is, there can't be more than checks. Whatever else is due waits in Redis, where its schedule waits with
 * it: a gateway that can't keep up is asked less often, and no run piles up on another.
 */
const SPARE_SLOTS = 20;

/** What both kinds of workers have in common. A killed process' jobs are taken over by others. */
const TAKE_OVER = { lockDuration: 30_000, stalledInterval: 15_000, runRetryDelay: 1_000 } as const;

/**
 * Takes the checks of one gateway: those of its slots, and those asked for beside them. Its jobs return nothing: what
 * they found out is in the record. What has not begun when it is closed is given back to the queue.
 */
export function startCheckWorker(base: BullBase, options: CheckWorkerOptions): RunningWorker {
  const asked = new PatientWorker<CheckJobData>(
    options.queue,
    async (job, token) => {
      const order = orderOf(job);
      if ((await options.check(order)) === 'closed') await giveBack(job, order.dueAt, token);
    },
    { ...base, ...KEEP_JOBS, ...TAKE_OVER, concurrency: options.concurrency },
  );
  const slots = new PatientWorker<CheckJobData>(
    slotQueueOf(options.queue),
    async (job, token) => {
      const ending = await (job.data.batch
        ? options.checkBatch(batchOf(job))
        : options.checkSlot(slotOf(job)));
      if (ending === 'cut_short') await giveBack(job, job.timestamp, token);
    },
    { ...base, ...KEEP_JOBS, ...TAKE_OVER, concurrency: options.concurrency + SPARE_SLOTS },
  );
  const workers = [asked, slots];
  for (const worker of workers) {
    worker.on('error', options.onError);
    worker.on('failed', (_job, error) => options.onError(error));
  }
  return {
    async close() {
      options.close();
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}

/** Puts a job where the next worker finds it, due as it was. */
async function giveBack(job: Job<CheckJobData>, dueAt: number, token: string | undefined): Promise<never> {
  await job.moveToDelayed(dueAt, token);
  throw new DelayedError();
}

function orderOf(job: Job<CheckJobData>): CheckOrder {
  const { id, dueAt } = job.data;
  if (id === undefined || dueAt === undefined)
    throw new Error(`Check job ${job.id ?? '(none)'} can't be read`);
  return { id, dueAt, trigger: job.name === 'manual' || job.name === 'look' ? job.name : 'recheck' };
}

function batchOf({ data }: Job<CheckJobData>): readonly CheckOrder[] {
  return (data.batch ?? []).map(([id, dueAt]) => ({ id, dueAt, trigger: 'recheck' }));
}

/** A scheduled job's data is a template; what it is and when it was due stands in its id: `repeat:<slot>:<epoch ms>`. */
function slotOf(job: Job<CheckJobData>): SlotOrder {
  const parts = /^repeat:(.+):(\d+)$/.exec(job.id ?? '');
  const slot = readSlotId(parts?.[1] ?? '');
  if (slot === null) throw new Error(`The id of check job ${job.id ?? '(none)'} can't be read`);
  return { ...slot, runAt: Number(parts?.[2]) };
}
