import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Fifo } from '../../src/jobs/fifo.ts';

describe('a queue', () => {
  it('gives back what was put into it in the same order, however puts and takes are mixed', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.string(), { nil: undefined })), (steps) => {
        const fifo = new Fifo<string>();
        const plain: string[] = [];
        for (const step of steps) {
          if (step === undefined) expect(fifo.shift()).toBe(plain.shift());
          else {
            fifo.push(step);
            plain.push(step);
          }
          expect(fifo.size).toBe(plain.length);
        }
      }),
    );
  });
});
