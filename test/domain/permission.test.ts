import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { PROBE_RESULTS, type ProbeResult, provenBy } from '../../src/domain/classify-probe.ts';
import {
  advancePermission,
  askAnew,
  isBeingConfirmed,
  isProbeDue,
  type PermissionReason,
  type PermissionRecord,
} from '../../src/domain/permission.ts';
import { MINUTE, SECOND, T0 } from './checks.ts';

const HOUR = 60 * MINUTE;
const DELAY = 15 * SECOND;
const CALL = 'GET /identity/whoami';
const PLAN = { call: CALL, probeIntervalMs: HOUR, checkIntervalMs: 5 * MINUTE, confirmDelayMs: DELAY };

type Step = readonly [atMs: number, result: ProbeResult, call?: string, nowMs?: number];

/** Lives through these answers; the reasons, and what is known in the end. */
function live(steps: readonly Step[], from?: PermissionRecord) {
  const reasons: PermissionReason[] = [];
  let permission = from;
  for (const [at, result, call = CALL, now = at] of steps) {
    const answer = { result, httpStatus: null, code: null, requestId: null };
    const next = advancePermission(permission, { startedAt: T0 + at, call, answer }, DELAY, T0 + now);
    reasons.push(next.reason);
    permission = next.permission;
  }
  if (permission === undefined) throw new Error('Nothing was lived through');
  return { permission, reasons };
}

describe('what is known of a permission', () => {
  it.each<[string, readonly Step[], readonly PermissionReason[], PermissionRecord['state']]>([
    ['one call that goes through is enough', [[0, 'permitted']], ['became_permitted'], 'permitted'],
    ['one denial proves nothing yet', [[0, 'denied']], ['denial_counted'], 'unknown'],
    [
      'two denials are sure',
      [
        [0, 'permitted'],
        [HOUR, 'denied'],
        [HOUR + DELAY, 'denied'],
      ],
      ['became_permitted', 'denial_counted', 'denial_confirmed'],
      'denied',
    ],
    [
      'two denials at the same moment are one',
      [
        [0, 'denied'],
        [DELAY - 1, 'denied'],
      ],
      ['denial_counted', 'too_soon_to_count'],
      'unknown',
    ],
    [
      'a denial that is contradicted counts no more',
      [
        [0, 'denied'],
        [DELAY, 'permitted'],
        [HOUR, 'denied'],
      ],
      ['denial_counted', 'became_permitted', 'denial_counted'],
      'permitted',
    ],
    [
      'what proves nothing neither counts nor clears',
      [
        [0, 'denied'],
        [DELAY, 'auth_uncertain'],
        [2 * DELAY, 'gateway_error'],
        [3 * DELAY, 'denied'],
        [4 * DELAY, 'timeout'],
        [5 * DELAY, 'wrong_endpoint'],
        [6 * DELAY, 'denied'],
      ],
      ['denial_counted', 'unknown', 'unknown', 'denial_confirmed', 'unknown', 'unknown', 'denial_repeated'],
      'denied',
    ],
    [
      'a permission that is given back ends it at once',
      [
        [0, 'denied'],
        [DELAY, 'denied'],
        [HOUR, 'permitted'],
      ],
      ['denial_counted', 'denial_confirmed', 'became_permitted'],
      'permitted',
    ],
    [
      'an answer that comes late is dropped',
      [
        [HOUR, 'permitted'],
        [0, 'denied', CALL, HOUR],
        [HOUR, 'denied'],
      ],
      ['became_permitted', 'out_of_order', 'out_of_order'],
      'permitted',
    ],
    [
      'another call is another question',
      [
        [0, 'denied'],
        [HOUR, 'denied', 'GET /other'],
      ],
      ['denial_counted', 'denial_counted'],
      'unknown',
    ],
  ])('%s', (_what, steps, reasons, state) => {
    const lived = live(steps);
    expect(lived.reasons).toEqual(reasons);
    expect(lived.permission.state).toBe(state);
  });

  it('does not take another call for permitted because the first one was', () => {
    const { permission } = live([
      [0, 'permitted'],
      [HOUR, 'timeout', 'GET /other'],
    ]);
    expect(permission).toMatchObject({ state: 'unknown', call: 'GET /other', permittedAt: T0 });
  });

  it('is nothing for a new secret that an earlier one was permitted, but a denial stays until a certain answer', () => {
    const permitted = askAnew(live([[0, 'permitted']]).permission, T0 + HOUR);
    expect(permitted).toMatchObject({ state: 'unknown', since: T0 + HOUR, askedAt: null });
    const denied = askAnew(
      live([
        [0, 'denied'],
        [DELAY, 'denied'],
      ]).permission,
      T0 + HOUR,
    );
    expect(denied).toMatchObject({ state: 'denied', denials: 0 });
    expect(live([[HOUR, 'denied']], denied)).toMatchObject({
      reasons: ['denial_counted'],
      permission: { state: 'denied' },
    });
    expect(live([[HOUR, 'permitted']], denied).permission.state).toBe('permitted');
  });

  it('goes on after the clock was set back, with the denials that were counted', () => {
    const { permission } = live([
      [5 * HOUR, 'denied'],
      [0, 'denied'],
    ]);
    expect(permission).toMatchObject({ state: 'denied', since: T0 });
  });

  it('changes to denied only with the second of two denials, apart, and from there only by being permitted', () => {
    const step = fc.tuple(fc.integer({ min: 1, max: 2 * MINUTE }), fc.constantFrom(...PROBE_RESULTS));
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
        let at = 0;
        let permission: PermissionRecord | undefined;
        // An independent reckoning: the starts of the denials since anything was last permitted.
        let denials: number[] = [];
        let denied = false;
        for (const [pause, result] of steps) {
          at += pause;
          permission = live([[at, result]], permission).permission;
          const last = denials.at(-1);
          if (result === 'permitted') {
            denials = [];
            denied = false;
          } else if (result === 'denied' && (last === undefined || at - last >= DELAY)) denials.push(at);
          denied ||= denials.length >= 2;
          expect(permission.state === 'denied').toBe(denied);
          expect(permission.denials).toBe(denials.length);
          if (provenBy(result) === 'permitted') expect(permission.state).toBe('permitted');
        }
      }),
    );
  });
});

