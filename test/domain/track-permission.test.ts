import { describe, expect, it } from '@jest/globals';
import type { PermissionEvent } from '../../src/domain/event.ts';
import type { PermissionState } from '../../src/domain/permission.ts';
import { ACME, DAY, MINUTE, SECOND, T0 } from './checks.ts';
import { changed, Desk } from './desk.ts';

/** What an application may do has changed, as a probe would have left it. */
function permission(to: PermissionState, at: number, more: Partial<PermissionEvent> = {}): PermissionEvent {
  return {
    type: 'permission',
    version: at % 1_000_000_007,
    at,
    from: 'permitted',
    to,
    evidence: {
      verdict: 'valid',
      httpStatus: 403,
      code: 'app_forbidden',
      requestId: null,
      call: 'GET /identity/whoami',
    },
    denials: 2,
    permittedAt: T0 - DAY,
    lastSuccessAt: T0,
    connection: ACME,
    channels: null,
    ...more,
  };
}

/** Each happens at its time, and everything has been said. */
function lived(events: readonly (PermissionEvent | ReturnType<typeof changed>)[]): Desk {
  const desk = new Desk();
  for (const event of events) {
    desk.pass(event.at - desk.now);
    desk.happen(event);
  }
  return desk.pass(MINUTE);
}

const FIRING = 'permission_lost firing warning';

describe('a lost permission', () => {
  it('is a warning of its own that says what was denied, and that the keys work', () => {
    const desk = lived([permission('denied', T0)]);
    expect(desk.told).toEqual([FIRING]);
    expect(desk.sent[0]?.notification).toMatchObject({
      summary: 'Acme Corp: Mimecast credentials of acme-siem work, but may not do what they are for',
      description:
        'https://us-api.services.mimecast.com issues tokens, but denied GET /identity/whoami in 2 probes in a row ' +
        '(HTTP 403, app_forbidden). It was last permitted at 2026-05-31T12:00:00.000Z. The keys themselves work; ' +
        'integrations that need this permission get no data.',
      remediation: expect.stringContaining("don't replace them"),
      evidence: {
        verdict: 'valid',
        httpStatus: 403,
        code: 'app_forbidden',
        call: 'GET /identity/whoami',
        confirmations: 2,
        lastSuccessAt: '2026-06-01T12:00:00.000Z',
      },
    });
  });

  it('says so where it never was permitted', () => {
    const desk = lived([permission('denied', T0, { from: 'unknown', permittedAt: null })]);
    expect(desk.sent[0]?.notification.description).toContain(
      'It has not been permitted since it was first probed here.',
    );
  });

  it.each<[string, PermissionState, string]>([
    ['given back', 'permitted', 'recovered'],
    ['no longer probed', 'unknown', 'removed'],
  ])('that is %s has ended', (_what, to, resolution) => {
    const desk = lived([permission('denied', T0), permission(to, T0 + 5 * MINUTE, { from: 'denied' })]);
    expect(desk.told).toEqual([FIRING, `permission_lost resolved warning ${resolution}`]);
  });

  it('ends with its connection, and when that is disabled', () => {
    const removed = lived([permission('denied', T0)]);
    removed.happen({ type: 'removed', connection: ACME, at: removed.now });
    expect(removed.told.at(-1)).toBe('permission_lost resolved warning removed');
    const disabled = lived([permission('denied', T0), changed('disabled', T0 + 5 * MINUTE)]);
    expect(disabled.told.at(-1)).toBe('permission_lost resolved warning disabled');
  });

  it('is no trouble of the keys, and theirs is none of it', () => {
    const desk = lived([
      permission('denied', T0),
      changed('revoked', T0 + 5 * MINUTE),
      changed('healthy', T0 + 10 * MINUTE, { from: 'revoked', reason: 'recovered' }),
    ]);
    expect(desk.told).toEqual([
      FIRING,
      'credential_invalid firing critical revoked',
      'credential_invalid resolved critical revoked recovered',
    ]);
    expect(desk.open).toMatchObject([{ kind: 'permission_lost' }]);
  });

  it('is told of once while it lasts, and then shows what was denied last', () => {
    const { evidence } = permission('denied', T0);
    const other = evidence && { ...evidence, call: 'POST /other', httpStatus: 404 };
    const again = permission('denied', T0 + 5 * MINUTE, { from: 'denied', evidence: other, denials: 2 });
    const desk = lived([permission('denied', T0), again]);
    expect(desk.told).toEqual([FIRING]);
    expect(desk.reasons).toEqual(['opened', 'updated_quietly']);
    expect(desk.open).toMatchObject([{ startedAt: T0, evidence: { call: 'POST /other', httpStatus: 404 } }]);
    desk.pass(DAY);
    expect(desk.told).toEqual([FIRING, 'permission_lost reminder warning']);
    expect(desk.sent[1]?.notification.description).toContain(
      'denied POST /other in 2 probes in a row (HTTP 404',
    );
  });

  it('that ends before anybody was told is told to nobody', () => {
    const desk = lived([permission('denied', T0), permission('permitted', T0 + SECOND, { from: 'denied' })]);
    expect(desk.told).toEqual([]);
  });

  it('of many is one message that says what was answered to how many, and one end', () => {
    const desk = new Desk();
    const of = (id: string) => ({ connection: { ...ACME, id } });
    const ids = Array.from({ length: 40 }, (_, index) => `acme-${index}`);
    desk.happen(...ids.map((id) => permission('denied', T0, of(id))));
    desk.pass(MINUTE);
    expect(desk.told).toEqual([`${FIRING} ×40`]);
    expect(desk.sent[0]?.notification).toMatchObject({
      summary: 'Acme Corp: Mimecast credentials of 40 connections work, but may not do what they are for',
      description: expect.stringContaining('(40 × app_forbidden)'),
    });
    desk.happen(...ids.map((id) => permission('permitted', desk.now, { ...of(id), from: 'denied' })));
    desk.pass(MINUTE);
    expect(desk.told.slice(1)).toEqual(['permission_lost resolved warning recovered ×40']);
    expect(desk.sent[1]?.notification.summary).toMatch(/40 connections may do what they are for$/);
  });
});
