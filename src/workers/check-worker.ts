import type { Job, Worker } from 'bullmq';
import type { CheckOrder } from '../jobs/check-connection.ts';
import { type BullBase, KEEP_JOBS } from './bull-options.ts';
import type { CheckJobData } from './check-queues.ts';
import { PatientWorker } from './patient-worker.ts';

export interface CheckWorkerOptions {
  readonly queue: string;
  /** Checks at the same time. */
  readonly concurrency: number;
  /** Over all processes. */
  readonly maxPerSecond: number;
  readonly check: (order: CheckOrder) => Promise<unknown>;
  readonly onError: (error: Error) => void;
}

/** Takes the checks of one gateway's queue. Its jobs return nothing: what they found out is in the record. */
export function startCheckWorker(base: BullBase, options: CheckWorkerOptions): Worker<CheckJobData> {
  const worker = new PatientWorker<CheckJobData>(
    options.queue,
    async (job) => {
      await options.check(orderOf(job));
    },
    {
      ...base,
      ...KEEP_JOBS,
      concurrency: options.concurrency,
      limiter: { max: options.maxPerSecond, duration: 1_000 },
      // A check lasts a minute at most by far; a killed process' checks are taken over after this.
      lockDuration: 30_000,
      stalledInterval: 15_000,
      runRetryDelay: 1_000,
    },
  );
  worker.on('error', options.onError);
  worker.on('failed', (_job, error) => options.onError(error));
  return worker;
}

/** A scheduled job's data is a template; when it was due stands in its id: `repeat:<connection>:<epoch ms>`. */
function orderOf(job: Job<CheckJobData>): CheckOrder {
  const { id, dueAt } = job.data;
  if (id !== undefined && dueAt !== undefined) {
    return { id, dueAt, trigger: job.name === 'manual' || job.name === 'look' ? job.name : 'recheck' };
  }
  const parts = /^repeat:(.+):(\d+)$/.exec(job.id ?? '');
  if (!parts?.[1] || !parts[2]) throw new Error(`The id of check job ${job.id ?? '(none)'} can't be read`);
  return { id: parts[1], dueAt: Number(parts[2]), trigger: 'schedule' };
}
