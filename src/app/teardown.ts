import type { Logger } from 'pino';

interface Step {
  readonly name: string;
  readonly end: () => Promise<unknown>;
  readonly withinMs: number;
}

/** A part that hangs must not keep the others, and least of all our own Redis, from ending. */
const STEP_MS = 5_000;

/** What was started, to be ended in reverse order, each part within its time. */
export class Teardown {
  readonly #logger: Logger;
  readonly #steps: Step[] = [];
  #running: Promise<void> | null = null;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add(name: string, end: () => Promise<unknown>, withinMs: number = STEP_MS): void {
    this.#steps.push({ name, end, withinMs });
  }

  /** Ends everything once; a step that fails or hangs is told of, and the next one is taken. */
  run(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  async #run(): Promise<void> {
    for (const step of this.#steps.toReversed()) {
      try {
        await within(step);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#logger.warn({ part: step.name, reason }, 'a part did not end well');
      }
    }
  }
}

async function within({ end, withinMs }: Step): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took longer than ${withinMs} ms`)), withinMs);
  });
  try {
    await Promise.race([end(), late]);
  } finally {
    clearTimeout(timer);
  }
}
