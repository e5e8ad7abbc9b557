import { describe, expect, it } from '@jest/globals';
import { beatReason, EMPTY_SURVEY, surveyed } from '../../src/domain/dead-man.ts';
import { recordOf } from '../helpers/fleet.ts';
import { MINUTE, SECOND, T0 } from './checks.ts';

const connection = { enabled: true, intervalMs: 5 * MINUTE, timeoutMs: 10 * SECOND };

/** A connection that was last checked so long ago, and never changed its state. */
function checked(agoMs: number, more: Parameters<typeof recordOf>[0] = {}) {
  return recordOf({ createdAt: 0, since: 0, lastCheckAt: T0 - agoMs, ...more });
}

const recent = { expected: 1, recent: 1, overdue: 0 };
const between = { expected: 1, recent: 0, overdue: 0 };
const overdue = { expected: 1, recent: 0, overdue: 1 };

describe('a survey', () => {
  it.each([
    ['checked just now', checked(0), recent],
    ['checked two intervals and a timeout ago', checked(10 * MINUTE + 10 * SECOND), recent],
    ['a moment longer', checked(10 * MINUTE + 10 * SECOND + 1), between],
    ['due two intervals ago', checked(15 * MINUTE), between],
    ['due longer ago', checked(15 * MINUTE + 1), overdue],
    ['not registered', null, overdue],
    [
      'never checked, registered a moment ago',
      checked(0, { lastCheckAt: null, createdAt: T0, since: T0 }),
      between,
    ],
    ['never checked, registered long ago', checked(0, { lastCheckAt: null }), overdue],
    ['enabled a moment ago after a long time', checked(99 * MINUTE, { since: T0 }), between],
    ['asked by its gateway to wait', checked(99 * MINUTE, { notBefore: T0 + MINUTE }), between],
    ['whose check found an outage', checked(0, { lastVerdict: 'timeout', lastSuccessAt: null }), recent],
  ])('counts one that was %s', (_, record, expected) => {
    expect(surveyed(EMPTY_SURVEY, connection, record, T0)).toEqual(expected);
  });

  it('leaves out what is disabled, and goes by the interval of each', () => {
    let survey = surveyed(EMPTY_SURVEY, { ...connection, enabled: false }, checked(99 * MINUTE), T0);
    expect(survey).toEqual(EMPTY_SURVEY);
    survey = surveyed(survey, connection, checked(20 * MINUTE), T0);
    survey = surveyed(survey, { ...connection, intervalMs: 60 * MINUTE }, checked(20 * MINUTE), T0);
    expect(survey).toEqual({ expected: 2, recent: 1, overdue: 1 });
  });
});

describe('a beat', () => {
  it.each([
    ['checks_complete', true, { expected: 1, recent: 1, overdue: 0 }],
    ['checks_complete', true, { expected: 10, recent: 1, overdue: 5 }],
    ['checks_overdue', true, { expected: 10, recent: 4, overdue: 6 }],
    ['no_check_completed', true, { expected: 10, recent: 0, overdue: 0 }],
    ['nothing_to_check', true, EMPTY_SURVEY],
    ['redis_takes_no_writes', false, { expected: 1, recent: 1, overdue: 0 }],
  ] as const)('%s', (reason, takesWrites, survey) => {
    expect(beatReason(takesWrites, survey)).toBe(reason);
  });
});
