import type { Connection } from '../domain/connection.ts';
import {
  checkQueueOf,
  type Schedule,
  type ScheduleFault,
  scheduleFault,
  scheduleOf,
} from '../domain/schedule.ts';
import { slices } from './slices.ts';

/** The schedules as they are, and the means to change them; every call is about one gateway's queue. */
export interface SchedulePorts {
  /** Every schedule of a queue: connection id → its next run, epoch ms. */
  readonly nextRuns: (queue: string) => Promise<ReadonlyMap<string, number>>;
  /** Replaces or makes the schedules, and notes what they were made from. */
  readonly putSchedules: (queue: string, schedules: ReadonlyMap<string, Schedule>) => Promise<void>;
  /** Removes schedules with the job that waits for each, if any. */
  readonly removeSchedules: (queue: string, runs: ReadonlyMap<string, number>) => Promise<void>;
  /** Those of the given runs whose job does not exist any more: their schedules have stopped for ever. */
  readonly lostRuns: (queue: string, runs: ReadonlyMap<string, number>) => Promise<readonly string[]>;
  readonly scheduleSpecs: (ids: readonly string[]) => Promise<(string | null)[]>;
  readonly forgetSchedules: (ids: readonly string[]) => Promise<void>;
  /** Every queue that may exist: name → gateway. */
  readonly queues: () => Promise<Readonly<Record<string, string>>>;
  readonly noteQueue: (queue: string, gateway: string) => Promise<void>;
  /** Removes a queue with everything in it. */
  readonly dropQueue: (queue: string) => Promise<void>;
}

export interface ScheduleSummary {
  /** Schedules made or made again, by what was wrong with them. */
  readonly scheduled: Readonly<Partial<Record<ScheduleFault, number>>>;
  /** Schedules without a connection that wants them. */
  readonly unscheduled: number;
  readonly droppedQueues: number;
}

const SLICE = 500;

/** Makes the schedules of all queues fit the config, doing exactly the difference. */
export async function reconcileSchedules(
  connections: readonly Connection[],
  now: number,
  ports: SchedulePorts,
): Promise<ScheduleSummary> {
  const byQueue = groupByQueue(connections);
  const known = await ports.queues();
  const scheduled: Partial<Record<ScheduleFault, number>> = {};
  let unscheduled = 0;
  for (const [queue, wanted] of byQueue) {
    const gateway = wanted[0]?.gateway;
    if (gateway !== undefined && known[queue] === undefined) await ports.noteQueue(queue, gateway);
    const done = await reconcileQueue(queue, wanted, now, ports);
    unscheduled += done.unscheduled;
    for (const [fault, count] of done.faults) scheduled[fault] = (scheduled[fault] ?? 0) + count;
  }
  const abandoned = Object.keys(known).filter((queue) => !byQueue.has(queue));
  for (const queue of abandoned) await ports.dropQueue(queue);
  const disabled = connections.filter(({ enabled }) => !enabled).map(({ id }) => id);
  if (disabled.length > 0) await ports.forgetSchedules(disabled);
  return { scheduled, unscheduled, droppedQueues: abandoned.length };
}

interface QueueSummary {
  readonly faults: ReadonlyMap<ScheduleFault, number>;
  readonly unscheduled: number;
}

async function reconcileQueue(
  queue: string,
  wanted: readonly Connection[],
  now: number,
  ports: SchedulePorts,
): Promise<QueueSummary> {
  const runs = await ports.nextRuns(queue);
  const faults = new Map<ScheduleFault, number>();
  // In slices, each with a question to Redis: looking at a large queue must not hold up the checks of this process.
  for (const slice of slices(wanted, SLICE)) {
    const faulty = await findFaulty(queue, slice, runs, now, ports);
    if (faulty.size === 0) continue;
    await ports.putSchedules(queue, new Map([...faulty].map(([id, { schedule }]) => [id, schedule])));
    for (const { fault } of faulty.values()) faults.set(fault, (faults.get(fault) ?? 0) + 1);
  }
  const expected = new Set(wanted.map(({ id }) => id));
  const strays = new Map([...runs].filter(([id]) => !expected.has(id)));
  if (strays.size > 0) await ports.removeSchedules(queue, strays);
  return { faults, unscheduled: strays.size };
}

async function findFaulty(
  queue: string,
  wanted: readonly Connection[],
  runs: ReadonlyMap<string, number>,
  now: number,
  ports: SchedulePorts,
): Promise<Map<string, { schedule: Schedule; fault: ScheduleFault }>> {
  const specs = await ports.scheduleSpecs(wanted.map(({ id }) => id));
  const faulty = new Map<string, { schedule: Schedule; fault: ScheduleFault }>();
  const overdue = new Map<string, number>();
  for (const [index, connection] of wanted.entries()) {
    const schedule = scheduleOf(connection);
    const next = runs.get(connection.id) ?? null;
    const fault = scheduleFault(schedule, specs[index] ?? null, next, now);
    if (fault === null) continue;
    if (fault === 'overdue' && next !== null) overdue.set(connection.id, next);
    faulty.set(connection.id, { schedule, fault });
  }
  if (overdue.size === 0) return faulty;
  // A queue that is behind is not broken: only a run whose job is gone has to be scheduled anew.
  const lost = new Set(await ports.lostRuns(queue, overdue));
  for (const id of overdue.keys()) if (!lost.has(id)) faulty.delete(id);
  return faulty;
}

/** The enabled connections by the queue of their gateway. */
function groupByQueue(connections: readonly Connection[]): Map<string, Connection[]> {
  const byGateway = new Map<string, Connection[]>();
  for (const connection of connections) {
    if (!connection.enabled) continue;
    const group = byGateway.get(connection.gateway);
    if (group) group.push(connection);
    else byGateway.set(connection.gateway, [connection]);
  }
  return new Map([...byGateway].map(([gateway, group]) => [checkQueueOf(gateway), group]));
}
