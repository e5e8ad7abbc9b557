import { SLACK_MS } from './options.ts';
import type { SoakWorld } from './world.ts';

/** What judging gaps takes. */
export interface GapWorld extends Pick<SoakWorld, 'truth' | 'violated' | 'now'> {
  readonly fleet: Pick<SoakWorld['fleet'], 'present' | 'isPresent' | 'intervalOf'>;
  readonly gateway: { readonly key: (id: string) => { readonly askedAt: number | null } };
}

/** Whether every connection is asked about in each of its intervals. */
export class Gaps {
  readonly #world: GapWorld;
  /** By how much the latest check of the round was later than an interval after the one before. */
  #worstMs = 0;

  constructor(world: GapWorld) {
    this.#world = world;
  }

  /** Told of each exchange. */
  asked(id: string, before: number | null, now: number): void {
    const { truth, fleet } = this.#world;
    if (before === null || !fleet.isPresent(id)) return;
    this.#note(id, now - Math.max(before, truth.calmSince(now)));
  }

  /** Looks for those that still wait, and starts a new round. */
  judge(): number {
    const { gateway, fleet, truth, now } = this.#world;
    for (const { id } of fleet.present()) {
      this.#note(id, now() - Math.max(gateway.key(id).askedAt ?? 0, truth.calmSince(now())));
    }
    const worst = this.#worstMs;
    this.#worstMs = 0;
    return worst;
  }

  #note(id: string, gapMs: number): void {
    const { fleet, violated } = this.#world;
    const lateMs = gapMs - fleet.intervalOf(id);
    this.#worstMs = Math.max(this.#worstMs, lateMs);
    if (lateMs > SLACK_MS) violated(`${id} was not checked for ${(gapMs / 1_000).toFixed(1)} s`);
  }
}
