import type { Logger } from 'pino';

interface Step {
  readonly name: string;
  readonly end: () => Promise<unknown>;
  readonly withinMs: number;
  readonly needsRedis: boolean;
}

/** A part that hangs must not keep the others, and least of all our own Redis, from ending. */
const STEP_MS = 5_000;
/** A Redis that was silent for this long is waited for no more: what a part still has to say would not reach it. */
const SILENT_MS = 4_000;
const ASK_EVERY_MS = 500;
/** What each part then gets for whatever it can do without Redis. */
const WITHOUT_REDIS_MS = 200;

/** What was started, to be ended in reverse order, each part within its time, and all of them soon when Redis is away. */
export class Teardown {
  readonly #logger: Logger;
  readonly #steps: Step[] = [];
  #askRedis: (() => Promise<unknown>) | null = null;
  #running: Promise<void> | null = null;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add(name: string, end: () => Promise<unknown>, withinMs: number = STEP_MS): void {
    this.#steps.push({ name, end, withinMs, needsRedis: this.#askRedis !== null });
  }

  /** Whatever is added after it ends with the help of Redis, and is cut short once `ask` is not answered any more. */
  addRedis(name: string, { ask, end }: { ask: () => Promise<unknown>; end: () => Promise<unknown> }): void {
    this.add(name, end);
    this.#askRedis = ask;
  }

  /** Ends everything once; a step that fails or hangs is told of, and the next one is taken. */
  run(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  async #run(): Promise<void> {
    const watch = this.#askRedis && watchForSilence(this.#askRedis);
    for (const step of this.#steps.toReversed()) {
      try {
        await within(step, step.needsRedis && watch ? watch.silence : null);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#logger.warn({ part: step.name, reason }, 'a part did not end well');
      }
    }
    watch?.stop();
  }
}

/** Ends one part; rejects when that takes too long, which is sooner when Redis has fallen silent. */
async function within({ end, withinMs }: Step, silence: Promise<void> | null): Promise<void> {
  const timers: NodeJS.Timeout[] = [];
  const after = (ms: number, why: string) =>
    new Promise<never>((_, reject) => timers.push(setTimeout(() => reject(new Error(why)), ms)));
  const limits = [after(withinMs, `it took longer than ${withinMs} ms`)];
  if (silence) limits.push(silence.then(() => after(WITHOUT_REDIS_MS, 'Redis does not answer')));
  try {
    await Promise.race([end(), ...limits]);
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}

/** Asks again and again until one question is left without an answer. An error is an answer, too. */
function watchForSilence(ask: () => Promise<unknown>): { silence: Promise<void>; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const silence = new Promise<void>((resolve) => {
    const next = () => {
      timer = setTimeout(resolve, SILENT_MS);
      const answered = () => {
        clearTimeout(timer);
        if (!stopped) timer = setTimeout(next, ASK_EVERY_MS);
      };
      ask().then(answered, answered);
    };
    next();
  });
  return {
    silence,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
