import { describe, expect, it } from '@jest/globals';
import { foldAlike } from '../../src/cli/fold.ts';

describe('many lines that say the same', () => {
  it('are shown by the first three and a number, in place among the others', () => {
    const trimmed = ['acme', 'globex', 'initech', 'hooli', 'stark'].map(
      (id) => `${id}: file /run/${id}: a newline was trimmed`,
    );
    expect(foldAlike(['nobody is told: add a channel', ...trimmed, 'a: b'], 3)).toEqual([
      'nobody is told: add a channel',
      ...trimmed.slice(0, 3),
      'a: b',
      '2 more like this, which --json shows: a newline was trimmed',
    ]);
  });

  it('may say it of different files and variables', () => {
    const missing = ['acme', 'globex'].map(
      (id) => `${id}: clientSecret: file /run/${id} does not exist; create it`,
    );
    const unset = ['ACME', 'GLOBEX'].map((name) => `clientId: env ${name} is not set`);
    expect(foldAlike([...missing, ...unset], 1)).toEqual([
      missing[0],
      unset[0],
      '1 more like this, which --json shows: file … does not exist; create it',
      '1 more like this, which --json shows: env … is not set',
    ]);
  });

  it('are left alone where there are three, and where they say different things', () => {
    const lines = ['a: x', 'b: x', 'c: x', 'one', 'two', 'three', 'four'];
    expect(foldAlike(lines, 3)).toEqual(lines);
  });
});
