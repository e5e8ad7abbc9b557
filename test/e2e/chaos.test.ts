import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import type { StateEvent } from '../../src/domain/event.ts';
import type { Incident } from '../../src/domain/incident.ts';
import { IncidentBook } from '../../src/domain/incident-book.ts';
import type { Notification } from '../../src/domain/notification.ts';
import { track } from '../../src/domain/track.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { historyKey, KEYS } from '../../src/store/keys.ts';
import { type ConfigFolder, makeConfigFolder } from '../helpers/config-file.ts';
import { type MonitorProcess, startMonitor } from '../helpers/monitor-process.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../helpers/webhook-receiver.ts';

const CONNECTIONS = Array.from({ length: 12 }, (_, index) => `acme-${index}`);
/** `npm run test:kill` asks for more. */
const KILLS = Number(process.env['CHAOS_KILLS'] ?? 20);
const PROCESSES = 2;

/** Seeded, so that a failing run can be repeated: the seed stands in the test's name. */
const SEED = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000);

describe('processes that are killed at any instant', () => {
  let redis: TestRedis;
  let client: Redis;
  let gateway: Simulator;
  let receiver: WebhookReceiver;
  let config: ConfigFolder;
  const monitors: MonitorProcess[] = [];

  beforeEach(async () => {
    redis = await startTestRedis();
    client = redis.client();
    gateway = await startSimulator({
      keys: CONNECTIONS.map((id) => ({ clientId: `${id}-id`, clientSecret: `${id}-secret` })),
    });
    receiver = await startWebhookReceiver();
    config = await makeConfigFolder(configOf(gateway, receiver, redis));
  });

  afterEach(async () => {
    for (const monitor of monitors.splice(0)) {
      monitor.signal('SIGKILL');
      await monitor.ended();
    }
    await Promise.all([gateway.close(), receiver.close(), config.remove()]);
    await redis.stop();
  });

  it(
    `lose no transition and double no incident over ${KILLS} random SIGKILLs (CHAOS_SEED=${SEED})`,
    async () => {
      const random = mulberry32(SEED);
      const all: MonitorProcess[] = [];
      const start = async () => {
        const monitor = await startMonitor(['--config', config.path, '--listen', '127.0.0.1:0']);
        all.push(monitor);
        return monitor;
      };
      for (let index = 0; index < PROCESSES; index++) monitors.push(await start());
      await everyConnectionIs('healthy', client);

      for (let kill = 0; kill < KILLS; kill++) {
        stir(gateway, random);
        await delay(random() * 2_500);
        const victim = Math.floor(random() * PROCESSES);
        monitors[victim]?.signal('SIGKILL');
        await monitors[victim]?.ended();
        monitors[victim] = await start();
      }
      gateway.setBehaviour('*', { kind: 'normal' });
      for (const id of CONNECTIONS) gateway.setBehaviour(`${id}-id`, { kind: 'normal' });
      await everyConnectionIs('healthy', client);
      await untilQuiet(client);

      const stored = await storedIncidents(client);
      const troubles = stored.filter((incident) => incident.connection !== null);
      const expected = await replay(client);
      expect(troubles.map(outline).sort()).toEqual(expected.map(outline).sort());
      expect(expected.length).toBeGreaterThan(0);
      expectEachWasTold(stored, heardBy(receiver), supersededBy(all));
      expect(await client.hlen(KEYS.incidents)).toBe(0);
    },
    120_000 + KILLS * 8_000,
  );
});

/** What the receiver was told of each incident, in order; a message that came twice (its id tells) counts once. */
function heardBy(receiver: WebhookReceiver): ReadonlyMap<string, readonly Notification[]> {
  const heard = new Map<string, Notification[]>();
  for (const { notification } of receiver.received) {
    const known = heard.get(notification.incident) ?? [];
    if (known.some(({ id }) => id === notification.id)) continue;
    heard.set(notification.incident, [...known, notification]);
  }
  return heard;
}

/** Incidents that ended before anybody had heard of them, as the processes said. */
function supersededBy(processes: readonly MonitorProcess[]): ReadonlySet<string> {
  const lines = processes.flatMap((monitor) => monitor.lines);
  const superseded = lines.filter(({ msg }) => msg === 'a notification was superseded before it was sent');
  return new Set(superseded.map((line) => String(line['incident'])));
}

