import { expect, it } from '@jest/globals';
import { isEcho } from '../../src/cli/end-signal.ts';

it.each([
  ['SIGINT', 'SIGINT', 499, true],
  ['SIGINT', 'SIGINT', 500, false],
  ['SIGTERM', 'SIGTERM', 0, false],
  ['SIGTERM', 'SIGINT', 0, false],
  ['SIGINT', 'SIGTERM', 0, false],
] as const)('%s and then %s after %i ms are one key press: %s', (first, second, after, same) => {
  expect(isEcho({ signal: first, at: 1_000 }, { signal: second, at: 1_000 + after })).toBe(same);
});