describe('a probe is due', () => {
  const at = (permission: PermissionRecord | undefined, ms: number) => isProbeDue(permission, PLAN, T0 + ms);

  it('with the first token', () => {
    expect(at(undefined, 0)).toBe(true);
  });

  it('with the check that is nearest to its own interval', () => {
    const { permission } = live([[0, 'permitted']]);
    expect(at(permission, HOUR - 5 * MINUTE)).toBe(false);
    expect(at(permission, HOUR - SECOND)).toBe(true);
    expect(at(permission, HOUR)).toBe(true);
  });

  it('soon while a denial waits to be confirmed, whatever else was answered since', () => {
    const { permission } = live([[0, 'denied']]);
    expect(isBeingConfirmed(permission)).toBe(true);
    expect(at(permission, DELAY - 1)).toBe(false);
    expect(at(permission, DELAY)).toBe(true);
    const unsure = live([[DELAY, 'timeout']], permission).permission;
    expect(at(unsure, 2 * DELAY)).toBe(true);
  });

  it('at its interval again once the denial is sure', () => {
    const { permission } = live([
      [0, 'denied'],
      [DELAY, 'denied'],
    ]);
    expect(isBeingConfirmed(permission)).toBe(false);
    expect(at(permission, 10 * MINUTE)).toBe(false);
    expect(at(permission, DELAY + HOUR)).toBe(true);
  });

  it('at once with a new secret, for another call, and after the clock was set back', () => {
    const { permission } = live([[0, 'permitted']]);
    expect(at(askAnew(permission, T0 + SECOND), 2 * SECOND)).toBe(true);
    expect(isProbeDue(permission, { ...PLAN, call: 'GET /other' }, T0 + SECOND)).toBe(true);
    expect(at(permission, -HOUR)).toBe(true);
  });

  it('with every check where its interval is the shorter one', () => {
    const { permission } = live([[0, 'permitted']]);
    expect(isProbeDue(permission, { ...PLAN, probeIntervalMs: MINUTE }, T0 + 1)).toBe(true);
  });
});
