/** Nobody minds an answer that is this old. */
const FRESH_MS = 1_000;

/** Reading again and again may take no more than this share of the time, however many ask and however long it takes. */
const SHARE = 0.2;

/**
 * `read`, but those who ask while a read is under way get its answer, and so do those who ask soon after. A failure is
 * told to those who waited for it and not kept. `clock` is in milliseconds and never set back.
 */
export function shared<T>(read: () => Promise<T>, clock: () => number): () => Promise<T> {
  let current: { readonly promise: Promise<T>; freshUntil: number } | null = null;
  return () => {
    const begun = clock();
    if (current !== null && begun < current.freshUntil) return current.promise;
    const mine = { promise: read(), freshUntil: Number.POSITIVE_INFINITY };
    current = mine;
    const forget = () => {
      if (current === mine) current = null;
    };
    mine.promise.then(() => {
      const now = clock();
      const freshMs = Math.max(FRESH_MS, (now - begun) * (1 / SHARE - 1));
      mine.freshUntil = now + freshMs;
      // A large fleet is not kept in memory for nobody.
      setTimeout(forget, freshMs).unref();
    }, forget);
    return mine.promise;
  };
}
