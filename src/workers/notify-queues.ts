import { Queue } from 'bullmq';
import { type BullBase, EVENT_STREAM } from './bull-options.ts';

export interface NotifyJobData {
  readonly incident: string;
}

export function notifyQueueOf(channel: string): string {
  return `notify-${channel}`;
}

/** The queues that wake the drains of all channels; what is to be sent stands in the outbox, not in them. */
export class NotifyQueues {
  readonly #base: BullBase;
  readonly #onError: (error: Error) => void;
  readonly #queues = new Map<string, Queue<NotifyJobData>>();

  constructor(base: BullBase, onError: (error: Error) => void) {
    this.#base = base;
    this.#onError = onError;
  }

  /** One drain at a time for an incident: waking during a drain starts another one after it. */
  async wake(channel: string, incident: string): Promise<void> {
    await this.#open(channel).add(
      'drain',
      { incident },
      {
        deduplication: { id: incident, keepLastIfActive: true },
        attempts: 1,
        removeOnComplete: true,
        removeOnFail: true,
      },
    );
  }

  /** Has the drains that wait for another attempt take their turn now. */
  async wakeWaiting(channel: string): Promise<void> {
    await this.#open(channel).promoteJobs();
  }

  async counts(channel: string): Promise<Record<string, number>> {
    return this.#open(channel).getJobCounts('wait', 'prioritized', 'delayed', 'active', 'failed');
  }

  async close(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.close()));
    this.#queues.clear();
  }

  #open(channel: string): Queue<NotifyJobData> {
    const known = this.#queues.get(channel);
    if (known) return known;
    const queue = new Queue<NotifyJobData>(notifyQueueOf(channel), { ...this.#base, streams: EVENT_STREAM });
    queue.on('error', this.#onError);
    this.#queues.set(channel, queue);
    return queue;
  }
}
