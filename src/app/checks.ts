import { checkQueueOf } from '../domain/schedule.ts';
import { type CheckPorts, checkConnection, type FinishedCheck } from '../jobs/check-connection.ts';
import { type ProbePorts, probe } from '../jobs/probe.ts';
import { tokenRequest } from '../mimecast/token-request.ts';
import { startCheckWorker } from '../workers/check-worker.ts';
import type { WantedWorker } from '../workers/worker-fleet.ts';
import type { Parts } from './parts.ts';

/** So many connections of one gateway must be rate-limited before the whole queue slows. */
const SLOW_DOWN_FROM = 3;
const LONGEST_SLOW_DOWN_MS = 60_000;

/** The check workers this process should run: one for each gateway. */
export function wantedCheckWorkers(parts: Parts): Map<string, WantedWorker> {
  const { concurrency, maxPerSecond } = parts.config.get().checks;
  const ports = checkPorts(parts);
  const onError = (error: Error) => parts.fault('a check job failed', error);
  return new Map(
    parts.config.gateways().map((gateway) => {
      const queue = checkQueueOf(gateway);
      const check = (order: Parameters<typeof checkConnection>[0]) => checkConnection(order, gateway, ports);
      const start = () => startCheckWorker(parts.bull, { queue, concurrency, maxPerSecond, check, onError });
      return [queue, { setting: `${concurrency}/${maxPerSecond}`, start }];
    }),
  );
}

export function checkPorts(parts: Parts): CheckPorts {
  const { config, now, records, identity, exchanger, checkQueues } = parts;
  const probePorts: Omit<ProbePorts, 'fingerprint'> = {
    now,
    find: (reference, fresh) => parts.secrets.find(reference, { fresh }),
    exchange: ({ gateway, timeoutMs }, clientId, secret) =>
      exchanger.exchange(gateway, tokenRequest(clientId, secret), timeoutMs),
  };
  return {
    now,
    find: (id) => config.find(id),
    settings: () => config.get().checks,
    async probe(connection, fresh) {
      const { epoch, fingerprint } = identity.current();
      const { codes } = config.get().checks;
      const ports = { ...probePorts, fingerprint };
      return { observation: await probe(connection, codes, ports, fresh), epoch };
    },
    recall: records.recall,
    read: records.read,
    save: records.save,
    confirmIdentity: () => identity.confirm(now()),
    async scheduleRecheck(id, version, dueAt) {
      const connection = config.find(id);
      if (!connection) return;
      const queue = checkQueueOf(connection.gateway);
      await checkQueues.addRechecks([{ id, queue, version, dueAt }], now());
    },
    async slowDown(connection, waitMs) {
      const queue = checkQueueOf(connection.gateway);
      const limited = await parts.rateLimits.note(queue, connection.id, now());
      if (limited < SLOW_DOWN_FROM) return;
      await checkQueues.slowDown(queue, Math.min(waitMs, LONGEST_SLOW_DOWN_MS));
      parts.logger.warn(
        { gateway: connection.gateway, limited, waitMs },
        'a gateway is rate-limiting; its checks pause',
      );
    },
    observed: (check) => report(check, parts),
  };
}

function report(check: FinishedCheck, { metrics, logger }: Parts): void {
  const { connection, observation, durationMs, latenessMs, events, reason } = check;
  const { verdict, httpStatus, code } = observation.result;
  metrics.checkFinished({ gateway: connection.gateway, verdict, durationMs, latenessMs });
  const about = { connection: connection.id, tenant: connection.tenant, gateway: connection.gateway };
  if (logger.isLevelEnabled('debug')) logger.debug({ ...about, verdict, reason, durationMs }, 'checked');
  for (const event of events) {
    const change = { from: event.from, to: event.to, why: event.reason, rejections: event.rejections };
    logger.info({ ...about, ...change, verdict, httpStatus, code }, 'the state of a connection changed');
  }
}
