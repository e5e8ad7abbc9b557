import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { createKeeper } from '../../src/app/keeping.ts';
import type { Connection } from '../../src/domain/connection.ts';
import { slotIdOf, slotOf } from '../../src/domain/schedule.ts';
import type { Keeper } from '../../src/jobs/keeper.ts';
import { KEYS } from '../../src/store/keys.ts';
import { connectionOf } from '../helpers/fleet.ts';
import { configOf, processOf, type TestProcess } from '../helpers/parts.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';

const FLEET = Array.from({ length: 10_000 }, (_, index) => connectionOf(`acme-${index}`));
/** Every connection, and every slot. */
const ID = /\b(?:acme|globex)-\d+\b|\bslot-\d+-\d+\b/g;
const SLOTS = new Set(FLEET.map((connection) => slotIdOf(slotOf(connection))));
/** One that falls due together with others, and one that has a tenth of a second for itself. */
const SHARING = newcomer(true);
const ALONE = newcomer(false);

function newcomer(isSharing: boolean): Connection {
  for (let index = 0; ; index++) {
    const connection = connectionOf(`globex-${index}`);
    if (SLOTS.has(slotIdOf(slotOf(connection))) === isSharing) return connection;
  }
}

let server: TestRedis;
let redis: Redis;
let monitor: TestProcess;
let keeper: Keeper;

beforeEach(async () => {
  server = await startTestRedis();
  redis = server.client();
  monitor = await processOf(server, { ...(await configOf({})), connections: FLEET });
  keeper = createKeeper(monitor.parts);
  keeper.start();
  await monitor.waitFor(isReconciled);
});
afterEach(async () => {
  await keeper.stop();
  await monitor.close();
  await server.stop();
});

const isReconciled = ({ msg }: { readonly msg: string }) => msg === 'reconciled the fleet with the config';

/**
 * Every write that Redis carries out from now on, those of scripts too, by the connections and slots it names. On a
 * socket of its
 * own, since ioredis takes a line that comes together with the answer to MONITOR for a reply, and gives up.
 */
async function recordWrites(): Promise<{ written: Map<string, string[]>; stop: () => Promise<void> }> {
  const writing = await writeCommands();
  const written = new Map<string, string[]>();
  const socket = connect(server.socketPath);
  const lines = createInterface({ input: socket });
  const heard = (text: string) =>
    new Promise<void>((resolve) => {
      lines.on('line', (line) => {
        if (line.includes(text)) resolve();
      });
    });
  lines.on('line', (line) => {
    const command = /^\+[\d.]+ \[[^\]]*\] "([^"]+)"/.exec(line)?.[1]?.toLowerCase() ?? '';
    if (!writing.has(command)) return;
    for (const [id] of line.matchAll(ID)) written.set(id, [...(written.get(id) ?? []), command]);
  });
  const begun = heard('+OK');
  socket.write('MONITOR\r\n');
  await begun;
  return {
    written,
    async stop() {
      const last = heard('no more');
      await redis.echo('no more');
      await last;
      socket.destroy();
    },
  };
}

async function writeCommands(): Promise<ReadonlySet<string>> {
  const all = (await redis.call('COMMAND')) as [name: string, arity: number, flags: string[]][];
  return new Set(all.filter(([, , flags]) => flags.includes('write')).map(([name]) => name));
}

/** Puts another fleet in force; what the keeper did for it, and what was written of whom. */
async function follow(connections: readonly Connection[]) {
  const writes = await recordWrites();
  const known = monitor.lines.length;
  const { parts } = monitor;
  parts.config.replace({ ...parts.config.get(), connections });
  keeper.configChanged();
  const summary = await monitor.waitFor((line) => isReconciled(line) && monitor.lines.indexOf(line) >= known);
  await writes.stop();
  return { summary, written: [...writes.written.keys()].toSorted() };
}

describe('a connection that is added to ten thousand', () => {
  it('is the only one of which anything is written', async () => {
    expect(await redis.hlen(KEYS.records)).toBe(FLEET.length);
    const { summary, written } = await follow([...FLEET, SHARING]);
    expect(summary).toMatchObject({ created: 1, updated: 0, removed: 0, scheduled: {}, unscheduled: 0 });
    expect(written).toEqual([SHARING.id]);
  });

  it('has one schedule made where no other falls due with it', async () => {
    const { summary, written } = await follow([...FLEET, ALONE]);
    expect(summary).toMatchObject({ created: 1, updated: 0, scheduled: { missing: 1 }, unscheduled: 0 });
    expect(written).toEqual([ALONE.id, slotIdOf(slotOf(ALONE))]);
  });
});

describe('a connection that is taken away from ten thousand', () => {
  it('goes without a word about the others, and leaves those their schedule who fall due with it', async () => {
    const going = FLEET.find((connection) => together(connection).length > 1);
    const { summary, written } = await follow(FLEET.filter((connection) => connection !== going));
    expect(summary).toMatchObject({ created: 0, removed: 1, scheduled: {}, unscheduled: 0 });
    expect(written).toEqual([going?.id]);
  });

  it('takes the schedule along where no other falls due with it', async () => {
    const going = FLEET.find((connection) => together(connection).length === 1);
    const { summary, written } = await follow(FLEET.filter((connection) => connection !== going));
    expect(summary).toMatchObject({ created: 0, removed: 1, scheduled: {}, unscheduled: 1 });
    expect(written).toEqual(going && [going.id, slotIdOf(slotOf(going))]);
  });
});

/** All of the fleet that fall due in the same tenth of a second. */
function together(connection: Connection): readonly Connection[] {
  const { index } = slotOf(connection);
  return FLEET.filter((other) => slotOf(other).index === index);
}
