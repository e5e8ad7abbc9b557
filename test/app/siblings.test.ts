import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import { createSiblingChecks, type SiblingChecks } from '../../src/app/siblings.ts';
import { checkQueueOf } from '../../src/domain/schedule.ts';
import { KEY_PREFIX, KEYS } from '../../src/store/keys.ts';
import { eventOf, live, SECOND, seen, T0 } from '../domain/checks.ts';
import { recordOf, US } from '../helpers/fleet.ts';
import { configOf, processOf, type TestProcess } from '../helpers/parts.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';

const IDS = ['acme-0', 'acme-1', 'acme-2'];
const KEYS_OF = (id: string) => ({ id, region: 'us', clientId: `${id}-id`, clientSecret: `${id}-secret` });
const FLEET = [...IDS.map((id) => ({ ...KEYS_OF(id), tenant: 'Acme Corp' })), KEYS_OF('globex')];
/** `acme-0` worked a minute ago, and is refused now. */
const REFUSED = live([seen('valid', -60 * SECOND), seen('rejected', 0)]);

let server: TestRedis;
let monitor: TestProcess;
let queue: Queue;
let siblings: SiblingChecks;
let now: number;

beforeEach(async () => {
  server = await startTestRedis();
  now = T0;
  monitor = await processOf(server, await configOf({ connections: FLEET }), { now: () => now });
  queue = new Queue(checkQueueOf(US), { connection: server.client(), prefix: KEY_PREFIX });
  siblings = createSiblingChecks(monitor.parts);
  for (const id of ['acme-1', 'acme-2', 'globex']) await store(id, recordOf({ state: 'healthy' }));
  await store('acme-0', REFUSED.record);
});
afterEach(async () => {
  await queue.close();
  await monitor.close();
  await server.stop();
});

const store = (id: string, record: object) => server.client().hset(KEYS.records, id, JSON.stringify(record));

/** Whom the queue would have checked, as a worker would take them. */
async function asked(): Promise<string[]> {
  const jobs = await queue.getJobs(['prioritized', 'waiting']);
  for (const job of jobs) await job.remove();
  return jobs.map(({ data }) => String(data.id)).sort();
}

function refuse(): Promise<void> {
  const identity = { id: 'acme-0', tenant: 'Acme Corp', gateway: US, labels: {} };
  return siblings.begin(REFUSED.transitions.slice(-1).map((transition) => eventOf(transition, identity)));
}

describe('the other keys of a customer of which one was refused', () => {
  it('are checked at once, soon after and after each confirmDelay, as long as they are not refused themselves', async () => {
    await refuse();
    expect(await asked()).toEqual(['acme-1', 'acme-2']);
    await siblings.goOn();
    expect(await asked()).toEqual([]);
    now = T0 + 2 * SECOND;
    await siblings.goOn();
    expect(await asked()).toEqual(['acme-1', 'acme-2']);
    await store('acme-1', REFUSED.record);
    for (const after of [16, 31]) {
      now = T0 + after * SECOND;
      await siblings.goOn();
      expect(await asked()).toEqual(['acme-2']);
    }
    now = T0 + 59 * SECOND;
    await siblings.goOn();
    await refuse();
    expect(await asked()).toEqual([]);
  });

  it('are left alone once the refusal has proved to be a stray one', async () => {
    await refuse();
    await asked();
    await store('acme-0', recordOf({ state: 'healthy' }));
    for (const after of [2, 16, 31]) {
      now = T0 + after * SECOND;
      await siblings.goOn();
    }
    expect(await asked()).toEqual([]);
  });
});
