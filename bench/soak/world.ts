import type { Dice } from '../accuracy/random.ts';
import type { FleetFiles } from './fleet.ts';
import type { Gateway } from './gateway.ts';
import type { Monitors } from './monitors.ts';
import type { SoakOptions } from './options.ts';
import type { Receiver } from './receiver.ts';
import type { SoakRedis } from './redis.ts';
import type { Truth } from './truth.ts';

/** Everything that takes part in a soak. */
export interface SoakWorld {
  readonly options: SoakOptions;
  readonly dice: Dice;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly truth: Truth;
  readonly gateway: Gateway;
  readonly receiver: Receiver;
  readonly redis: SoakRedis;
  readonly fleet: FleetFiles;
  readonly monitors: Monitors;
  /** Notes that something is not as it must be. */
  readonly violated: (what: string) => void;
}
