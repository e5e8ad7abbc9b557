import { setTimeout as pause } from 'node:timers/promises';
import { Fifo } from './fifo.ts';

/** `asked`: a re-check, or what somebody wants to know now. It goes before everything that is `scheduled`. */
export type Urgency = 'asked' | 'scheduled';

export interface LimiterOptions {
  /** At the same time, in this process. */
  readonly concurrency: number;
  /** Over all processes. */
  readonly maxPerSecond: number;
  /**
   * Books the next `count` checks among all processes; resolves with how many milliseconds to wait before the first.
   * Rejects when that can't be told.
   */
  readonly book: (count: number) => Promise<number>;
}

/** Checks are booked for a tenth of a second at a time: what is asked for meanwhile waits no longer than that. */
const BOOKED_SHARE = 0.1;

interface Waiting {
  /** Its turn has come, or, `false`, will not come any more. */
  readonly enter: (mayBegin: boolean) => void;
  readonly fail: (error: unknown) => void;
}

/** Lets begin as many checks of one gateway as its limits allow: what is asked for first, each kind in its order. */
export class Limiter {
  readonly #options: LimiterOptions;
  readonly #asked = new Fifo<Waiting>();
  readonly #scheduled = new Fifo<Waiting>();
  #running = 0;
  /** Booked and not begun yet. */
  #booked = 0;
  #isPumping = false;
  #isClosed = false;

  constructor(options: LimiterOptions) {
    this.#options = options;
  }

  /**
   * Carries out `work` in its turn; `closed`, without having begun it, when the limiter is closed before. A work that turned
   * out to be `unneeded` hands its place, and what was booked for it, to the next.
   */
  async run<T>(
    urgency: Urgency,
    work: () => Promise<T>,
    unneeded: (ended: T) => boolean = () => false,
  ): Promise<T | 'closed'> {
    if (!(await this.#turn(urgency))) return 'closed';
    let heir: Waiting | undefined;
    try {
      const ended = await work();
      if (unneeded(ended)) heir = this.#next();
      return ended;
    } finally {
      if (heir) heir.enter(true);
      else {
        this.#running -= 1;
        this.#pump();
      }
    }
  }

  /** Lets nobody begin any more. */
  close(): void {
    this.#isClosed = true;
    for (const { enter } of this.#takeAll()) enter(false);
  }

  #turn(urgency: Urgency): Promise<boolean> {
    return new Promise((enter, fail) => {
      if (this.#isClosed) return enter(false);
      (urgency === 'asked' ? this.#asked : this.#scheduled).push({ enter, fail });
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    void this.#letBegin();
  }

  /** Never rejects. Its last look at who waits and its end are one step: whoever comes later pumps anew. */
  async #letBegin(): Promise<void> {
    try {
      while (this.#size > 0 && this.#running < this.#options.concurrency) {
        if (this.#booked === 0) await this.#book();
        const next = this.#next();
        // Closed meanwhile, or all of them took over from others.
        if (next === undefined) return;
        this.#booked -= 1;
        this.#running += 1;
        next.enter(true);
      }
    } catch (error) {
      // Nobody can tell whether they may begin: each of them failed for that.
      for (const { fail } of this.#takeAll()) fail(error);
    } finally {
      this.#isPumping = false;
    }
  }

  async #book(): Promise<void> {
    const atOnce = Math.max(1, Math.floor(this.#options.maxPerSecond * BOOKED_SHARE));
    const count = Math.min(this.#size, atOnce);
    const waitMs = await this.#options.book(count);
    // Whoever waited when it was closed is gone by then: no process is kept alive for the rest of a pause.
    if (waitMs > 0) await pause(waitMs, undefined, { ref: false });
    this.#booked = count;
  }

  get #size(): number {
    return this.#asked.size + this.#scheduled.size;
  }

  #next(): Waiting | undefined {
    return this.#asked.shift() ?? this.#scheduled.shift();
  }

  *#takeAll(): Iterable<Waiting> {
    for (;;) {
      const next = this.#next();
      if (next === undefined) return;
      yield next;
    }
  }
}
