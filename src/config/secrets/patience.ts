/** Calls `ring` in so many milliseconds, and gives what takes that back. */
export type Alarm = (ms: number, ring: () => void) => () => void;

/** The alarm of the real time. */
export function startAlarm(ms: number, ring: () => void): () => void {
  const timer = setTimeout(ring, ms);
  return () => clearTimeout(timer);
}

/** What a promise gives within so many milliseconds; null when it takes longer, which nobody keeps it from. */
export function within<T>(promise: Promise<T>, ms: number, alarm: Alarm): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const cancel = alarm(ms, () => resolve(null));
    promise.then(resolve, reject).finally(cancel);
  });
}
