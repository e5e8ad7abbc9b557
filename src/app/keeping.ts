import { checkQueueOf } from '../domain/schedule.ts';
import { Keeper } from '../jobs/keeper.ts';
import { type ReconcilePorts, reconcile } from '../jobs/reconcile.ts';
import { slices } from '../jobs/slices.ts';
import { buryCommands, createCommands, removeCommands } from '../store/fleet.ts';
import { decisionCommands } from '../store/incidents.ts';
import { createPolicySource } from './decide-policy.ts';
import { healthOf, survey } from './looking.ts';
import type { Parts } from './parts.ts';
import { reportDecision } from './report-decision.ts';
import { checkGateways, createSiblingChecks } from './siblings.ts';

/** A re-check or a message whose job should have run by now is woken again after this. */
const LOST_AFTER_MS = 10_000;
const MOST_SWEPT = 1_000;

/** The keeper of this process, wired to Redis. */
export function createKeeper(parts: Parts): Keeper {
  const { lease, incidents, logger, config, fleet } = parts;
  const siblings = createSiblingChecks(parts);
  return new Keeper({
    now: parts.now,
    lease,
    async reconcile(now) {
      const { connections, checks, hash } = config.get();
      await parts.identity.confirm(now);
      const wanted = { connections, slots: config.slots(), maxPerSecond: checks.maxPerSecond };
      const summary = await reconcile(wanted, now, reconcilePorts(parts));
      await fleet.noteReconciled(hash, now);
      for (const ids of slices(await fleet.expiredTombstones(now), 500))
        await lease.commit(buryCommands(ids));
      return summary;
    },
    incidents: incidents.current,
    ladders: incidents.ladders,
    silences: () => parts.silences.list(parts.now()),
    events: incidents.events,
    survey: (watched) => survey(watched, parts),
    unusableAnswers: fleet.unusableAnswers,
    health: () => healthOf(parts),
    checkSiblings: siblings.begin,
    checkSiblingsAgain: siblings.goOn,
    checkGateways(gateways) {
      // A whole gateway takes a while to be asked for, and the keeper has other things to do.
      checkGateways(gateways, parts).catch((error: unknown) =>
        parts.fault('a gateway could not be checked as a whole', error),
      );
    },
    policyFor: createPolicySource(parts),
    commit: (decision, eventCount, now) => lease.commit(decisionCommands(decision, eventCount, now)),
    wakeChannel: (channel, incident) => parts.notifyQueues.wake(channel, incident),
    sweep: (now) => sweep(now, parts),
    decided: (decision) => reportDecision(decision, parts),
    reconciled(summary) {
      const { created, updated, removed, scheduled, unscheduled, droppedQueues } = summary;
      const changes =
        created + updated + removed + unscheduled + droppedQueues + Object.keys(scheduled).length;
      logger[changes > 0 ? 'info' : 'debug'](summary, 'reconciled the fleet with the config');
    },
    becameKeeper: (isKeeper) =>
      logger.info(isKeeper ? 'this process is the keeper now' : 'this process is no longer the keeper'),
    failed: (error) => parts.fault('a turn of the keeper failed; it is taken again', error),
  });
}

function reconcilePorts(parts: Parts): ReconcilePorts {
  const { fleet, records, lease, checkQueues, identity, now } = parts;
  return {
    now,
    readSummaries: records.readSummaries,
    readMany: records.readMany,
    async removedRecords(ids) {
      return (await fleet.tombstones(ids)).map((tombstone) => tombstone?.record ?? null);
    },
    recordCount: fleet.recordCount,
    recordedIds: fleet.recordedIds,
    create: (entries) =>
      lease.commit(entries.flatMap(({ id, record, event }) => createCommands(id, record, event))),
    remove: (entries, at) =>
      lease.commit(entries.flatMap(({ connection, record }) => removeCommands(connection, record, at))),
    save: (...change) => records.save(...change, identity.current().epoch),
    scheduleRechecks: (rechecks) => checkQueues.addFirstChecks(rechecks, now()),
    async nextRuns(queue) {
      await checkQueues.keepRunning(queue);
      return checkQueues.nextRuns(queue);
    },
    putSchedules: (queue, slots) => checkQueues.put(queue, slots),
    removeSchedules: (queue, runs) => checkQueues.remove(queue, runs),
    lostRuns: (queue, runs) => checkQueues.lostRuns(queue, runs),
    queues: fleet.queues,
    noteQueue: fleet.noteQueue,
    async dropQueue(queue) {
      await checkQueues.drop(queue);
      await fleet.forgetQueue(queue);
    },
  };
}

async function sweep(now: number, parts: Parts): Promise<void> {
  const { fleet, records, config, checkQueues, outbox, notifyQueues } = parts;
  const due = await fleet.rechecksDueBefore(now - LOST_AFTER_MS, MOST_SWEPT);
  const found = await records.readMany(due.map(({ id }) => id));
  const stale: string[] = [];
  const lost = due.flatMap(({ id }, index) => {
    const record = found[index];
    const connection = config.find(id);
    if (!record || record.recheckAt === null || !connection) {
      stale.push(id);
      return [];
    }
    const queue = checkQueueOf(connection.gateway);
    return [{ id, queue, version: record.version, dueAt: record.recheckAt }];
  });
  await fleet.dropRechecks(stale);
  await checkQueues.addRechecks(lost, now);
  for (const channel of await outbox.channels()) {
    for (const incident of await outbox.pending(channel)) await notifyQueues.wake(channel, incident);
  }
}
