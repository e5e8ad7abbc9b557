import { ProblemError } from './problem.ts';

/** A parsed query string: a name that is given twice has two values. */
export type Query = Readonly<Record<string, string | string[] | undefined>>;

/** Every value of a name; none when it is not given. */
export function valuesOf(query: Query, name: string): readonly string[] {
  const value = query[name];
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
}

/** `text` as one of `allowed`, or a 400 that lists them. */
export function oneOf<T extends string>(name: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === text);
  if (found === undefined) {
    throw new ProblemError(400, `The parameter ${name} takes one of: ${allowed.join(', ')}.`);
  }
  return found;
}
