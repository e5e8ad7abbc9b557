import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { createKeeper } from '../../src/app/keeping.ts';
import type { Keeper } from '../../src/jobs/keeper.ts';
import { KEYS } from '../../src/store/keys.ts';
import { connectionOf } from '../helpers/fleet.ts';
import { configOf, processOf, type TestProcess } from '../helpers/parts.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';

const FLEET = Array.from({ length: 10_000 }, (_, index) => connectionOf(`acme-${index}`));
const ID = /\b(?:acme|globex)-\d+\b/g;

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

/** Every write that Redis carries out from now on, those of scripts too, by the connections it names. */
async function recordWrites(): Promise<{ written: Map<string, string[]>; stop: () => Promise<void> }> {
  const writing = await writeCommands();
  const written = new Map<string, string[]>();
  const watcher = await redis.monitor();
  let heardLast = () => {};
  watcher.on('monitor', (_time: string, [command = '', ...args]: string[]) => {
    if (command.toLowerCase() === 'echo') heardLast();
    if (!writing.has(command.toLowerCase())) return;
    for (const [id] of args.join(' ').matchAll(ID)) written.set(id, [...(written.get(id) ?? []), command]);
  });
  return {
    written,
    async stop() {
      const last = new Promise<void>((resolve) => {
        heardLast = resolve;
      });
      await redis.echo('no more');
      await last;
      watcher.disconnect();
    },
  };
}

async function writeCommands(): Promise<ReadonlySet<string>> {
  const all = (await redis.call('COMMAND')) as [name: string, arity: number, flags: string[]][];
  return new Set(all.filter(([, , flags]) => flags.includes('write')).map(([name]) => name));
}

describe('a connection that is added to ten thousand', () => {
  it('is the only one of which anything is written, and one schedule is made', async () => {
    expect(await redis.hlen(KEYS.records)).toBe(FLEET.length);
    const writes = await recordWrites();
    const known = monitor.lines.length;
    const { parts } = monitor;
    parts.config.replace({ ...parts.config.get(), connections: [...FLEET, connectionOf('globex-0')] });
    keeper.configChanged();
    const summary = await monitor.waitFor(
      (line) => isReconciled(line) && monitor.lines.indexOf(line) >= known,
    );
    await writes.stop();
    expect(summary).toMatchObject({
      created: 1,
      updated: 0,
      removed: 0,
      scheduled: { new: 1 },
      unscheduled: 0,
    });
    expect([...writes.written.keys()]).toEqual(['globex-0']);
    expect(writes.written.get('globex-0')?.length).toBeGreaterThan(2);
  });

  it('is taken away again without a word about the others', async () => {
    const writes = await recordWrites();
    const known = monitor.lines.length;
    const { parts } = monitor;
    parts.config.replace({ ...parts.config.get(), connections: FLEET.slice(1) });
    keeper.configChanged();
    const summary = await monitor.waitFor(
      (line) => isReconciled(line) && monitor.lines.indexOf(line) >= known,
    );
    await writes.stop();
    expect(summary).toMatchObject({ created: 0, removed: 1, scheduled: {}, unscheduled: 1 });
    expect([...writes.written.keys()]).toEqual(['acme-0']);
  });
});
