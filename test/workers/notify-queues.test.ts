import { EventEmitter, once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { SendResult } from '../../src/domain/channel.ts';
import { deliveryOf } from '../../src/domain/delivery.ts';
import { type DrainEnding, drainChannel } from '../../src/jobs/drain-channel.ts';
import { decisionCommands } from '../../src/store/incidents.ts';
import { KEY_PREFIX } from '../../src/store/keys.ts';
import { createOutbox, type Outbox } from '../../src/store/outbox.ts';
import { NotifyQueues } from '../../src/workers/notify-queues.ts';
import { startNotifyWorker } from '../../src/workers/notify-worker.ts';
import { NOTIFICATION } from '../alerts/notifications.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';

const MINUTE_MS = 60_000;
const DELIVERED: SendResult = { kind: 'delivered', receipt: { protocol: 'http', status: 200, ids: {} } };
const DOWN = { failure: 'unavailable', reason: 'the receiver answered HTTP 503', receipt: null } as const;

let server: TestRedis;
let redis: Redis;
let queues: NotifyQueues;
let outbox: Outbox;
let worker: Worker;
/** What the receiver answers; while it is away, 503. */
let away = true;
let asksForMs: number | null = null;
/** Emits the name of an incident with how its drain ended. */
const drained = new EventEmitter<Record<string, [DrainEnding]>>();
const errors: Error[] = [];

beforeEach(async () => {
  server = await startTestRedis();
  redis = server.client();
  errors.length = 0;
  away = true;
  asksForMs = null;
  const base = { connection: redis, prefix: KEY_PREFIX };
  const onError = (error: Error) => errors.push(error);
  queues = new NotifyQueues(base, onError);
  outbox = createOutbox(redis);
  const ports = {
    ...outbox,
    now: Date.now,
    random: () => 0,
    wakeWaiting: (channel: string) => queues.wakeWaiting(channel),
    send: async (): Promise<SendResult> =>
      away ? { kind: 'transient', ...DOWN, retryAfterMs: asksForMs } : DELIVERED,
    observed: () => undefined,
  };
  const drain = async (incident: string) => {
    const ending = await drainChannel('soc', incident, ports);
    drained.emit(incident, ending);
    return ending;
  };
  worker = startNotifyWorker(base, { channel: 'soc', drain, onError });
});
afterEach(async () => {
  await worker.close();
  await queues.close();
  await server.stop();
  expect(errors).toEqual([]);
});

/** Hands a message over as the keeper does and wakes its drain; resolves with how that ends. */
async function tell(incident: string): Promise<DrainEnding> {
  const notifications = [
    { notification: { ...NOTIFICATION, incident, id: `${incident}-1` }, channels: ['soc'] },
  ];
  const commands = decisionCommands({ incidents: [], notifications, ladders: new Map() }, 0, Date.now());
  for (const [name, ...args] of commands) await redis.call(name, ...args.map(String));
  const ended = once(drained, incident);
  await queues.wake('soc', incident);
  const [ending] = (await ended) as [DrainEnding];
  return ending;
}

/** Has a message wait for minutes, as after many attempts, in a channel that has failed for some time. */
async function tryForLong(incident: string): Promise<void> {
  const since = Date.now() - 10 * MINUTE_MS;
  await outbox.noteAttempt('soc', { ...NOTIFICATION, incident }, { count: 20, since });
  const ending = await tell(incident);
  expect(ending.kind === 'wait' && ending.at - Date.now()).toBeGreaterThan(4 * MINUTE_MS);
}

/** Has the channel fail since then, with the message of one incident. */
async function failSince(at: number, incident: string): Promise<void> {
  const head = await outbox.head('soc', incident);
  if (head === null) throw new Error('nothing waits');
  const failed = deliveryOf(NOTIFICATION, 'retried', { at, since: at, attempts: 1 }, DOWN);
  await outbox.noteSuccess('soc');
  await outbox.noteFailure('soc', incident, head, failed, { count: 20, since: at });
}

describe('a receiver that is back', () => {
  it('is sent at once what waited, also what waited for minutes', async () => {
    await tryForLong('acme');
    await tryForLong('globex');
    await failSince(Date.now() - MINUTE_MS, 'acme');
    away = false;
    const ended = ['acme', 'globex'].map((incident) => once(drained, incident));
    expect(await tell('initech')).toEqual({ kind: 'empty' });
    expect((await Promise.all(ended)).flat()).toEqual([{ kind: 'empty' }, { kind: 'empty' }]);
    expect(await outbox.pending('soc')).toEqual([]);
    // Having been woken costs an incident none of its later messages.
    expect(await tell('acme')).toEqual({ kind: 'empty' });
  });

  it('is not sent before its time what it asked to be spared', async () => {
    asksForMs = 30 * MINUTE_MS;
    const bound = await tell('globex');
    asksForMs = null;
    await tryForLong('acme');
    await failSince(Date.now() - MINUTE_MS, 'acme');
    away = false;
    const ended = once(drained, 'globex');
    await tell('initech');
    expect(await ended).toEqual([bound]);
    expect(bound.kind).toBe('wait');
  });
});
