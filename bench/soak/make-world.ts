import { Dice } from '../accuracy/random.ts';
import { FleetFiles, firstSecretOf } from './fleet.ts';
import { Gaps } from './gaps.ts';
import { Gateway } from './gateway.ts';
import { Monitors } from './monitors.ts';
import type { SoakOptions } from './options.ts';
import { startReceiver } from './receiver.ts';
import { SoakRedis } from './redis.ts';
import { Truth } from './truth.ts';
import type { SoakWorld } from './world.ts';

/** A world with what is measured of it and what was found wrong. */
export interface RunningWorld extends SoakWorld {
  readonly gaps: Gaps;
  readonly violations: string[];
}

/** Starts everything but the processes of the monitor; `endings` gets what ends it all, in the order of the starts. */
export async function makeWorld(
  options: SoakOptions,
  endings: (() => Promise<unknown>)[],
): Promise<RunningWorld> {
  const now = Date.now;
  const truth = new Truth();
  const violations: string[] = [];
  const violated = (what: string) => {
    if (!violations.includes(what)) violations.push(what);
  };
  let gaps: Gaps | null = null;
  const gateway = new Gateway(now, (...asked) => gaps?.asked(...asked));
  await gateway.open();
  endings.push(() => gateway.close());
  const receiver = await startReceiver(now);
  endings.push(() => receiver.close());
  const redis = await SoakRedis.start();
  endings.push(() => redis.remove());
  const fleet = await FleetFiles.write(options, gateway.origin, receiver.url, redis.socketPath);
  endings.push(() => fleet.remove());
  for (const { id } of fleet.present()) gateway.addKey(id, firstSecretOf(id));
  const monitors = new Monitors(fleet.path, now);
  endings.push(() => monitors.stop());
  gaps = new Gaps({ truth, violated, fleet, gateway, now });
  const dice = new Dice(options.seed);
  return { options, dice, now, truth, gateway, receiver, redis, fleet, monitors, violated, gaps, violations };
}
