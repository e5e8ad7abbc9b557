import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DEFAULT_WAIT_MS, LONGEST_WAIT_MS, retryAfterMs } from '../../src/domain/rate-limit.ts';
import { T0 } from './checks.ts';

describe('retryAfterMs', () => {
  it.each([
    ['nothing', {}, DEFAULT_WAIT_MS],
    ['a reset in milliseconds', { 'x-ratelimit-reset': '42000' }, 42_000],
    ['a reset with white space', { 'x-ratelimit-reset': ' 42000 ' }, 42_000],
    ['a reset in a list', { 'x-ratelimit-reset': ['42000', '1'] }, 42_000],
    ['a reset as epoch milliseconds', { 'x-ratelimit-reset': String(T0 + 30_000) }, 30_000],
    ['a reset as epoch seconds', { 'x-ratelimit-reset': String(T0 / 1_000 + 30) }, 30_000],
    ['a reset of zero', { 'x-ratelimit-reset': '0' }, 1_000],
    ['a reset that has passed', { 'x-ratelimit-reset': String(T0 - 30_000) }, 1_000],
    ['a reset in a year', { 'x-ratelimit-reset': String(T0 + 365 * 86_400_000) }, LONGEST_WAIT_MS],
    ['a reset of a day in milliseconds', { 'x-ratelimit-reset': '86400000' }, LONGEST_WAIT_MS],
    ['a negative reset', { 'x-ratelimit-reset': '-5' }, DEFAULT_WAIT_MS],
    ['an infinite reset', { 'x-ratelimit-reset': 'Infinity' }, DEFAULT_WAIT_MS],
    ['a reset in words', { 'x-ratelimit-reset': 'soon' }, DEFAULT_WAIT_MS],
    ['an empty list', { 'x-ratelimit-reset': [] }, DEFAULT_WAIT_MS],
    ['Retry-After in seconds', { 'retry-after': '20' }, 20_000],
    ['Retry-After as a date', { 'retry-after': new Date(T0 + 20_000).toUTCString() }, 20_000],
    ['Retry-After in words', { 'retry-after': 'soon' }, DEFAULT_WAIT_MS],
    ['a negative Retry-After', { 'retry-after': '-5' }, DEFAULT_WAIT_MS],
    ['both: the longer wait', { 'retry-after': '20', 'x-ratelimit-reset': '5000' }, 20_000],
    ['both, one of them broken', { 'retry-after': 'x', 'x-ratelimit-reset': '5000' }, 5_000],
  ])('reads %s', (_what, headers, expected) => {
    expect(retryAfterMs(headers, T0)).toBe(expected);
  });

  it('stays within its bounds for any headers', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double().map(String),
      fc.maxSafeNat().map(String),
    );
    fc.assert(
      fc.property(value, value, fc.nat(), (reset, after, now) => {
        const wait = retryAfterMs({ 'x-ratelimit-reset': reset, 'retry-after': after }, now);
        return wait >= 1_000 && wait <= LONGEST_WAIT_MS;
      }),
    );
  });
});
