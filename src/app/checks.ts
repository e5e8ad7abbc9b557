import { setTimeout as wait } from 'node:timers/promises';
import { iso } from '../domain/notification.ts';
import { checkQueueOf, type Slot, slotIdOf } from '../domain/schedule.ts';
import type { Secret } from '../domain/secret.ts';
import type { FinishedProbe } from '../jobs/ask-permission.ts';
import {
  type CheckEnding,
  type CheckOrder,
  type CheckPorts,
  checkConnection,
  type FinishedCheck,
} from '../jobs/check-connection.ts';
import { checkInTurn, ordersOf } from '../jobs/check-slot.ts';
import { Limiter, type Urgency } from '../jobs/limiter.ts';
import { type ProbePorts, probe } from '../jobs/probe.ts';
import { tokenRequest } from '../mimecast/token-request.ts';
import { type CheckWorkerOptions, startCheckWorker } from '../workers/check-worker.ts';
import type { WantedWorker } from '../workers/worker-fleet.ts';
import type { Parts } from './parts.ts';

/** So many connections of one gateway must be rate-limited before all its checks pause. */
const SLOW_DOWN_FROM = 3;
/** Of the checks of one gateway that may be under way; the rest never wait for the answer to a probe. */
const SHARE_OF_PROBES = 0.2;

/** The check workers this process should run: one for each gateway, for its slots and for what is asked for beside them. */
export function wantedCheckWorkers(parts: Parts): Map<string, WantedWorker> {
  const { concurrency, maxPerSecond } = parts.config.get().checks;
  const limits = { concurrency, maxPerSecond };
  const ports = checkPorts(parts);
  return new Map(
    parts.config.gateways().map((gateway) => {
      const start = () => startCheckWorker(parts.bull, checkWorkerOf(gateway, limits, ports, parts));
      return [checkQueueOf(gateway), { setting: `${concurrency}/${maxPerSecond}`, start }];
    }),
  );
}

function checkWorkerOf(
  gateway: string,
  limits: { readonly concurrency: number; readonly maxPerSecond: number },
  ports: CheckPorts,
  { config, rateLimits, fault, now }: Parts,
): CheckWorkerOptions {
  const queue = checkQueueOf(gateway);
  const book = (count: number) => rateLimits.book(queue, count, limits.maxPerSecond);
  const limiter = new Limiter({ ...limits, book });
  const check = (urgency: Urgency) => (order: CheckOrder) =>
    limiter.run(urgency, () => checkConnection(order, gateway, ports), isObsolete);
  const inTurn = { now, wait, check: check('scheduled') };
  const membersOf = (slot: Slot) => config.slots().get(queue)?.get(slotIdOf(slot))?.members ?? [];
  return {
    queue,
    concurrency: limits.concurrency,
    check: check('asked'),
    checkSlot: (slot) => checkInTurn(ordersOf(slot, membersOf(slot)), inTurn),
    checkBatch: (orders) => checkInTurn(orders, inTurn),
    close: () => limiter.close(),
    onError: (error) => fault('a check job failed', error),
  };
}

/** Nothing was sent. Where a gateway can't keep up, several runs of a slot may wait, of which only the first has to ask. */
function isObsolete(ending: CheckEnding): boolean {
  return ending.kind === 'skipped' && ending.reason === 'obsolete';
}

function checkPorts(parts: Parts): CheckPorts {
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
    crowding: (gateway) => config.crowding(gateway),
    async probe(connection, fresh) {
      const { epoch, fingerprint } = identity.current();
      const { codes } = config.get().checks;
      let token: Secret | null = null;
      const issued = (it: Secret) => {
        token = it;
      };
      const ports = { ...probePorts, fingerprint, ...(connection.probe && { issued }) };
      return { observation: await probe(connection, codes, ports, fresh), epoch, token };
    },
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
      await parts.rateLimits.pause(queue, waitMs);
      parts.logger.warn(
        { gateway: connection.gateway, limited, waitMs },
        'a gateway is rate-limiting; its checks pause',
      );
    },
    observed: (check) => report(check, parts),
    askPermission(connection, call, token) {
      const { concurrency, codes } = config.get().checks;
      const most = Math.max(1, Math.floor(concurrency * SHARE_OF_PROBES));
      return parts.prober.probe(connection, call, token, { most, forbidden: codes.forbidden });
    },
    probed: (finished) => reportProbe(finished, parts),
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
    if (event.reason !== 'secret_changed' || !event.expiryOutdated) continue;
    const { declaredExpiry } = event;
    logger.warn(
      { ...about, declaredExpiry: declaredExpiry && iso(declaredExpiry) },
      'a secret was changed, but the config still declares the expiry of the one before',
    );
  }
}

/** An answer that proves nothing is told once, not every hour: a path that does not exist would never say more. */
function reportProbe(finished: FinishedProbe, { metrics, logger }: Parts): void {
  const { connection, call, answer, previous, reason, events } = finished;
  const { result, httpStatus, code } = answer;
  metrics.probeFinished(connection.gateway, result);
  const about = { connection: connection.id, tenant: connection.tenant, gateway: connection.gateway };
  const found = { ...about, call, result, httpStatus, code };
  logger.debug({ ...found, reason }, 'probed');
  for (const { from, to, denials } of events)
    logger.info({ ...found, from, to, denials }, 'the permission of a connection changed');
  if (reason === 'unknown' && previous?.result !== result)
    logger.warn(found, 'a permission probe proved nothing: see its result, and the path in the config');
}
