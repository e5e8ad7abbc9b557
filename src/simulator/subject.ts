import type { Answer } from './answers.ts';
import type { Performance, Turn } from './behaviour-entry.ts';

/** The chance and the clock a behaviour may use. */
export type Luck = Pick<Turn, 'random' | 'now'>;

interface Waiter {
  readonly count: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Something that is told how to behave and whose token requests are counted: a key, or the gateway. */
export class Subject {
  #performance: Performance | null = null;
  #turns = 0;
  #exchanges = 0;
  #waiters: readonly Waiter[] = [];
  #ended: Error | null = null;

  get exchanges(): number {
    return this.#exchanges;
  }

  /** True while there is nothing to do but to answer as Mimecast does: the only question a normal request asks. */
  get normal(): boolean {
    return this.#performance === null;
  }

  /** The behaviour as it was given, with what is left of `times`. */
  get behaviour(): Readonly<Record<string, unknown>> {
    if (this.#performance === null) return { kind: 'normal' };
    const { given, times } = this.#performance;
    return times === null ? given : { ...given, times: times - this.#turns };
  }

  perform(performance: Performance): void {
    this.#performance = performance.given.kind === 'normal' ? null : performance;
    this.#turns = 0;
  }

  /** What to do with the next request. */
  next(luck: Luck): Answer {
    const performance = this.#performance;
    if (performance === null) return { kind: 'usual' };
    this.#turns += 1;
    if (this.#turns === performance.times) this.#performance = null;
    return performance.play({ ...luck, ordinal: this.#turns });
  }

  count(): void {
    this.#exchanges += 1;
    if (this.#waiters.length === 0) return;
    const due = this.#waiters.filter((waiter) => waiter.count <= this.#exchanges);
    if (due.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => waiter.count > this.#exchanges);
    for (const waiter of due) waiter.resolve();
  }

  waitFor(count: number): Promise<void> {
    if (count <= this.#exchanges) return Promise.resolve();
    if (this.#ended !== null) return Promise.reject(this.#ended);
    const { promise, resolve, reject } = withResolvers();
    this.#waiters = [...this.#waiters, { count, resolve, reject }];
    return promise;
  }

  /** Nothing more will come: rejects those who wait and those who still will. */
  giveUpWaiting(error: Error): void {
    this.#ended = error;
    for (const waiter of this.#waiters) waiter.reject(error);
    this.#waiters = [];
  }
}

function withResolvers(): {
  promise: Promise<void>;
  resolve: () => void;
  reject: (error: Error) => void;
} {
  let resolve: () => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<void>((onDone, onError) => {
    resolve = onDone;
    reject = onError;
  });
  // Whoever awaits it still sees the error; a waiter that a failed test forgot must not end the process.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
