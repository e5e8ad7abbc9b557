import fc from 'fast-check';
import { hold } from '../hold.ts';
import { assertNoSecret, SECRET } from '../secret.ts';
import type { Target } from '../target.ts';

/** Throws now and then. */
export const broken: Target = {
  name: 'broken',
  share: 1,
  async run({ cases, seed, begin }) {
    const property = fc.property(fc.nat(99), (number) => {
      begin();
      if (number > 70) throw new TypeError('nobody thought of this');
    });
    await hold(property, { cases, seed });
  },
};

/** Never ends, in a way that no timer of its own process can end. */
export const endless: Target = {
  name: 'endless',
  share: 1,
  async run({ begin }) {
    begin();
    begin();
    /^(a+)+$/.test(`${'a'.repeat(100)}!`);
  },
};

/** Tells a part of the secret. */
export const talkative: Target = {
  name: 'talkative',
  share: 1,
  async run({ begin }) {
    begin();
    assertNoSecret(`the secret begins with ${SECRET.slice(0, 14)}`, 'by the talkative');
  },
};
