import { describe, expect, it } from '@jest/globals';
import { classifyProbe, type ProbeResult } from '../../src/domain/classify-probe.ts';
import type { PermissionEvent } from '../../src/domain/event.ts';
import { IncidentBook } from '../../src/domain/incident-book.ts';
import {
  advancePermission,
  askAnew,
  isProbeDue,
  type PermissionRecord,
} from '../../src/domain/permission.ts';
import { trackPermission } from '../../src/domain/track-permission.ts';
import { ACME, HOUR, MINUTE, SECOND, T0 } from './checks.ts';

const CALL = 'GET /identity/whoami';
const CONFIRM = 15 * SECOND;

function probed(result: ProbeResult, at: number, before?: PermissionRecord, now = at) {
  const answer = { result, httpStatus: null, code: null, requestId: null };
  return advancePermission(before, { call: CALL, startedAt: at, answer }, CONFIRM, now);
}

/** A permission that was denied so often, a minute apart. */
function denied(times: number): PermissionRecord {
  let known = probed('permitted', T0 - HOUR).permission;
  for (let i = 0; i < times; i += 1) known = probed('denied', T0 + i * MINUTE, known).permission;
  return known;
}

describe('the answer to a probe, at the edge of what is one', () => {
  function resultOf(status: number, body: string): ProbeResult {
    const bytes = new TextEncoder().encode(body);
    const answer = { kind: 'answer', status, headers: {}, body: bytes, oversized: false } as const;
    return classifyProbe(answer, { forbidden: [], redact: (text) => text }).result;
  }

  it.each<[number, string, ProbeResult]>([
    [199, '{}', 'unexpected_response'],
    [299, '{}', 'permitted'],
    [300, '{}', 'wrong_endpoint'],
    [399, '{}', 'wrong_endpoint'],
    [400, '{}', 'bad_request'],
    [499, '{}', 'bad_request'],
    [500, '{}', 'gateway_error'],
    [599, '{}', 'gateway_error'],
    [600, '{}', 'unexpected_response'],
    [403, 'null', 'auth_uncertain'],
    [403, '"forbidden"', 'auth_uncertain'],
    [403, 'forbidden', 'auth_uncertain'],
    [403, '{}', 'denied'],
  ])('%d with %s is %s', (status, body, result) => {
    expect(resultOf(status, body)).toBe(result);
  });

  it.each([
    ['{"status":403}', 'denied'],
    ['{"status":"403"}', 'unexpected_response'],
    ['{"status":500}', 'unexpected_response'],
    ['{}', 'unexpected_response'],
    ['null', 'unexpected_response'],
    ['403', 'unexpected_response'],
    ['"status"', 'unexpected_response'],
  ])('a failed function whose meta is %s is %s', (meta, result) => {
    expect(resultOf(200, `{"fail":[{"errors":[{"code":"x"}]}],"meta":${meta}}`)).toBe(result);
  });

  it('a failed function without meta is not denied', () => {
    expect(resultOf(200, '{"fail":[{"errors":[{"code":"x"}]}]}')).toBe('unexpected_response');
  });
});

describe('a permission that goes on', () => {
  it('keeps its beginning and says that nothing is new', () => {
    const first = probed('permitted', T0);
    const second = probed('permitted', T0 + HOUR, first.permission);
    expect([first.reason, second.reason]).toEqual(['became_permitted', 'still_permitted']);
    expect(second.permission).toMatchObject({ since: T0, permittedAt: T0 + HOUR, askedAt: T0 + HOUR });
  });

  it('that is denied again and again is confirmed once for each secret', () => {
    const known = denied(2);
    expect(known).toMatchObject({ state: 'denied', since: T0 + MINUTE });
    const again = probed('denied', T0 + HOUR, known);
    expect(again).toMatchObject({
      reason: 'denial_repeated',
      permission: { since: T0 + MINUTE, denials: 3 },
    });
    const anew = askAnew(again.permission, T0 + 2 * HOUR);
    const one = probed('denied', T0 + 2 * HOUR, anew);
    const two = probed('denied', T0 + 3 * HOUR, one.permission);
    expect([one.reason, two.reason]).toEqual(['denial_counted', 'denial_confirmed']);
    expect(two.permission).toMatchObject({ state: 'denied', since: T0 + MINUTE });
  });
});

