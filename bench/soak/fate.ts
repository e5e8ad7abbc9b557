import { FAULTS } from './faults.ts';
import type { SoakWorld } from './world.ts';

/** Chooses what befalls the monitor, has it happen and notes it as a disturbance. */
export class Fate {
  readonly #world: SoakWorld;
  readonly #whenIdle: () => Promise<void>;
  /** Fault → how often it came. */
  readonly befell = new Map<string, number>();

  /** `whenIdle` resolves when nothing is being asked of the monitor that a fault must not cut off. */
  constructor(world: SoakWorld, whenIdle: () => Promise<void>) {
    this.#world = world;
    this.#whenIdle = whenIdle;
  }

  /** What befell the monitor at the beginning of a round, counted from 0; null when nothing was to. */
  async befall(round: number): Promise<string | null> {
    const { options, dice, truth, now } = this.#world;
    if (round % options.faultEvery !== 0) return null;
    const turn = round / options.faultEvery;
    const name = options.faults ? options.faults[turn] : this.#draw();
    if (name === undefined) return null;
    const fault = FAULTS[name];
    if (!fault) throw new RangeError(`there is no fault ${name}`);
    const { losesChecks, explains, settleMs } = fault;
    const disturbance = { name, from: now(), to: Number.POSITIVE_INFINITY, losesChecks, explains };
    // Noted first: nobody asks anything more of the monitor from here on.
    truth.disturbances.push(disturbance);
    await this.#whenIdle();
    await fault.run(this.#world, dice.between(...options.faultLastsMs));
    disturbance.to = now() + settleMs;
    this.befell.set(name, this.#count(name) + 1);
    return `${name} ${((now() - disturbance.from) / 1_000).toFixed(0)} s`;
  }

  /** By the dice, of those that came least often: each has its turn in a soak that is long enough. */
  #draw(): string {
    const names = Object.keys(FAULTS);
    const least = Math.min(...names.map((name) => this.#count(name)));
    return this.#world.dice.pick(names.filter((name) => this.#count(name) === least));
  }

  #count(name: string): number {
    return this.befell.get(name) ?? 0;
  }
}
