import type { CurrentConfig } from '../config/current-config.ts';
import { checkQueueOf, slotQueueOf } from '../domain/schedule.ts';
import type { QueueJobs } from '../metrics/process-metrics.ts';
import type { CheckQueues } from '../workers/check-queues.ts';
import { type NotifyQueues, notifyQueueOf } from '../workers/notify-queues.ts';

/** How many jobs each queue holds, by state. */
export async function queueJobs(
  config: CurrentConfig,
  checkQueues: CheckQueues,
  notifyQueues: NotifyQueues,
): Promise<QueueJobs[]> {
  const checks = config
    .gateways()
    .map(checkQueueOf)
    .flatMap((queue) => [queue, slotQueueOf(queue)])
    .map(async (queue) => flatten(queue, await checkQueues.counts(queue)));
  const notices = config
    .channelNames()
    .map(async (channel) => flatten(notifyQueueOf(channel), await notifyQueues.counts(channel)));
  return (await Promise.all([...checks, ...notices])).flat();
}

function flatten(queue: string, counts: Readonly<Record<string, number>>): QueueJobs[] {
  return Object.entries(counts).map(([state, count]) => ({ queue, state, count }));
}
