import { DelayedError, type Worker } from 'bullmq';
import type { DrainEnding } from '../jobs/drain-channel.ts';
import { type BullBase, KEEP_JOBS } from './bull-options.ts';
import { type NotifyJobData, notifyQueueOf } from './notify-queues.ts';
import { PatientWorker } from './patient-worker.ts';

/** Incidents of one channel that are drained at the same time. */
const CONCURRENCY = 10;

export interface NotifyWorkerOptions {
  readonly channel: string;
  readonly drain: (incident: string) => Promise<DrainEnding>;
  readonly onError: (error: Error) => void;
}

/** Drains one channel's messages. A channel has a queue of its own, so that one that hangs blocks nobody else. */
export function startNotifyWorker(base: BullBase, options: NotifyWorkerOptions): Worker<NotifyJobData> {
  const worker = new PatientWorker<NotifyJobData>(
    notifyQueueOf(options.channel),
    async (job, token) => {
      const ending = await options.drain(job.data.incident);
      if (ending.kind === 'empty') return;
      // The job keeps its deduplication while it is delayed: a sweep does not start a second drain beside it.
      await job.moveToDelayed(ending.at, token);
      throw new DelayedError();
    },
    {
      ...base,
      ...KEEP_JOBS,
      concurrency: CONCURRENCY,
      lockDuration: 60_000,
      stalledInterval: 15_000,
      runRetryDelay: 1_000,
    },
  );
  worker.on('error', options.onError);
  worker.on('failed', (_job, error) => options.onError(error));
  return worker;
}
