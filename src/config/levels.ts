import type { CST } from 'yaml';

/** A config has six, and the body of a probe a few more. */
export const MOST_LEVELS = 60;

/** Something is nested deeper than anybody means it. */
export class TooDeepError extends Error {
  override readonly name = 'TooDeepError';
}

/**
 * Passes on what the parser found, unless it is nested too deeply. The library goes on by calling itself: thousands of
 * brackets use up the stack, which ends as an exception at best, and as the end of the process where the engine happens
 * to compile a regular expression just there.
 */
export function* shallowOnly(tokens: Iterable<CST.Token>): Generator<CST.Token> {
  for (const token of tokens) {
    if (isTooDeep(token)) throw new TooDeepError('more levels than a config has');
    yield token;
  }
}

function isTooDeep(whole: CST.Token): boolean {
  const waiting: { readonly token: CST.Token; readonly level: number }[] = [{ token: whole, level: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { token, level } = next;
    if (level > MOST_LEVELS) return true;
    for (const child of childrenOf(token)) waiting.push({ token: child, level: level + 1 });
  }
  return false;
}

function childrenOf(token: CST.Token): readonly CST.Token[] {
  switch (token.type) {
    case 'document':
      return token.value ? [token.value] : [];
    case 'block-map':
    case 'block-seq':
    case 'flow-collection':
      return token.items.flatMap(({ key, value }) => [...(key ? [key] : []), ...(value ? [value] : [])]);
    default:
      return [];
  }
}
