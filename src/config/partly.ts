import type { z } from 'zod';
import type { Holes } from './follow-ups.ts';
import { isMapping, without } from './plain-value.ts';
import { doubtfulKeys, errorMap, type Mistake, mistakesOf } from './wording.ts';

/**
 * A section as far as it could be read. Where it has mistakes, `data` holds the defaults instead; who compares it with
 * something else asks first whether the key is doubtful, so that one mistake doesn't cause complaints elsewhere.
 */
export interface Partly<T> {
  readonly data: T;
  readonly whole: boolean;
  isDoubtful(key: string): boolean;
}

/** Nothing of the section can be known, as when its name is misspelt: `data` are the defaults alone. */
export function unread<Schema extends z.ZodType>(schema: Schema): Partly<z.output<Schema>> {
  return { data: schema.parse(undefined), whole: false, isDoubtful: () => true };
}

/** Reads a section all of whose keys may be left out, key by key where it has mistakes. */
export function readPartly<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  holes: Holes,
  tell: (mistakes: readonly Mistake[]) => void,
): Partly<z.output<Schema>> {
  const result = schema.safeParse(value, { error: errorMap });
  if (result.success) return { data: result.data, whole: !holes.some, isDoubtful: holes.has };
  const mistakes = mistakesOf(result.error.issues, value);
  tell(mistakes.filter((mistake) => !holes.isFollowUp(mistake)));
  if (!isMapping(value)) return unread(schema);
  const doubtful = doubtfulKeys(mistakes);
  return {
    data: schema.parse(without(value, doubtful)),
    whole: false,
    isDoubtful: (key) => doubtful.has(key) || holes.has(key),
  };
}
