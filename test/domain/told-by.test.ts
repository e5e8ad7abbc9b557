import { describe, expect, it } from '@jest/globals';
import { audiencesOf } from '../../src/domain/audience.ts';
import { NO_RECEIVER } from '../../src/domain/channel.ts';
import { noteDeclared } from '../../src/domain/declared-for.ts';
import { createToldBy, deliveryOf } from '../../src/domain/delivery.ts';
import { formatDuration } from '../../src/domain/duration.ts';
import type { Incident } from '../../src/domain/incident.ts';
import { newIncident } from '../../src/domain/incident-book.ts';
import { notificationOf } from '../../src/domain/notification.ts';
import { isExpiryOutdated, summaryOf } from '../../src/domain/summary.ts';
import { page, QUIET, TOLD, toldDigest } from './announcing.ts';
import { ACME, fresh, GATEWAY, MINUTE, T0 } from './checks.ts';
import { DECIDE_POLICY } from './desk.ts';

const SOC = { channels: ['soc'], total: 1, ids: ['a'], tenant: 'Acme Corp' };

function outage(audiences: Incident['audiences']): Incident {
  const about = { id: 'o', kind: 'gateway_outage', cause: null, severity: 'warning' } as const;
  return newIncident({ ...about, connection: null, subject: GATEWAY, audiences, notice: TOLD }, T0);
}

describe('whose message told', () => {
  it('of a whole gateway is its own', () => {
    const incident = outage([SOC]);
    expect(createToldBy([incident])(incident)).toEqual({ incident: 'o', channels: ['soc'] });
  });

  it.each<[string, Partial<Incident>, unknown]>([
    ['of what has left its digest', { group: 'd', notice: TOLD }, { incident: 'i-a', channels: ['soc'] }],
    ['of what is in none', { notice: { ...TOLD, quiet: 'grouped' } }, { incident: 'i-a', channels: ['soc'] }],
    [
      'of what is in one',
      { group: 'd', notice: { ...TOLD, quiet: 'grouped' } },
      { incident: 'd', channels: null },
    ],
  ])('%s', (_what, more, toldBy) => {
    const incident = page('a', { audiences: [SOC], ...more });
    expect(createToldBy([incident, toldDigest(['a'])])(incident)).toEqual(toldBy);
  });

  it.each([
    ['that names it', { ...SOC, ids: ['a'] }, true],
    ['that names all others', { ...SOC, ids: ['b'], tenant: null }, false],
    ['that names some others of all', { ...SOC, total: 60, ids: ['b'], tenant: null }, true],
    ['that names some others of its customer', { ...SOC, total: 60, ids: ['b'] }, true],
    [
      'that names some others of another customer',
      { ...SOC, total: 60, ids: ['b'], tenant: 'Globex' },
      false,
    ],
  ])('while its gateway is out is the one %s', (_what, audience, named) => {
    const held = page('a', {
      kind: 'credential_unverifiable',
      notice: { ...QUIET, due: 'firing', held: 'outage' },
    });
    expect(createToldBy([held, outage([audience])])(held)?.channels).toEqual(named ? ['soc'] : []);
  });

  it('is noted without a reason where there is none', () => {
    const notification = notificationOf(page('a'), 'firing', SOC, T0);
    const tried = { at: T0, since: T0, attempts: 1 };
    expect(deliveryOf(notification, 'delivered', tried, { failure: null, reason: null })).toEqual({
      ...tried,
      result: 'delivered',
      notification: 'i-a-0',
      failure: null,
      reason: null,
    });
  });

  it('is into the program’s own log without any receiver', () => {
    expect(NO_RECEIVER).toEqual({ protocol: null, status: null, ids: {} });
  });
});

describe('channels that may see different connections', () => {
  it('never share a message, however the ids of these look when they are joined', () => {
    const concerned = (id: string, channel: string) => ({ connection: { ...ACME, id }, override: [channel] });
    const some = [
      concerned('a', 'soc'),
      concerned('bc', 'soc'),
      concerned('ab', 'pager'),
      concerned('c', 'pager'),
    ];
    const what = { kind: 'gateway_outage', severity: 'warning', cause: null } as const;
    expect(audiencesOf(what, some, DECIDE_POLICY).map(({ channels, ids }) => [channels, ids])).toEqual([
      [['soc'], ['a', 'bc']],
      [['pager'], ['ab', 'c']],
    ]);
  });
});

describe('for which secret a date was declared', () => {
  const first = { ...fresh(), fingerprint: 'first' };
  const noted = noteDeclared(first, T0, T0);

  it('is the one in use, as soon as there is one', () => {
    expect(noteDeclared(fresh(), T0, T0)).toEqual(fresh());
    expect(noted.declaredFor).toEqual({ expiresAt: T0, fingerprint: 'first', since: T0 });
  });

  it.each([
    [15 * MINUTE - 1, 'second'],
    [15 * MINUTE, 'first'],
  ])('is the one that came %d ms later: %s', (later, fingerprint) => {
    const changed = noteDeclared({ ...noted, fingerprint: 'second' }, T0, T0 + later);
    expect(changed.declaredFor).toEqual({ expiresAt: T0, fingerprint, since: T0 });
    expect(isExpiryOutdated(summaryOf(changed), T0)).toBe(fingerprint === 'first');
  });

  it('is unknown without a record, and forgotten with the date', () => {
    expect(isExpiryOutdated(null, T0)).toBe(false);
    expect(isExpiryOutdated(summaryOf(first), T0)).toBe(false);
    expect(noteDeclared(noted, null, T0)).toEqual(first);
  });
});

it('every unit of a duration is used', () => {
  expect([2, 2_000, 120_000, 7_200_000, 172_800_000].map(formatDuration)).toEqual([
    '2ms',
    '2s',
    '2m',
    '2h',
    '2d',
  ]);
});
