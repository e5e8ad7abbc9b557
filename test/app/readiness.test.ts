import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { request } from 'undici';
import { startHeartbeat } from '../../src/app/heartbeat.ts';
import { serveHttp } from '../../src/app/http.ts';
import { createKeeper } from '../../src/app/keeping.ts';
import { Reloader } from '../../src/app/reloading.ts';
import type { Role } from '../../src/app.ts';
import type { Config } from '../../src/config/config.ts';
import { KEYS } from '../../src/store/keys.ts';
import { Cleanup } from '../e2e/world.ts';
import { configOf, processOf, type TestProcess } from '../helpers/parts.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';

const cleanup = new Cleanup();
let server: TestRedis;
let config: Config;

beforeEach(async () => {
  server = cleanup.add(await startTestRedis(), (it) => it.stop());
  config = await configOf({ connections: [] });
});
afterEach(async () => {
  process.kill(server.pid, 'SIGCONT');
  await cleanup.run();
});

interface Served extends TestProcess {
  readonly becomeKeeper: () => Promise<void>;
  /** What `/readyz` answers: its status, and what is missing. */
  readonly ready: () => Promise<{ status: number; missing: readonly string[] }>;
}

/** The HTTP side of a process, its heartbeat, and a keeper that can begin, and ends no pass before `reconciling`. */
async function serve(role: Role, reconciling: Promise<void> = Promise.resolve()): Promise<Served> {
  const monitor = cleanup.add(await processOf(server, config), (it) => it.close());
  const { parts, registry } = monitor;
  const expiredTombstones = (now: number) => reconciling.then(() => parts.fleet.expiredTombstones(now));
  const keeper =
    role === 'all' ? createKeeper({ ...parts, fleet: { ...parts.fleet, expiredTombstones } }) : null;
  const nothing = async () => undefined;
  const reloader = new Reloader({
    parts,
    load: async () => config,
    apply: nothing,
    changed: () => undefined,
    watch: { update: () => undefined, add: () => undefined },
  });
  const heartbeat = startHeartbeat(parts, { status: () => reloader.status(), afterwards: nothing });
  cleanup.add(heartbeat, (it) => it.stop());
  const listen = { host: '127.0.0.1', port: 0 };
  const http = await serveHttp({ parts, keeper, reloader, heartbeat, registry, role, listen });
  cleanup.add(http, (it) => it.close());
  return {
    ...monitor,
    async becomeKeeper() {
      keeper?.start();
      cleanup.add(keeper, (it) => it?.stop());
      await monitor.waitFor(({ msg }) => msg === 'reconciled the fleet with the config');
    },
    async ready() {
      // Two seconds are meant; no prober is patient for long.
      const answer = await request(`${http.url}/readyz`, { reset: true, headersTimeout: 10_000 });
      const { missing = [] } = (await answer.body.json()) as { missing?: string[] };
      return { status: answer.statusCode, missing };
    },
  };
}

const READY = { status: 200, missing: [] };
const NOT_RECONCILED = { status: 503, missing: ['schedules'] };

describe('/readyz', () => {
  it.each(['all', 'worker'] as const)('says within seconds that Redis hangs (%s)', async (role) => {
    const monitor = await serve(role);
    if (role === 'all') await monitor.becomeKeeper();
    expect(await monitor.ready()).toEqual(READY);
    process.kill(server.pid, 'SIGSTOP');
    const answers = await Promise.all([monitor.ready(), monitor.ready()]);
    for (const { status, missing } of answers) {
      expect(status).toBe(503);
      expect(missing).toContain('redis');
    }
    process.kill(server.pid, 'SIGCONT');
    await monitor.waitFor(({ msg }) => msg.startsWith('Redis takes no writes'));
    let again = await monitor.ready();
    while (again.status !== 200) again = await monitor.ready();
    expect(again).toEqual(READY);
  });

  it('says of a process that waits for its turn as keeper what is true of the one that has it', async () => {
    const standby = await serve('all');
    expect(await standby.ready()).toEqual(NOT_RECONCILED);
    const keeper = await serve('all');
    await keeper.becomeKeeper();
    expect(await keeper.ready()).toEqual(READY);
    expect(await standby.ready()).toEqual(READY);

    // Nobody looks after the schedules any more.
    await standby.parts.redis.del(KEYS.lease);
    expect(await standby.ready()).toEqual(NOT_RECONCILED);
  });

  it('does not take its own lease for that of another keeper, whose schedules are done', async () => {
    let goOn: () => void = () => undefined;
    const reconciling = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const monitor = await serve('all', reconciling);
    // An earlier keeper left this behind; the present one has not looked at everything yet.
    await monitor.parts.fleet.noteReconciled('0'.repeat(64), Date.now());
    const done = monitor.becomeKeeper();
    cleanup.add(goOn, (it) => it());
    await monitor.waitFor(({ msg }) => msg === 'this process is the keeper now');
    expect(await monitor.ready()).toEqual(NOT_RECONCILED);
    goOn();
    await done;
    expect(await monitor.ready()).toEqual(READY);
  });
});
