import { describe, expect, it } from '@jest/globals';
import type { MonitorEvent } from '../../src/domain/event.ts';
import { SiblingLooks, siblingsToAsk } from '../../src/domain/sibling-looks.ts';
import { ACME, fresh, GATEWAY, live, MINUTE, revoked, SECOND, seen, T0 } from './checks.ts';
import { changed } from './desk.ts';

const CONFIRM = 15 * SECOND;
const FAMILY = { gateway: GATEWAY, tenant: 'Acme Corp', refusedAt: T0 };

function refused(tenant = 'Acme Corp', more: Partial<Extract<MonitorEvent, { type: 'state' }>> = {}) {
  const connection = { ...ACME, id: `${tenant}-siem`, tenant };
  return changed('suspect', T0, { from: 'healthy', reason: 'first_rejection', connection, ...more });
}

/** When the family of one refusal at `T0` is looked at, in seconds after it. */
function looksOf(confirmDelayMs: number): number[] {
  const looks = new SiblingLooks();
  looks.begin([refused()], confirmDelayMs, T0);
  const times: number[] = [];
  for (let at = looks.nextAt(); at !== null; at = looks.nextAt()) {
    expect(looks.due(at - 1)).toEqual([]);
    expect(looks.due(at)).toEqual([FAMILY]);
    times.push((at - T0) / SECOND);
  }
  return times;
}

describe('the other keys of a customer of which one is refused', () => {
  it('are looked at at once, and three times after', () => {
    expect(new SiblingLooks().begin([refused()], CONFIRM, T0)).toEqual([FAMILY]);
    expect(looksOf(15 * SECOND)).toEqual([2, 16, 31]);
    expect(looksOf(2 * SECOND)).toEqual([1, 2.5, 4.5]);
  });

  it.each([
    ['of keys that did not work before', [refused('Acme Corp', { from: 'pending' })]],
    ['that is none for the first time', [refused('Acme Corp', { reason: 'rejection_confirmed' })]],
    ['of a connection that is gone', [{ type: 'removed', connection: ACME, at: T0 } as const]],
  ])('are not looked at for an event %s', (_what, events) => {
    const looks = new SiblingLooks();
    expect(looks.begin(events, CONFIRM, T0)).toEqual([]);
    expect(looks.nextAt()).toBeNull();
  });

  it('are followed once, whoever else of them is refused', () => {
    const looks = new SiblingLooks();
    expect(looks.begin([refused(), refused()], CONFIRM, T0)).toHaveLength(1);
    expect(looks.begin([refused()], CONFIRM, T0 + SECOND)).toEqual([]);
    expect(looks.begin([refused('Globex')], CONFIRM, T0 + SECOND)).toHaveLength(1);
    expect(looks.nextAt()).toBe(T0 + 2 * SECOND);
  });

  it('are not looked at again when none is refused any more', () => {
    const looks = new SiblingLooks();
    looks.begin([refused()], CONFIRM, T0);
    looks.end({ ...FAMILY, tenant: 'Globex' });
    expect(looks.nextAt()).toBe(T0 + 2 * SECOND);
    expect(looks.begin([refused('Initech')], CONFIRM, T0)).toHaveLength(1);
    looks.end({ ...FAMILY, tenant: 'Initech' });
    looks.end(FAMILY);
    expect(looks.nextAt()).toBeNull();
    expect(looks.due(T0 + MINUTE)).toEqual([]);
  });

  it('are begun with again a minute after the last was begun, not before', () => {
    const looks = new SiblingLooks();
    looks.begin([refused()], CONFIRM, T0);
    looks.end(FAMILY);
    expect(looks.begin([refused()], CONFIRM, T0 + MINUTE)).toEqual([]);
    expect(looks.begin([refused()], CONFIRM, T0 + MINUTE + 1)).toHaveLength(1);
  });

  it('are followed on beyond a minute while looks are to come', () => {
    const looks = new SiblingLooks();
    looks.begin([refused()], 2 * MINUTE, T0);
    expect(looks.due(T0 + 2 * SECOND)).toEqual([FAMILY]);
    expect(looks.begin([refused()], 2 * MINUTE, T0 + MINUTE + 1)).toEqual([]);
    expect(looks.due(T0 + 2 * MINUTE + SECOND)).toEqual([FAMILY]);
  });

  it('are looked at once for all looks that were missed', () => {
    const looks = new SiblingLooks();
    looks.begin([refused()], CONFIRM, T0);
    expect(looks.due(T0 + 20 * SECOND)).toEqual([FAMILY]);
    expect(looks.due(T0 + 20 * SECOND)).toEqual([]);
    expect(looks.nextAt()).toBe(T0 + 31 * SECOND);
  });

  it('are forgotten by a clock that was set back', () => {
    const looks = new SiblingLooks();
    looks.begin([refused()], CONFIRM, T0);
    expect(looks.due(T0 - 1)).toEqual([]);
    expect(looks.nextAt()).toBeNull();
    expect(looks.begin([refused()], CONFIRM, T0 - 1)).toHaveLength(1);
  });

  it('are followed of ten customers of a gateway at once, and looked at once of the others', () => {
    const looks = new SiblingLooks();
    const many = Array.from({ length: 12 }, (_, i) => refused(`tenant ${i}`));
    expect(looks.begin(many, CONFIRM, T0)).toHaveLength(12);
    const elsewhere = { ...ACME, gateway: 'https://eu.example' };
    looks.begin([refused('Acme Corp', { connection: elsewhere })], CONFIRM, T0);
    const due = looks.due(T0 + 2 * SECOND).map(({ tenant }) => tenant);
    expect(due).toEqual([...many.slice(0, 10).map(({ connection }) => connection.tenant), 'Acme Corp']);
  });
});

describe('ten customers that are no longer looked at', () => {
  it('are in the way of no other', () => {
    const looks = new SiblingLooks();
    const many = Array.from({ length: 10 }, (_, i) => refused(`tenant ${i}`));
    for (const family of looks.begin(many, CONFIRM, T0)) looks.end(family);
    looks.begin([refused()], CONFIRM, T0 + SECOND);
    expect(looks.nextAt()).toBe(T0 + 3 * SECOND);
  });
});

describe('whom to ask of a family', () => {
  const healthy = live([seen('valid', -MINUTE)]).record;
  const suspect = live([seen('valid', -MINUTE), seen('rejected', 0)]).record;

  it('are those that are not refused, where one is since', () => {
    const members = [
      ['refused', suspect],
      ['works', healthy],
      ['new', fresh()],
      ['gone', null],
      ['revoked', { ...revoked(), rejections: 0 }],
    ] as const;
    expect(siblingsToAsk(members, FAMILY)).toEqual({ ids: ['works', 'new'], refused: true });
  });

  it.each([
    ['none was refused', healthy, FAMILY],
    ['one was refused before', suspect, { ...FAMILY, refusedAt: T0 + 1 }],
  ])('is nobody where %s', (_what, record, family) => {
    expect(
      siblingsToAsk(
        [
          ['a', record],
          ['b', healthy],
        ],
        family,
      ),
    ).toEqual({ ids: [], refused: false });
  });

  it('are fifty at most', () => {
    const many = Array.from({ length: 60 }, (_, i) => [`c-${i}`, healthy] as const);
    const { ids } = siblingsToAsk([['refused', suspect], ...many], FAMILY);
    expect(ids).toEqual(many.slice(0, 50).map(([id]) => id));
  });
});
