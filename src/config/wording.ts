import type { z } from 'zod';
import { nearest } from '../domain/nearest.ts';
import { meantSwitch } from './meant.ts';
import { formatPath, type Path, type Target } from './place.ts';
import { valueAt } from './plain-value.ts';

/** One mistake found by a schema, in words, at its place below the value that was checked. */
export interface Mistake {
  readonly path: Path;
  readonly message: string;
  readonly target: Target;
  /** The key that an unknown one was most likely meant to be. */
  readonly meant?: string;
}

/** Says what a value must be, for a schema's `error` option. Never repeats the value: it may be a secret. */
export function expected(hint: string): z.core.$ZodErrorMap {
  return (issue) => {
    if (issue.input === undefined) return `is missing; write ${hint}`;
    if (issue.input === null) return `has no value; write ${hint}`;
    const unquoted = typeof issue.input === 'number' || typeof issue.input === 'boolean';
    if (issue.code === 'invalid_type' && issue.expected === 'string' && unquoted) {
      return `must be ${hint}; put it in quotes if it is meant as text`;
    }
    return `must be ${hint}`;
  };
}

export function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  if (meant !== null) return `is not a known key; did you mean ${meant}?`;
  return known.length === 0 ? 'is not a known key' : `is not a known key; known are ${known.join(', ')}`;
}

export function unknownName(name: string, known: readonly string[]): string {
  const meant = nearest(name, known);
  return meant === null ? `known are ${known.join(', ')}` : `did you mean ${meant}?`;
}

/** Words for what the schemas themselves don't say; handed to every `safeParse`. */
export const errorMap: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'unrecognized_keys': {
      // One line per key, taken apart again in `mistakesOf`: only here the schema and so its keys are known.
      const known = shapeKeys(issue.inst);
      return issue.keys.map((key) => unknownKey(key, known)).join('\n');
    }
    case 'invalid_type': {
      const meant = issue.expected === 'boolean' ? meantSwitch(issue.input) : '';
      return expected(`${TYPE_HINTS[issue.expected] ?? `a ${issue.expected}`}${meant}`)(issue);
    }
    case 'invalid_value':
      return expected(oneOf(issue.values.map(String), issue.input))(issue);
    case 'too_small':
      if (issue.origin === 'string') return 'must not be empty';
      if (issue.origin === 'array') return 'must not be an empty list';
      return `must be at least ${issue.minimum}`;
    case 'too_big':
      if (issue.origin === 'string') return `must not be longer than ${issue.maximum} characters`;
      return `must be at most ${issue.maximum}`;
    default:
      return 'is not valid';
  }
};

const TYPE_HINTS: Readonly<Record<string, string>> = {
  string: 'a text',
  object: 'a mapping of keys to values',
  record: 'a mapping of names to values',
  array: 'a list, such as [a, b]',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
};

/** `one of a, b; did you mean a?` */
export function oneOf(values: readonly string[], input: unknown): string {
  const meant = typeof input === 'string' ? nearest(input, values) : null;
  const list = values.length === 1 ? `${values[0]}` : `one of ${values.join(', ')}`;
  return meant === null ? list : `${list}; did you mean ${meant}?`;
}

function shapeKeys(schema: unknown): readonly string[] {
  if (typeof schema !== 'object' || schema === null || !('shape' in schema)) return [];
  return typeof schema.shape === 'object' && schema.shape !== null ? Object.keys(schema.shape) : [];
}

/** Flattens what a schema found wrong with `input` into single mistakes. */
export function mistakesOf(issues: readonly z.core.$ZodIssue[], input: unknown): readonly Mistake[] {
  const all = issues.flatMap((issue) => mistakesOfIssue(issue, input));
  const meant = new Set(
    all.flatMap(({ path, meant: key }) => (key ? [formatPath([...path.slice(0, -1), key])] : [])),
  );
  // A key that was misspelt is not missing as well.
  return all.filter(
    ({ path, message }) => !(message.startsWith('is missing;') && meant.has(formatPath(path))),
  );
}

