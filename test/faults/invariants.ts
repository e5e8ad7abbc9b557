import { expect } from '@jest/globals';
import { ask, eventually, ready, type Shown, sampleOf, samples, shown } from '../e2e/world.ts';
import type { MonitorProcess } from '../helpers/monitor-process.ts';
import { type Levels, levelsOf } from './levels.ts';
import { IDS, type Story } from './story.ts';

/** A collector that has not run yet and a warmer cache are no leak; what piles up during a fault is more than this. */
const ROOM_BYTES = 64 * 2 ** 20;
/** Connections that are kept alive for a while. */
const ROOM_FILES = 12;

/** What must be known of each in the end, and nothing else: every state that was entered, in order. */
const HISTORIES: Readonly<Record<(typeof IDS)[number], readonly string[]>> = {
  'acme-siem': ['pending>healthy'],
  'globex-siem': ['pending>healthy', 'healthy>suspect', 'suspect>revoked', 'revoked>healthy'],
  'initech-siem': ['pending>healthy', 'healthy>suspect', 'suspect>revoked'],
};

/** What must have been told in the end; the order between the customers is open. */
const TOLD = ['globex-siem firing', 'globex-siem resolved', 'initech-siem firing'];

/** How ready and the metric of Redis show themselves, which must agree with each other and with the truth. */
export async function expectRedis(monitor: MonitorProcess, state: 'up' | 'down'): Promise<void> {
  await eventually(`readiness shows Redis ${state}`, async () => {
    const { status } = await ask(monitor, '/readyz');
    return (status === 200) === (state === 'up');
  });
  expect(sampleOf(await samples(monitor), 'mimecast_monitor_redis_up')).toBe(state === 'up' ? 1 : 0);
  expect((await ask(monitor, '/healthz')).status).toBe(200);
}

export interface EndOptions {
  /** Taken before the fault of the process that is looked at now. */
  readonly before?: Levels;
  /** A process that is killed between sending and noting it sends again, under the same id. */
  readonly mayRepeat?: boolean;
}

/**
 * After the fault: the story came to its one right end, as every side saw it, and goes on. No transition was lost or
 * doubled, nobody was refused who was not, everybody was told once, every connection is checked in its turn.
 */
export async function expectGoodEnd(
  { gateway, receiver }: Story,
  monitor: MonitorProcess,
  { before, mayRepeat = false }: EndOptions = {},
): Promise<void> {
  await ready(monitor);
  const asked = IDS.map((id) => gateway.exchanges(`${id}-id`));
  await becomesInItsTurn(monitor, 'globex-siem', 'healthy');
  await becomesInItsTurn(monitor, 'initech-siem', 'revoked');
  await receiver.waitFor((n) => n.connection?.id === 'globex-siem' && n.status === 'resolved');
  await receiver.waitFor((n) => n.connection?.id === 'initech-siem');
  // Two more turns of each prove its schedule, and give what would be told twice the time to come.
  await Promise.all(IDS.map((id, index) => gateway.waitForExchanges(`${id}-id`, (asked[index] ?? 0) + 2)));
  await shows(monitor, 'acme-siem', ({ state }) => state === 'healthy');
  for (const id of IDS) expect([id, await historyOf(monitor, id)]).toEqual([id, HISTORIES[id]]);

  const sent = receiver.received.map(({ notification }) => notification);
  const ids = sent.map(({ id }) => id);
  if (!mayRepeat) expect(ids).toEqual([...new Set(ids)]);
  const firsts = sent.filter(({ id }, index) => ids.indexOf(id) === index);
  expect(firsts.map(({ connection, status }) => `${connection?.id} ${status}`).sort()).toEqual(TOLD);
  await expectIncidents(monitor);
  await expectRedis(monitor, 'up');
  const all = await samples(monitor);
  const valid = (connection: string) => sampleOf(all, 'mimecast_credential_valid', { connection });
  expect(IDS.map(valid)).toEqual([1, 1, 0]);
  if (before) await expectLevels(monitor, before);
}

async function expectIncidents(monitor: MonitorProcess): Promise<void> {
  const { text } = await ask(monitor, '/api/v1/incidents?status=open');
  const { incidents } = JSON.parse(text) as {
    incidents: { kind: string; connection: { id: string } | null }[];
  };
  expect(incidents.map(({ kind, connection }) => `${kind} ${connection?.id}`)).toEqual([
    'credential_invalid initech-siem',
  ]);
}

/** What piled up during the fault is let go of soon after it. */
async function expectLevels(monitor: MonitorProcess, before: Levels): Promise<void> {
  await eventually('memory and descriptors are back at their level', async () => {
    const now = await levelsOf(monitor);
    return (
      now.residentBytes <= before.residentBytes + ROOM_BYTES && now.openFiles <= before.openFiles + ROOM_FILES
    );
  });
}

async function historyOf(monitor: MonitorProcess, id: string): Promise<readonly string[]> {
  const { text } = await ask(monitor, `/api/v1/connections/${id}`);
  const { history } = JSON.parse(text) as { history: { from: string; to: string }[] };
  return history.map(({ from, to }) => `${from}>${to}`).reverse();
}

function becomesInItsTurn(monitor: MonitorProcess, id: string, state: string): Promise<Shown> {
  return shows(monitor, id, (now) => now.state === state);
}

/** While a fault ends, the API may have nothing to show yet. */
function shows(monitor: MonitorProcess, id: string, fits: (now: Shown) => boolean): Promise<Shown> {
  return eventually(`${id} shows what is expected`, async () => {
    const { status } = await ask(monitor, `/api/v1/connections/${id}`);
    if (status !== 200) return false;
    const now = await shown(monitor, id);
    return fits(now) && now;
  });
}
