import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { wantedNotifyWorkers } from '../../src/app/notifying.ts';
import { deliveryOf } from '../../src/domain/delivery.ts';
import { decisionCommands } from '../../src/store/incidents.ts';
import type { RunningWorker } from '../../src/workers/worker-fleet.ts';
import { NOTIFICATION } from '../alerts/notifications.ts';
import { type Receiver, receive } from '../alerts/receiver.ts';
import { configOf, processOf, type TestProcess } from '../helpers/parts.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';

const MINUTE_MS = 60_000;
const RETRIED = 'a notification could not be delivered and is tried again';
const DELIVERED = 'a notification was delivered';

let server: TestRedis;
let receiver: Receiver;
let monitor: TestProcess;
let worker: RunningWorker;
/** How the receiver answers. */
let answer: { status: number; headers: Record<string, string> };

beforeEach(async () => {
  answer = { status: 503, headers: {} };
  server = await startTestRedis();
  receiver = await receive((_, response) => response.writeHead(answer.status, answer.headers).end());
  const channels = { soc: { type: 'webhook', url: receiver.origin } };
  monitor = await processOf(server, await configOf({ alerts: { channels }, connections: [] }));
  const wanted = (await wantedNotifyWorkers(monitor.parts)).get('soc');
  if (!wanted) throw new Error('the channel has no worker');
  worker = wanted.start();
});
afterEach(async () => {
  await worker.close();
  await monitor.close();
  await server.stop();
});

/** Hands a message over as the keeper does, and waits for what becomes of it. */
async function tell(incident: string, becomes: string): Promise<void> {
  const { lease, notifyQueues } = monitor.parts;
  const notification = { ...NOTIFICATION, incident, id: `${incident}-${monitor.lines.length}` };
  const notifications = [{ notification, channels: ['soc'] }];
  await lease.acquire();
  await lease.commit(decisionCommands({ incidents: [], notifications, ladders: new Map() }, 0, Date.now()));
  await notifyQueues.wake('soc', incident);
  await logged(becomes, notification.id);
}

function logged(sentence: string, notification: string): Promise<unknown> {
  return monitor.waitFor((line) => line.msg === sentence && line['notification'] === notification);
}

/** Has a message wait for minutes, as after many attempts, in a channel that has failed for a minute. */
async function tryForLong(incident: string): Promise<string> {
  const { outbox } = monitor.parts;
  const since = Date.now() - MINUTE_MS;
  await outbox.noteAttempt('soc', { ...NOTIFICATION, incident }, { count: 20, since });
  await tell(incident, RETRIED);
  const head = await outbox.head('soc', incident);
  if (head === null) throw new Error('nothing waits');
  const failed = { failure: 'unavailable', reason: 'the receiver answered HTTP 503' } as const;
  const note = deliveryOf(head.notification, 'retried', { at: since, since, attempts: 20 }, failed);
  await outbox.noteSuccess('soc');
  await outbox.noteFailure('soc', incident, head, note, { count: 20, since });
  return head.notification.id;
}

describe('a receiver that is back', () => {
  it('is sent at once what waited for minutes', async () => {
    const waiting = [await tryForLong('acme'), await tryForLong('globex')];
    answer.status = 200;
    await tell('initech', DELIVERED);
    for (const id of waiting) await logged(DELIVERED, id);
    expect(await monitor.parts.outbox.pending('soc')).toEqual([]);
    // Having been woken costs an incident none of its later messages.
    await tell('acme', DELIVERED);
  });

  it('is not sent before its time what it asked to be spared', async () => {
    const { notifyQueues, outbox } = monitor.parts;
    answer.headers = { 'retry-after': '1800' };
    await tell('globex', RETRIED);
    answer.headers = {};
    const waiting = await tryForLong('acme');
    answer.status = 200;
    await tell('initech', DELIVERED);
    await logged(DELIVERED, waiting);
    // Both were woken together.
    while ((await notifyQueues.counts('soc'))['delayed'] !== 1) await setImmediate();
    expect(await outbox.pending('soc')).toEqual(['globex']);
    expect(receiver.received.filter(({ body }) => JSON.parse(body).incident === 'globex')).toHaveLength(1);
  });
});
