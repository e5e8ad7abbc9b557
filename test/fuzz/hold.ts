import { inspect } from 'node:util';
import fc from 'fast-check';

const MOST_SHOWN = 3_000;

/**
 * As `fc.assert`, but what made it fail can be read: texts instead of lists of bytes, and what is wrong before what it was
 * found with.
 */
export async function hold<T>(
  property: fc.IRawProperty<[T]>,
  { cases, seed }: { readonly cases: number; readonly seed: number },
): Promise<void> {
  const { failed, counterexample, errorInstance, counterexamplePath } = await fc.check(property, {
    numRuns: cases,
    seed,
  });
  if (!failed) return;
  const found = inspect(readable(counterexample?.[0]), { depth: 9, breakLength: 100 }).slice(0, MOST_SHOWN);
  throw new Error(
    `${inspect(errorInstance).slice(0, MOST_SHOWN)}\nwith ${found}\nseed ${seed}, path ${counterexamplePath}`,
  );
}

function readable(value: unknown): unknown {
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('latin1'));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, readable(child)]));
}