/** The keys of a section about which nothing can be said: they have mistakes, or were most likely misspelt. */
export function doubtfulKeys(mistakes: readonly Mistake[]): ReadonlySet<string> {
  return new Set(
    mistakes.flatMap(({ path, meant }) => [
      ...path.slice(0, 1).map(String),
      ...(meant !== undefined && path.length === 1 ? [meant] : []),
    ]),
  );
}

function mistakesOfIssue(issue: z.core.$ZodIssue, input: unknown): readonly Mistake[] {
  const path = issue.path.map((segment) => (typeof segment === 'number' ? segment : String(segment)));
  if (issue.code === 'unrecognized_keys') {
    const messages = issue.message.split('\n');
    return issue.keys.map((key, index) => {
      const message = messages[index] ?? 'is not a known key';
      // Only when the words were chosen were the known keys at hand.
      const meant = /did you mean (.+)\?$/.exec(message)?.[1];
      return { path: [...path, key], message, target: 'key', ...(meant !== undefined && { meant }) };
    });
  }
  if (issue.code === 'invalid_key') {
    return [{ path, message: issue.issues[0]?.message ?? 'is not a valid name', target: 'key' }];
  }
  if (issue.code === 'invalid_union') {
    const found = valueAt(input, path);
    if (issue.discriminator !== undefined) {
      const options = 'options' in issue && Array.isArray(issue.options) ? issue.options.map(String) : [];
      const hint = oneOf(options, found);
      return [
        {
          path,
          message: found === undefined ? `is missing; write ${hint}` : `must be ${hint}`,
          target: 'value',
        },
      ];
    }
    return referenceMistakes(issue.errors, found).map((mistake) => ({
      ...mistake,
      path: [...path, ...mistake.path],
    }));
  }
  return [{ path, message: issue.message, target: 'value' }];
}

const ELSEWHERE_HINT = '{env: NAME}, {file: PATH} or {exec: [command, argument]}';
/** What a reference may be. */
export const REFERENCE_HINT = `a text, ${ELSEWHERE_HINT}`;
const KINDS = ['env', 'file', 'exec'];

/**
 * The only unions in the schemas are a reference, and one that can't be a literal. Telling what is wrong with each of the
 * readings would help nobody: the kind is picked by its key first.
 */
function referenceMistakes(
  errors: readonly (readonly z.core.$ZodIssue[])[],
  found: unknown,
): readonly Mistake[] {
  const whole = (message: string): readonly Mistake[] => [{ path: [], message, target: 'value' }];
  const mayBeLiteral = errors.length > KINDS.length;
  const hint = mayBeLiteral ? REFERENCE_HINT : ELSEWHERE_HINT;
  if (found === undefined) return whole(`is missing; write ${hint}`);
  if (typeof found === 'string' && mayBeLiteral) return mistakesOf(errors[0] ?? [], found);
  if (typeof found === 'string') return whole(`must be ${hint}: the same value cannot be right for all`);
  if ((typeof found === 'number' || typeof found === 'boolean') && mayBeLiteral)
    return whole('must be a text: put it in quotes');
  if (typeof found !== 'object' || found === null || Array.isArray(found)) return whole(`must be ${hint}`);
  const kinds = KINDS.filter((kind) => Object.hasOwn(found, kind));
  if (kinds.length > 1) return whole(`names ${kinds.join(' and ')}; keep one of them`);
  const index = KINDS.indexOf(kinds[0] ?? '');
  if (index >= 0) return mistakesOf(errors.at(index - KINDS.length) ?? [], found);
  const [first] = Object.keys(found);
  const meant = first === undefined ? null : nearest(first, KINDS);
  return whole(`must be ${hint}${meant === null ? '' : `; did you mean ${meant}?`}`);
}
