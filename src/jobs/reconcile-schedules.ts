import { type ScheduleFault, type Slot, type SlotPlans, scheduleFault } from '../domain/schedule.ts';

/** The schedules as they are, and the means to change them; every call is about one gateway's queue. */
export interface SchedulePorts {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Every schedule of a queue: name → its next run, epoch ms. */
  readonly nextRuns: (queue: string) => Promise<ReadonlyMap<string, number>>;
  /** Makes the schedules of slots, or makes them again. */
  readonly putSchedules: (queue: string, slots: readonly Slot[]) => Promise<void>;
  /** Removes schedules with the job that waits for each, if any. */
  readonly removeSchedules: (queue: string, runs: ReadonlyMap<string, number>) => Promise<void>;
  /** Those of the given runs whose job does not exist any more: their schedules have stopped for ever. */
  readonly lostRuns: (queue: string, runs: ReadonlyMap<string, number>) => Promise<readonly string[]>;
  /** Every queue that may exist: name → gateway. */
  readonly queues: () => Promise<Readonly<Record<string, string>>>;
  readonly noteQueue: (queue: string, gateway: string) => Promise<void>;
  /** Removes a queue with everything in it. */
  readonly dropQueue: (queue: string) => Promise<void>;
}

export interface ScheduleSummary {
  /** Schedules made or made again, by what was wrong with them. */
  readonly scheduled: Readonly<Partial<Record<ScheduleFault, number>>>;
  /** Schedules that no connection wants. */
  readonly unscheduled: number;
  readonly droppedQueues: number;
}

/** Makes the schedules of all queues those of the planned slots, doing exactly the difference. */
export async function reconcileSchedules(
  plans: SlotPlans,
  gatewayOf: (queue: string) => string | undefined,
  ports: SchedulePorts,
): Promise<ScheduleSummary> {
  const known = await ports.queues();
  const scheduled: Partial<Record<ScheduleFault, number>> = {};
  let unscheduled = 0;
  for (const [queue, wanted] of plans) {
    const gateway = gatewayOf(queue);
    if (gateway !== undefined && known[queue] === undefined) await ports.noteQueue(queue, gateway);
    const done = await reconcileQueue(queue, wanted, ports);
    unscheduled += done.unscheduled;
    for (const fault of done.faults) scheduled[fault] = (scheduled[fault] ?? 0) + 1;
  }
  const abandoned = Object.keys(known).filter((queue) => !plans.has(queue));
  for (const queue of abandoned) await ports.dropQueue(queue);
  return { scheduled, unscheduled, droppedQueues: abandoned.length };
}

interface QueueSummary {
  readonly faults: readonly ScheduleFault[];
  readonly unscheduled: number;
}

async function reconcileQueue(
  queue: string,
  wanted: ReadonlyMap<string, Slot>,
  ports: SchedulePorts,
): Promise<QueueSummary> {
  const runs = await ports.nextRuns(queue);
  // By the time at which they were read: the records of a large fleet take a while, and the runs moved on meanwhile.
  const faulty = await findFaulty(queue, wanted, runs, ports.now(), ports);
  if (faulty.length > 0) {
    await ports.putSchedules(
      queue,
      faulty.map(({ slot }) => slot),
    );
  }
  const strays = new Map([...runs].filter(([name]) => !wanted.has(name)));
  if (strays.size > 0) await ports.removeSchedules(queue, strays);
  return { faults: faulty.map(({ fault }) => fault), unscheduled: strays.size };
}

interface Faulty {
  readonly name: string;
  readonly slot: Slot;
  readonly fault: ScheduleFault;
}

async function findFaulty(
  queue: string,
  wanted: ReadonlyMap<string, Slot>,
  runs: ReadonlyMap<string, number>,
  now: number,
  ports: SchedulePorts,
): Promise<Faulty[]> {
  const faulty = [...wanted].flatMap(([name, slot]): Faulty[] => {
    const fault = scheduleFault(slot, runs.get(name) ?? null, now);
    return fault === null ? [] : [{ name, slot, fault }];
  });
  const overdue = new Map<string, number>();
  for (const { name, fault } of faulty) {
    const run = runs.get(name);
    if (fault === 'overdue' && run !== undefined) overdue.set(name, run);
  }
  if (overdue.size === 0) return faulty;
  // A queue that is behind is not broken: only a run whose job is gone has to be scheduled anew.
  const lost = new Set(await ports.lostRuns(queue, overdue));
  return faulty.filter(({ name, fault }) => fault !== 'overdue' || lost.has(name));
}
