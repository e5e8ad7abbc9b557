/** A fault that goes on is told once in this time, with how often it came. */
const QUIET_MS = 30_000;
/** Reasons differ by ids and numbers at most; more than this many different ones are not kept apart. */
const MOST_FAULTS = 100;

/**
 * Lets the first of many like faults through at once and the others as a count: a Redis that refuses every command
 * must not fill the disk with lines that all say the same.
 */
export function createFaultLog(
  now: () => number,
  log: (fields: { readonly reason: string; readonly repeated?: number }, sentence: string) => void,
): (sentence: string, error: unknown) => void {
  const told = new Map<string, { at: number; repeated: number }>();
  return (sentence, error) => {
    const reason = error instanceof Error ? error.message : String(error);
    const kind = `${sentence} ${reason.replace(/\S*\d\S*/g, '#')}`;
    const last = told.get(kind);
    if (last && now() - last.at < QUIET_MS) {
      last.repeated += 1;
      return;
    }
    if (told.size >= MOST_FAULTS) told.clear();
    told.set(kind, { at: now(), repeated: 0 });
    log({ reason, ...(last && last.repeated > 0 && { repeated: last.repeated }) }, sentence);
  };
}
