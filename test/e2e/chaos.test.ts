import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { decide } from '../../src/domain/decide.ts';
import type { StateEvent } from '../../src/domain/event.ts';
import type { Incident } from '../../src/domain/incident.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { historyKey, KEYS } from '../../src/store/keys.ts';
import { type ConfigFolder, makeConfigFolder } from '../helpers/config-file.ts';
import { type MonitorProcess, startMonitor } from '../helpers/monitor-process.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';
import { startWebhookReceiver, type WebhookReceiver } from '../helpers/webhook-receiver.ts';

const CONNECTIONS = Array.from({ length: 12 }, (_, index) => `acme-${index}`);
const KILLS = 20;
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

  it(`lose no transition and double no incident over ${KILLS} random SIGKILLs (CHAOS_SEED=${SEED})`, async () => {
    const random = mulberry32(SEED);
    const start = () => startMonitor(['--config', config.path, '--listen', '127.0.0.1:0']);
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

    const expected = await replay(client);
    const stored = await storedIncidents(client);
    expect(stored).toEqual(expected.incidents);
    expect(expected.incidents.length).toBeGreaterThan(0);

    // A message may come twice (its id tells), but none is missing and none is out of its incident's order.
    const heard = new Map<string, string[]>();
    for (const { notification } of receiver.received) {
      const ids = heard.get(notification.incident) ?? [];
      if (!ids.includes(notification.id)) heard.set(notification.incident, [...ids, notification.id]);
    }
    expect(Object.fromEntries(heard)).toEqual(expected.notifications);
    const open = await client.hlen(KEYS.incidents);
    expect(open).toBe(0);
  }, 240_000);
});

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
    alerts: { channels: { soc: { type: 'webhook', url: receiver.url } } },
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
    return events === 0 && pending.length === 0;
  });
}

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await delay(100);
}

/**
 * What must have come of the transitions: they were appended in the same script as the records, so they are the
 * truth. Deciding on each connection's alone gives the same as deciding on all, since incidents are per connection.
 */
async function replay(client: Redis) {
  const epoch = (await client.get(KEYS.epoch)) ?? '';
  const policy = {
    epoch,
    routes: [],
    channels: ['soc'],
    scoped: new Set<string>(),
    issuing: new Set<string>(),
    historyLoss: null,
  };
  const incidents: string[] = [];
  const notifications: Record<string, string[]> = {};
  for (const id of CONNECTIONS) {
    const texts = await client.lrange(historyKey(id), 0, -1);
    const events = texts.map((text) => JSON.parse(text) as StateEvent).reverse();
    expect(events.length).toBeLessThan(100);
    expectUnbroken(events);
    const decision = decide(events, [], policy, Date.now());
    incidents.push(...decision.incidents.map(outline));
    for (const { notification } of decision.notifications) {
      const ids = notifications[notification.incident] ?? [];
      notifications[notification.incident] = [...ids, notification.id];
    }
  }
  return { incidents: incidents.sort(), notifications };
}

/** Each change starts from where the one before it ended: none was lost. */
function expectUnbroken(events: readonly StateEvent[]): void {
  for (const [index, event] of events.entries()) {
    const before = events[index - 1];
    if (before) expect(event.from).toBe(before.to);
  }
}

async function storedIncidents(client: Redis): Promise<string[]> {
  const open = await client.hvals(KEYS.incidents);
  const past = await client.zrange(KEYS.pastIncidents, 0, '-1');
  return [...open, ...past].map((text) => outline(JSON.parse(text) as Incident)).sort();
}

function outline({ id, cause, sequence, startedAt, resolvedAt, resolution }: Incident): string {
  return JSON.stringify({ id, cause, sequence, startedAt, resolvedAt, resolution });
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
