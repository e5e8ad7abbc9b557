import { setTimeout as pause } from 'node:timers/promises';
import { request } from 'undici';
import type { Mood } from './gateway.ts';
import type { SoakWorld } from './world.ts';

const SECOND = 1_000;

export interface Fault {
  readonly losesChecks: boolean;
  /** After its end, until the monitor must have made good for it. */
  readonly settleMs: number;
  /** What the monitor may say of it as a warning or an error. */
  readonly explains: RegExp;
  /** Begins it, keeps it up for about `lastsMs`, and ends it. */
  readonly run: (world: SoakWorld, lastsMs: number) => Promise<void>;
}

const NOTHING = /^(?!)/;
const OF_REDIS = new RegExp(
  [
    'the connection to Redis (failed; trying again|was lost)',
    'Redis takes no writes',
    'a turn of the (heartbeat|keeper) failed',
    'a queue reported an error',
    'a (check|drain) job failed',
    'looking for replaced keys failed',
    'repeating open incidents failed',
    'a gateway could not be checked as a whole',
    'a scrape could not read the fleet',
  ]
    .map((sentence) => `^${sentence}`)
    .join('|'),
);
/** When a stopped process goes on, all its timers fire, also those that give up on an answer that is already there. */
const OF_STOPPING = new RegExp(
  `${OF_REDIS.source}|^a secret could not be read again; its last value serves$`,
);
/** A killed process' jobs are locked for 30 s, and looked for every 15 s. */
const TAKEN_OVER_MS = 50 * SECOND;
/** Open sockets find the server again within seconds; a job whose end could not be written is taken over. */
const REDIS_BACK_MS = TAKEN_OVER_MS;
/** A server that hangs, or takes no writes, is noticed by a beat every 5 s that waits for 2 s. */
const HANG_NOTICED_MS = 9 * SECOND;

/** Everything that befalls the monitor besides keys that are revoked, restored and rotated all the time. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  gateway_refuses: {
    ...gatewayFault('refused'),
    async run({ gateway }, lastsMs) {
      await gateway.close();
      await pause(lastsMs);
      await gateway.open();
    },
  },
  gateway_503: gatewayFault('error_503'),
  gateway_hangs: gatewayFault('hangs'),
  gateway_firewall_page: gatewayFault('firewall_page'),
  gateway_unknown_code: gatewayFault('unknown_code'),
  rate_limit_storm: {
    ...gatewayFault('rate_limited'),
    explains: /^a gateway is rate-limiting; its checks pause$/,
  },
  monitor_killed: {
    losesChecks: false,
    settleMs: TAKEN_OVER_MS,
    explains: NOTHING,
    // Always the same one, so that the memory of the other is that of the whole soak.
    run: async (world) => replace(world, 'b'),
  },
  keeper_stopped: {
    losesChecks: false,
    settleMs: 10 * SECOND,
    explains: OF_STOPPING,
    async run({ monitors }, lastsMs) {
      const [keeper] = monitors.keepers();
      keeper?.process.signal('SIGSTOP');
      await pause(lastsMs);
      keeper?.process.signal('SIGCONT');
    },
  },
  redis_stopped: {
    losesChecks: true,
    settleMs: REDIS_BACK_MS,
    explains: OF_REDIS,
    async run(world, lastsMs) {
      world.redis.signal('SIGSTOP');
      await pause(Math.max(lastsMs, HANG_NOTICED_MS));
      await saysNotReady(world);
      world.redis.signal('SIGCONT');
    },
  },
  redis_killed: {
    losesChecks: true,
    settleMs: REDIS_BACK_MS,
    explains: OF_REDIS,
    async run(world, lastsMs) {
      await world.redis.kill();
      await pause(lastsMs);
      await saysNotReady(world);
      await world.redis.begin();
    },
  },
  redis_full: {
    losesChecks: true,
    settleMs: REDIS_BACK_MS,
    explains: OF_REDIS,
    async run(world, lastsMs) {
      const { client } = world.redis;
      await client.config('SET', 'maxmemory', '1');
      await pause(Math.max(lastsMs, HANG_NOTICED_MS));
      await saysNotReady(world);
      await client.config('SET', 'maxmemory', '0');
    },
  },
  config_changed: {
    losesChecks: false,
    settleMs: 15 * SECOND,
    explains: /^connections left the config and are watched no more$/,
    async run(world, lastsMs) {
      await changeSpares(world);
      await pause(lastsMs);
    },
  },
};

function gatewayFault(mood: Mood): Fault {
  return {
    losesChecks: true,
    settleMs: 5 * SECOND,
    explains: NOTHING,
    async run({ gateway }, lastsMs) {
      gateway.mood = mood;
      await pause(lastsMs);
      gateway.mood = 'normal';
    },
  };
}

async function replace({ monitors }: SoakWorld, name: string): Promise<void> {
  const { process } = monitors.post(name);
  process.signal('SIGKILL');
  await process.ended();
  await monitors.start(name);
}

/** While Redis is away every process lives, is not ready, and says so. */
async function saysNotReady({ monitors, violated }: SoakWorld): Promise<void> {
  // A scrape waits for 8 s before it does without the fleet: all are asked at a time.
  const asked = monitors.posts.map(async ({ name, process }) => {
    const get = async (path: string) => {
      const { statusCode, body } = await request(new URL(path, process.url), { reset: true });
      return { status: statusCode, text: await body.text() };
    };
    const [ready, health, metrics] = await Promise.all([get('/readyz'), get('/healthz'), get('/metrics')]);
    if (ready.status !== 503) violated(`without Redis /readyz of ${name} answered ${ready.status}`);
    if (health.status !== 200) violated(`without Redis /healthz of ${name} answered ${health.status}`);
    if (!/^mimecast_monitor_redis_up 0$/m.test(metrics.text))
      violated(`without Redis the metrics of ${name} do not say so`);
  });
  await Promise.all(asked);
}

/** Some of those who come and go do so. A key that is gone is as good as one that works: nobody must be told of it. */
async function changeSpares({ fleet, dice, truth, gateway, now }: SoakWorld): Promise<void> {
  const kept = fleet.spares.filter((_, index) => index === 0 || dice.next() < 0.5).map(({ id }) => id);
  const before = new Set(fleet.present().map(({ id }) => id));
  await fleet.keepSpares(new Set(kept));
  for (const { id } of fleet.spares) {
    const key = gateway.key(id);
    if (before.has(id) === fleet.isPresent(id)) continue;
    // Either way nobody knows when it is asked about next, until it was.
    key.askedAt = null;
    if (fleet.isPresent(id)) continue;
    await fleet.writeSecret(id, key.secret);
    key.revoked = false;
    truth.mend(id, now());
  }
}
