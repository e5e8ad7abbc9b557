import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../src/domain/duration.ts';

describe('a duration', () => {
  it.each([
    ['500ms', 500],
    ['15s', 15_000],
    ['5m', 300_000],
    ['24h', 86_400_000],
    ['30d', 2_592_000_000],
    ['0s', 0],
  ])('reads %s as %d milliseconds', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '5', 'm', '5 m', '-5m', '1.5h', '5M', '5min', '1h30m', '1e3s', ' 5m', '5m\n', '9999999999s'])(
    'refuses %j',
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );

  it('is read back as it was written, for every whole number of milliseconds up to eleven days', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999 }), (ms) => parseDuration(formatDuration(ms)) === ms),
    );
  });

  it('is written in the largest unit that is exact', () => {
    expect([90_000, 3_600_000, 86_400_000, 1_001, 0].map(formatDuration)).toEqual([
      '90s',
      '1h',
      '1d',
      '1001ms',
      '0ms',
    ]);
  });
});
