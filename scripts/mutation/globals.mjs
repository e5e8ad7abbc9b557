// What tests import from `@jest/globals`, as far as the tests of pure code use it: the same `expect` and the same
// `each` as in Jest, and lists instead of a runner.
import { expect } from 'expect';
import { bind } from 'jest-each';

export { expect };

const titles = [];
let found = [];

export function describe(title, body) {
  titles.push(title);
  try {
    body();
  } finally {
    titles.pop();
  }
}

export function it(title, body) {
  found.push({ name: [...titles, title].join(' '), body });
}

describe.each = bind(describe, false);
it.each = bind(it, false);

/** The tests that were declared since the last call. */
export function takeDeclared() {
  const taken = found;
  found = [];
  return taken;
}