describe('an answer to a probe that comes late', () => {
  it('is dropped when it was asked no later than the last', () => {
    const known = probed('permitted', T0).permission;
    expect(probed('denied', T0, known, T0 + HOUR)).toEqual({ permission: known, reason: 'out_of_order' });
    expect(probed('denied', T0 + 1, known, T0 + HOUR).reason).toBe('denial_counted');
  });
});

describe('a probe', () => {
  const plan = { call: CALL, probeIntervalMs: HOUR, checkIntervalMs: 10 * MINUTE, confirmDelayMs: CONFIRM };
  const permitted = probed('permitted', T0).permission;

  it.each<[string, PermissionRecord | undefined, number, boolean]>([
    ['nothing is known', undefined, T0, true],
    ['it is to be asked anew', { ...permitted, askedAt: null }, T0, true],
    ['another call was asked', { ...permitted, call: 'GET /other' }, T0, true],
    ['its time is nearer than a half turn', permitted, T0 + 55 * MINUTE, true],
    ['its time is further than a half turn', permitted, T0 + 55 * MINUTE - 1, false],
    ['the clock was set back by more than clocks differ', permitted, T0 - MINUTE - 1, true],
    ['clocks differ', permitted, T0 - MINUTE, false],
    ['one denial is being confirmed', denied(1), T0 + CONFIRM, true],
    ['one denial is not old enough', denied(1), T0 + CONFIRM - 1, false],
    ['two denials are sure', denied(2), T0 + 2 * MINUTE, false],
  ])('is due when %s', (_what, known, now, due) => {
    expect(isProbeDue(known, plan, now)).toBe(due);
  });
});

describe('a clock that was set back', () => {
  const earlier = T0 - HOUR;

  it('leaves no time of a permission that has yet to come', () => {
    const { permission, reason } = probed('auth_uncertain', earlier, probed('permitted', T0).permission);
    expect(reason).toBe('unknown');
    expect(permission).toMatchObject({ since: earlier, permittedAt: earlier, askedAt: earlier });
  });

  it('leaves earlier times alone, and makes up none', () => {
    const old = { ...denied(2), askedAt: T0, since: T0 - 5 * HOUR, permittedAt: T0 - 6 * HOUR };
    expect(probed('auth_uncertain', earlier, old).permission).toMatchObject({
      since: T0 - 5 * HOUR,
      permittedAt: T0 - 6 * HOUR,
    });
    const never = { ...old, permittedAt: null };
    expect(probed('auth_uncertain', earlier, never).permission.permittedAt).toBeNull();
  });

  it('has a denial counted at once, and no answer dropped', () => {
    const { permission, reason } = probed('denied', earlier, denied(1), earlier);
    expect([reason, permission.denials]).toEqual(['denial_confirmed', 2]);
    expect(probed('denied', T0 - MINUTE, denied(1), T0 - MINUTE).reason).toBe('out_of_order');
  });
});

describe('the incident of a permission', () => {
  const event = (to: PermissionEvent['to'], at: number): PermissionEvent => ({
    ...{ type: 'permission', version: 4, at, from: 'permitted', to, denials: 2, permittedAt: T0 - HOUR },
    ...{ lastSuccessAt: T0, connection: ACME, channels: null },
    evidence: { verdict: 'forbidden', httpStatus: 403, code: 'app_forbidden', requestId: null, call: CALL },
  });

  it('is opened, updated and resolved, each with its reason', () => {
    const book = new IncidentBook([]);
    const reasons = (['denied', 'denied', 'permitted', 'permitted', 'unknown'] as const).map((to, i) =>
      trackPermission(event(to, T0 + i), book, 'e1', T0 + HOUR),
    );
    expect(reasons).toEqual(['opened', 'updated_quietly', 'resolved', 'nothing_open', 'nothing_open']);
  });

  it.each([
    [T0, T0],
    [T0 + 2 * HOUR, T0 + HOUR],
  ])('that changed at %d began at %d, which is not in the future', (at, startedAt) => {
    const book = new IncidentBook([]);
    trackPermission(event('denied', at), book, 'e1', T0 + HOUR);
    expect(book.all()).toMatchObject([{ startedAt, detail: expect.stringContaining('2026-06-01T11:00') }]);
  });
});