/** Every incident that was to be told was told from its beginning to its end, and no other. */
function expectEachWasTold(
  stored: readonly Incident[],
  heard: ReadonlyMap<string, readonly Notification[]>,
  superseded: ReadonlySet<string>,
): void {
  const known = new Map(stored.map((incident) => [incident.id, incident]));
  for (const [id, notifications] of heard) {
    expect(known.has(id)).toBe(true);
    const sequence = notifications.map((one) => Number(one.id.slice(id.length + 1)));
    expect(sequence).toEqual([...sequence].sort((x, y) => x - y));
    expect(notifications.map(({ status }) => status)).toEqual([
      ...Array(notifications.length - 1).fill('firing'),
      'resolved',
    ]);
  }
  for (const { id, notice, group } of stored) {
    const own = notice.toldAt !== null && group === null;
    if (own && !superseded.has(id)) expect([id, heard.has(id)]).toEqual([id, true]);
    if (!own) expect([id, heard.has(id)]).toEqual([id, false]);
    if (group !== null) expect(known.has(group)).toBe(true);
  }
}

/** Gives a few connections another fate, so that kills fall into confirmations, recoveries and deliveries. */
function stir(gateway: Simulator, random: () => number): void {
  for (const id of CONNECTIONS) {
    const dice = random();
    if (dice < 0.25) gateway.setBehaviour(`${id}-id`, { kind: 'revoked' });
    else if (dice < 0.4) gateway.setBehaviour(`${id}-id`, { kind: 'normal' });
    else if (dice < 0.45) gateway.setBehaviour(`${id}-id`, { kind: 'forbidden' });
    else if (dice < 0.5) gateway.setBehaviour(`${id}-id`, { kind: 'status', status: 503 });
  }
}

function configOf(gateway: Simulator, receiver: WebhookReceiver, redis: TestRedis): object {
  return {
    version: 1,
    checks: { interval: '5s', timeout: '2s', confirmations: 2, confirmDelay: '500ms' },
    // Masses are told of as one; here each is to be told of.
    alerts: { channels: { soc: { type: 'webhook', url: receiver.url } }, massRejection: { atLeast: 1_000 } },
    redis: { url: `unix://${redis.socketPath}` },
    connections: CONNECTIONS.map((id) => ({
      id,
      baseUrl: gateway.origin,
      clientId: `${id}-id`,
      clientSecret: `${id}-secret`,
    })),
  };
}

async function everyConnectionIs(state: string, client: Redis): Promise<void> {
  await eventually(async () => {
    const records = await client.hvals(KEYS.records);
    const states = records.map((text) => (JSON.parse(text) as { state: string }).state);
    return states.length === CONNECTIONS.length && states.every((one) => one === state);
  });
}

/** Every event is decided on and every message is off its list. */
async function untilQuiet(client: Redis): Promise<void> {
  await eventually(async () => {
    const events = await client.llen(KEYS.events);
    const pending = await client.keys('mcm:{monitor}:pending:*');
    return events === 0 && pending.length === 0 && (await client.hlen(KEYS.incidents)) === 0;
  });
}

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(100);
}

/**
 * What must have come of the transitions: they were appended in the same script as the records, so they are the
 * truth. Following each connection's alone gives the same as following all, since incidents are per connection.
 */
async function replay(client: Redis): Promise<readonly Incident[]> {
  const epoch = (await client.get(KEYS.epoch)) ?? '';
  const policy = { epoch, issuing: new Set<string>(), historyLoss: null };
  const incidents: Incident[] = [];
  for (const id of CONNECTIONS) {
    const texts = await client.lrange(historyKey(id), 0, -1);
    const events = texts.map((text) => JSON.parse(text) as StateEvent).reverse();
    expect(events.length).toBeLessThan(100);
    expectUnbroken(events);
    const book = new IncidentBook([]);
    for (const event of events) track(event, book, policy, Date.now());
    incidents.push(...book.changed());
  }
  return incidents;
}

/** Each change starts from where the one before it ended: none was lost. */
function expectUnbroken(events: readonly StateEvent[]): void {
  for (const [index, event] of events.entries()) {
    const before = events[index - 1];
    if (before) expect(event.from).toBe(before.to);
  }
}

async function storedIncidents(client: Redis): Promise<Incident[]> {
  const open = await client.hvals(KEYS.incidents);
  const past = await client.zrange(KEYS.pastIncidents, 0, '-1');
  return [...open, ...past].map((text) => JSON.parse(text) as Incident);
}

function outline({ id, cause, startedAt, resolvedAt, resolution }: Incident): string {
  return JSON.stringify({ id, cause, startedAt, resolvedAt, resolution });
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
