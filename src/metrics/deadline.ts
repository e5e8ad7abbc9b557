/** What was waited for did not come in time. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
  readonly code = 'deadline';
}

/**
 * A process that was stopped, or had no turn on a busy machine, notices that the time has run out before it has asked the
 * second of two questions. It may hear the answers first: otherwise it would say of a Redis that works that it does not.
 */
const HEAR_FIRST_MS = 100;

/** Settles like `promise`, or rejects with a DeadlineError after `ms`: a Redis that hangs must not hang a scrape. */
export async function within<T>(promise: Promise<T>, ms: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const giveUp = () => reject(new DeadlineError(`${what} took longer than ${ms} ms`));
    timer = setTimeout(() => {
      timer = setTimeout(giveUp, HEAR_FIRST_MS);
    }, ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
