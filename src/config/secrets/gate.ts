/** Runs what it is given, so much at a time; the rest waits in the order in which it came. */
export type Gate = <T>(run: () => Promise<T>) => Promise<T>;

export function createGate(most: number): Gate {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (run) => {
    // Whoever leaves hands its place over, so that nobody who comes later takes it.
    if (running >= most) await new Promise<void>((enter) => waiting.push(enter));
    else running += 1;
    try {
      return await run();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
