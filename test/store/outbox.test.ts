import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import type { Delivery } from '../../src/domain/delivery.ts';
import type { Notification } from '../../src/domain/notification.ts';
import { decisionCommands } from '../../src/store/incidents.ts';
import { KEYS } from '../../src/store/keys.ts';
import { createOutbox, type Outbox, type OutboxHead } from '../../src/store/outbox.ts';
import { NOTIFICATION } from '../alerts/notifications.ts';
import { connectionOf, incidentOf, NEW_YEAR } from '../helpers/fleet.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';

const DAY = 86_400_000;

let server: TestRedis;
let redis: Redis;
let outbox: Outbox;

beforeAll(async () => {
  server = await startTestRedis();
  redis = server.client();
  outbox = createOutbox(redis);
});
beforeEach(() => server.flush());
afterAll(() => server.stop());

/** Hands messages over as the keeper does. */
async function handOver(channels: readonly string[], ...messages: readonly Notification[]): Promise<void> {
  const notifications = messages.map((notification) => ({ notification, channels }));
  const commands = decisionCommands({ incidents: [], notifications, ladders: new Map() }, 0, NEW_YEAR);
  for (const [name, ...args] of commands) await redis.call(name, ...args.map(String));
}

function message(incident: string, sequence = 1): Notification {
  return { ...NOTIFICATION, incident, id: `${incident}-${sequence}` };
}

async function headOf(channel: string, incident: string): Promise<OutboxHead> {
  const head = await outbox.head(channel, incident);
  if (head === null) throw new Error('nothing waits');
  return head;
}

function ending(result: Delivery['result'], more: Partial<Delivery> = {}): Delivery {
  const tried = { notification: 'i-1', at: NEW_YEAR + 17, since: NEW_YEAR + 3, attempts: 2 };
  return { result, ...tried, failure: null, reason: null, ...more };
}

const DOWN = { failure: 'unavailable', reason: 'the receiver answered HTTP 503' } as const;
const GONE = { failure: 'refused', reason: 'the receiver answered HTTP 410' } as const;

async function settle(channel: string, incident: string, how: Delivery): Promise<boolean> {
  return outbox.settle(channel, incident, await headOf(channel, incident), how);
}

async function fail(channel: string, incident: string, head: OutboxHead, how: Delivery): Promise<void> {
  await outbox.noteFailure(channel, incident, head, how, {
    count: 1,
    since: NEW_YEAR,
    notBefore: NEW_YEAR + 9,
  });
}

