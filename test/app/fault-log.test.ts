import { describe, expect, it } from '@jest/globals';
import { createFaultLog } from '../../src/app/fault-log.ts';

const FULL = new Error("OOM command not allowed when used memory > 'maxmemory'");

/** A log and a clock that the test moves. */
function setUp() {
  let now = 1_000_000;
  const lines: { sentence: string; reason: string; repeated?: number }[] = [];
  const fault = createFaultLog(
    () => now,
    (fields, sentence) => lines.push({ sentence, ...fields }),
  );
  return {
    fault,
    lines,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

describe('the log of faults', () => {
  it('tells the first one at once, with its reason', () => {
    const { fault, lines } = setUp();
    fault('a check job failed', FULL);
    fault('a reload failed', 'no reason at all');
    expect(lines).toEqual([
      { sentence: 'a check job failed', reason: FULL.message },
      { sentence: 'a reload failed', reason: 'no reason at all' },
    ]);
  });

  it('tells one that goes on again after a while only, with how often it came since', () => {
    const { fault, lines, pass } = setUp();
    for (let count = 0; count < 2_500; count += 1) fault('a check job failed', FULL);
    expect(lines).toHaveLength(1);
    pass(29_999);
    fault('a check job failed', FULL);
    expect(lines).toHaveLength(1);
    pass(1);
    fault('a check job failed', FULL);
    expect(lines.slice(1)).toEqual([
      { sentence: 'a check job failed', reason: FULL.message, repeated: 2_500 },
    ]);
    // The count begins anew with each line.
    pass(30_000);
    fault('a check job failed', FULL);
    expect(lines[2]).toEqual({ sentence: 'a check job failed', reason: FULL.message });
  });

  it('takes faults for the same that differ in numbers and ids only', () => {
    const { fault, lines, pass } = setUp();
    fault('a check job failed', new Error('Missing lock for job repeat:acme:1767225600000. moveToFinished'));
    fault('a check job failed', new Error('Missing lock for job repeat:acme:1767225605000. moveToFinished'));
    expect(lines).toHaveLength(1);
    pass(30_000);
    fault('a check job failed', new Error('Missing lock for job repeat:globex:17672256. moveToFinished'));
    expect(lines[1]).toMatchObject({ repeated: 1, reason: expect.stringContaining('globex') });
  });

  it('tells another reason, and the same reason elsewhere, while the first one is kept quiet', () => {
    const { fault, lines } = setUp();
    for (let turn = 0; turn < 2; turn += 1) {
      fault('a check job failed', FULL);
      fault('a check job failed', new Error("READONLY You can't write against a read only replica."));
      fault('a drain job failed', FULL);
    }
    expect(lines.map(({ sentence, reason }) => `${sentence}: ${reason.split(' ', 1)[0]}`)).toEqual([
      'a check job failed: OOM',
      'a check job failed: READONLY',
      'a drain job failed: OOM',
    ]);
  });

  it('remembers a bounded number of reasons: too many make it tell one again, not grow', () => {
    const { fault, lines } = setUp();
    // Letters, since reasons that differ in digits only are alike.
    const word = (index: number) => [...String(index)].map((digit) => 'abcdefghij'[Number(digit)]).join('');
    fault('a check job failed', FULL);
    for (let index = 0; index < 100; index += 1) fault('a check job failed', new Error(word(index)));
    expect(lines).toHaveLength(101);
    fault('a check job failed', FULL);
    expect(lines).toHaveLength(102);
  });
});
