import { describe, expect, it } from '@jest/globals';
import {
  type Silence,
  type Silenceable,
  type SilenceMatch,
  silenceStatus,
  silencing,
} from '../../src/domain/silence.ts';
import { matchMistake, timesMistake } from '../../src/domain/silence-mistake.ts';
import { ACME, GATEWAY, HOUR, T0 } from './checks.ts';

const UK = 'https://uk-api.services.mimecast.com';
const GLOBEX = { id: 'globex', tenant: 'Globex', gateway: UK, labels: { tier: 'silver' } };

function silence(match: SilenceMatch, more: Partial<Silence> = {}): Silence {
  return {
    id: 'a1',
    match,
    startsAt: T0,
    endsAt: T0 + 2 * HOUR,
    reason: 'migration',
    author: 'kim',
    createdAt: T0,
    ...more,
  };
}

const revoked: Silenceable = { kind: 'credential_invalid', connection: ACME };
const outage: Silenceable = { kind: 'gateway_outage', connection: null, gateways: [GATEWAY] };
const bothOut: Silenceable = { kind: 'gateway_outage', connection: null, gateways: [GATEWAY, UK] };
const rejected: Silenceable = { kind: 'config_rejected', connection: null };

describe('silencing', () => {
  it.each<[boolean, Silenceable, SilenceMatch]>([
    [true, revoked, { connection: 'acme-siem' }],
    [false, revoked, { connection: 'globex' }],
    [true, revoked, { tenant: 'Acme Corp' }],
    [false, revoked, { tenant: 'acme corp' }],
    [true, revoked, { labels: { tier: 'gold' } }],
    [false, revoked, { labels: { tier: 'gold', owner: 'soc-a' } }],
    [true, revoked, { gateway: GATEWAY }],
    [false, revoked, { gateway: UK }],
    [true, revoked, { kind: 'credential_invalid' }],
    [false, revoked, { kind: 'credential_expiring' }],
    [true, revoked, { kind: 'credential_invalid', tenant: 'Acme Corp', gateway: GATEWAY }],
    [false, revoked, { kind: 'credential_invalid', tenant: 'Globex' }],
    [true, outage, { kind: 'gateway_outage' }],
    [true, outage, { gateway: GATEWAY }],
    [true, outage, { kind: 'gateway_outage', gateway: GATEWAY }],
    [false, outage, { gateway: UK }],
    [false, outage, { kind: 'gateway_outage', tenant: 'Acme Corp' }],
    [false, outage, { connection: 'acme-siem' }],
    [false, outage, { labels: { tier: 'gold' } }],
    [true, bothOut, { kind: 'gateway_outage' }],
    [false, bothOut, { gateway: GATEWAY }],
    [true, rejected, { kind: 'config_rejected' }],
    [false, rejected, { gateway: GATEWAY }],
    [false, rejected, {}],
    [false, revoked, {}],
    [false, revoked, { labels: {} }],
  ])('mutes (%s) %j with a match of %j', (expected, subject, match) => {
    const made = silence(match);
    expect(silencing(subject, [made], T0)).toBe(expected ? made : null);
  });

  it.each([
    [T0 - 1, 'pending'],
    [T0, 'active'],
    [T0 + 2 * HOUR - 1, 'active'],
    [T0 + 2 * HOUR, 'expired'],
  ])('at %d a silence is %s, and mutes only while it is active', (now, status) => {
    const made = silence({ tenant: 'Acme Corp' });
    expect(silenceStatus(made, now)).toBe(status);
    expect(silencing(revoked, [made], now) !== null).toBe(status === 'active');
  });

  it('names the one that lasts longest', () => {
    const short = silence({ kind: 'credential_invalid' }, { id: 'short', endsAt: T0 + HOUR });
    const long = silence({ tenant: 'Acme Corp' }, { id: 'long' });
    const other = silence({ tenant: 'Globex' }, { id: 'other', endsAt: T0 + 9 * HOUR });
    expect(silencing(revoked, [short, long, other], T0)?.id).toBe('long');
    expect(silencing(revoked, [long, short, other], T0)?.id).toBe('long');
  });
});

describe('what is wrong with a silence', () => {
  it.each<[SilenceMatch, string | null]>([
    [{ connection: 'acme-siem' }, null],
    [{ tenant: 'Globex', gateway: UK, labels: { tier: 'silver' }, kind: 'credential_expiring' }, null],
    [{ kind: 'config_rejected' }, null],
    [{ kind: 'gateway_outage', gateway: UK }, null],
    [{}, 'The silence would mute everything: name a connection, a tenant, labels, a gateway or a kind.'],
    [
      { labels: {} },
      'The silence would mute everything: name a connection, a tenant, labels, a gateway or a kind.',
    ],
    [{ connection: 'acme-sime' }, 'There is no connection acme-sime; did you mean acme-siem?'],
    [{ tenant: 'Acme Crop' }, 'There is no tenant Acme Crop; did you mean Acme Corp?'],
    [{ labels: { tier: 'glod' } }, 'There is no label tier=glod; did you mean tier=gold?'],
    [
      { tenant: 'Initech' },
      'There is no tenant Initech; mimecast-monitor status and GET /api/v1/connections list what there is.',
    ],
    ...[
      'uk-api.services.mimecast.com',
      'UK-API.services.mimecast.com:443/',
      'http://uk-api.services.mimecast.com',
      'uk-api',
      'https://uk-ap.services.mimecast.com',
    ].map((gateway): [SilenceMatch, string] => [
      { gateway },
      `There is no gateway ${gateway}; did you mean ${UK}?`,
    ]),
    [
      { gateway: 'https://eu.example.com' },
      `There is no gateway https://eu.example.com; there is ${[ACME.gateway, UK].toSorted().join(', ')}.`,
    ],
    [
      { connection: 'acme-siem', tenant: 'Globex' },
      'No connection has all of this together: leave out what is too much, or add one silence for each.',
    ],
    [
      { kind: 'channel_failing', tenant: 'Globex' },
      'channel_failing is about the monitor itself: name the kind alone.',
    ],
    [
      { kind: 'mass_rejection', tenant: 'Globex' },
      'mass_rejection is about many connections at once: name the kind, or the kind and a gateway.',
    ],
  ])('of %j: %s', (match, mistake) => {
    expect(matchMistake(match, [ACME, GLOBEX])).toBe(mistake);
  });

  it.each([
    [T0, T0 + HOUR, null],
    [T0 - HOUR, T0 + 1, null],
    [T0, T0 + 90 * 24 * HOUR, null],
    [T0, T0, /end before it starts/],
    [T0 - 2 * HOUR, T0, /over already/],
    [T0, T0 + 90 * 24 * HOUR + 1, /longer than 90 days/],
  ])('from %d to %d: %s', (startsAt, endsAt, mistake) => {
    const found = timesMistake(startsAt, endsAt, T0);
    if (mistake === null) expect(found).toBeNull();
    else expect(found).toMatch(mistake);
  });
});