describe('what became of messages', () => {
  it('is told channel by channel: delivered, waiting, given up', async () => {
    await handOver(['soc', 'pager', 'mail', 'log'], message('i'));
    await settle('soc', 'i', ending('delivered'));
    await fail('pager', 'i', await headOf('pager', 'i'), ending('retried', DOWN));
    await settle('mail', 'i', ending('given_up', GONE));
    const found = (await outbox.deliveries(['i', 'unheard of'])).get('i') ?? [];
    expect(found.toSorted((a, b) => a.channel.localeCompare(b.channel))).toEqual([
      { channel: 'log', last: null, waits: true },
      { channel: 'mail', last: ending('given_up', GONE), waits: false },
      { channel: 'pager', last: ending('retried', DOWN), waits: true },
      { channel: 'soc', last: ending('delivered'), waits: false },
    ]);
    expect((await outbox.deliveries(['unheard of'])).size).toBe(0);
    expect(await outbox.deliveries([])).toEqual(new Map());
  });

  it('is that of the last one, which waits while anything before it does', async () => {
    await handOver(['soc'], message('i', 1), message('i', 2));
    await settle('soc', 'i', ending('delivered'));
    const [first] = (await outbox.deliveries(['i'])).get('i') ?? [];
    expect(first).toEqual({ channel: 'soc', last: ending('delivered'), waits: true });
    await settle('soc', 'i', ending('delivered', { notification: 'i-2' }));
    const [second] = (await outbox.deliveries(['i'])).get('i') ?? [];
    expect(second).toMatchObject({ last: { notification: 'i-2' }, waits: false });
  });

  it('is not overwritten by who dealt with a message that somebody else took off', async () => {
    await handOver(['soc'], message('i'));
    const head = await headOf('soc', 'i');
    expect(await outbox.settle('soc', 'i', head, ending('delivered'))).toBe(true);
    expect(await outbox.settle('soc', 'i', head, ending('given_up', GONE))).toBe(false);
    await fail('soc', 'i', head, ending('retried', DOWN));
    const [found] = (await outbox.deliveries(['i'])).get('i') ?? [];
    expect(found).toEqual({ channel: 'soc', last: ending('delivered'), waits: false });
    await handOver(['soc'], message('i', 2));
    expect((await headOf('soc', 'i')).attempts).toBeNull();
  });

  it('keeps with the message until when the receiver asked to be spared it', async () => {
    await handOver(['soc'], message('i'));
    await fail('soc', 'i', await headOf('soc', 'i'), ending('retried', DOWN));
    const { attempts } = await headOf('soc', 'i');
    expect(attempts).toEqual({ count: 1, since: NEW_YEAR, notBefore: NEW_YEAR + 9 });
  });

  it('counts for the channel, too, and a success ends its failing', async () => {
    await handOver(['soc'], message('i'));
    const head = await headOf('soc', 'i');
    await fail('soc', 'i', head, ending('retried', { ...DOWN, at: NEW_YEAR }));
    await fail('soc', 'i', head, ending('retried', GONE));
    expect(await outbox.failing()).toEqual([
      { channel: 'soc', since: NEW_YEAR, failures: 2, reason: GONE.reason },
    ]);
    expect(await outbox.noteSuccess('soc')).toBe(NEW_YEAR);
    expect(await outbox.failing()).toEqual([]);
    expect(await outbox.noteSuccess('soc')).toBeNull();
  });

  it('is forgotten when the incident is, ninety days later, but not while that is open', async () => {
    const open = incidentOf(connectionOf('globex'));
    await redis.hset(KEYS.incidents, open.id, JSON.stringify(open));
    for (const id of ['old', open.id, 'new']) await handOver(['soc'], message(id));
    await settle('soc', 'old', ending('delivered', { at: NEW_YEAR }));
    await settle('soc', open.id, ending('delivered', { at: NEW_YEAR }));
    expect([...(await outbox.deliveries(['old', open.id])).keys()]).toEqual(['old', open.id]);
    await settle('soc', 'new', ending('delivered', { at: NEW_YEAR + 90 * DAY }));
    expect([...(await outbox.deliveries(['old', open.id, 'new'])).keys()]).toEqual([open.id, 'new']);
    expect(await redis.zcard(KEYS.deliveryTimes)).toBe(2);
    await redis.hdel(KEYS.incidents, open.id);
    await handOver(['soc'], message('later'));
    await settle('soc', 'later', ending('delivered', { at: NEW_YEAR + 181 * DAY }));
    expect(await redis.hkeys(KEYS.deliveries)).toEqual(['later']);
  });

  it('of ten thousand incidents is a handful of commands', async () => {
    const ids = Array.from({ length: 10_000 }, (_, index) => `i-${index}`);
    await redis.sadd(KEYS.channels, 'soc', 'pager');
    await redis.hset(
      KEYS.deliveries,
      new Map(ids.map((id) => [id, JSON.stringify({ soc: JSON.stringify(ending('delivered')) })])),
    );
    const before = await commandsOf();
    const found = await outbox.deliveries(ids);
    const asked = (await commandsOf()) - before;
    expect(found.size).toBe(10_000);
    expect(asked).toBeLessThan(20);
  });
});

async function commandsOf(): Promise<number> {
  return Number(/total_commands_processed:(\d+)/.exec(await redis.info('stats'))?.[1]);
}
