import { describe, expect, it } from '@jest/globals';
import type { SilenceMatch } from '../../src/domain/silence.ts';
import { LONGEST_SILENCE_MS, matchMistake, timesMistake } from '../../src/domain/silence-mistake.ts';
import { ACME, DAY, GATEWAY, HOUR, T0 } from './checks.ts';

const GLOBEX = {
  id: 'globex-siem',
  tenant: 'Globex',
  gateway: 'https://eu-api.services.mimecast.com',
  labels: { tier: 'silver', owner: 'soc-b' },
};
const FLEET = [ACME, GLOBEX];

function mistakeOf(match: SilenceMatch, fleet = FLEET) {
  return matchMistake(match, fleet);
}

describe('a match that mutes what was meant', () => {
  it.each<SilenceMatch>([
    { connection: 'acme-siem' },
    { tenant: 'Acme Corp' },
    { tenant: 'Acme Corp', labels: { tier: 'gold' } },
    { labels: { tier: 'silver', owner: 'soc-b' } },
    { gateway: GATEWAY },
    { kind: 'credential_invalid' },
    { kind: 'credential_invalid', tenant: 'Globex' },
    { kind: 'config_rejected' },
    { kind: 'channel_failing' },
    { kind: 'gateway_outage' },
    { kind: 'gateway_outage', gateway: GATEWAY },
    { kind: 'mass_rejection', gateway: GATEWAY },
    { connection: 'acme-siem', gateway: GATEWAY },
  ])('%j is no mistake', (match) => {
    expect(mistakeOf(match)).toBeNull();
  });
});

describe('a match that would not', () => {
  it.each<[SilenceMatch, RegExp]>([
    [{}, /^The silence would mute everything/],
    [{ labels: {} }, /^The silence would mute everything/],
    [{ kind: 'config_rejected', tenant: 'Acme Corp' }, /^config_rejected is about the monitor itself/],
    [{ kind: 'channel_failing', gateway: GATEWAY }, /^channel_failing is about the monitor itself/],
    [{ kind: 'gateway_outage', tenant: 'Acme Corp' }, /^gateway_outage is about many connections at once/],
    [{ kind: 'mass_rejection', connection: 'acme-siem' }, /^mass_rejection is about many/],
    [{ connection: 'acme-sime' }, /^There is no connection acme-sime; did you mean acme-siem\?$/],
    [{ connection: 'zzzzzzzz' }, /^There is no connection zzzzzzzz; mimecast-monitor status and GET/],
    [{ tenant: 'Acme Crop' }, /^There is no tenant Acme Crop; did you mean Acme Corp\?$/],
    [{ labels: { tier: 'golf' } }, /^There is no label tier=golf; did you mean tier=gold\?$/],
    [
      { labels: { tier: 'gold', owner: 'soc-c' } },
      /^There is no label owner=soc-c; did you mean owner=soc-b\?$/,
    ],
    [{ connection: 'acme-siem', tenant: 'Globex' }, /^No connection has all of this together/],
    [{ labels: { tier: 'gold', owner: 'soc-b' } }, /^No connection has all of this together/],
    [{ tenant: 'Acme Corp', gateway: GLOBEX.gateway }, /^No connection has all of this together/],
  ])('%j: %s', (match, mistake) => {
    expect(mistakeOf(match)).toMatch(mistake);
  });
});

describe('a gateway that is not there', () => {
  it.each([
    ['us-api.services.mimecast.com', GATEWAY],
    ['http://us-api.services.mimecast.com', GATEWAY],
    ['https://us-api.services.mimecast.com/', GATEWAY],
    ['https://us-api.services.mimecast.com/oauth/token?x#y', GATEWAY],
    ['https://us-api.services.mimecast.com:443', GATEWAY],
    ['HTTPS://US-API.services.mimecast.com', GATEWAY],
    ['us-ap.services.mimecast.com', GATEWAY],
    ['us-a', GATEWAY],
    ['eu-api', GLOBEX.gateway],
  ])('%s is taken for %s', (gateway, meant) => {
    expect(mistakeOf({ gateway })).toBe(`There is no gateway ${gateway}; did you mean ${meant}?`);
  });

  it.each(['us-', 'x-example', 'https://'])('%s is taken for none', (gateway) => {
    expect(mistakeOf({ gateway })).toBe(
      `There is no gateway ${gateway}; there is ${GLOBEX.gateway}, ${GATEWAY}.`,
    );
  });

  it('is told with five that are, or that there is none', () => {
    const fleet = [7, 3, 1, 2, 5, 4, 6].map((i) => ({ ...ACME, gateway: `https://g${i}.example` }));
    const five = [1, 2, 3, 4, 5].map((i) => `https://g${i}.example`).join(', ');
    expect(mistakeOf({ gateway: 'quite-another-thing' }, fleet)).toBe(
      `There is no gateway quite-another-thing; there is ${five}.`,
    );
    expect(mistakeOf({ gateway: GATEWAY }, [])).toBe(`There is no gateway ${GATEWAY}; there is none.`);
  });
});

describe('the times of a silence', () => {
  it.each([
    ['an hour from now on', T0, T0 + HOUR, null],
    ['what has begun already', T0 - DAY, T0 + 1, null],
    ['ninety days', T0, T0 + LONGEST_SILENCE_MS, null],
    ['longer than ninety days', T0, T0 + LONGEST_SILENCE_MS + 1, /longer than 90 days/],
    ['no time at all', T0 + HOUR, T0 + HOUR, /end before it starts/],
    ['an end before its beginning', T0 + HOUR, T0 + 1, /end before it starts/],
    ['what is over', T0 - HOUR, T0, /over already/],
  ])('%s', (_what, startsAt, endsAt, mistake) => {
    const found = timesMistake(startsAt, endsAt, T0);
    if (mistake === null) expect(found).toBeNull();
    else expect(found).toMatch(mistake);
  });

  it('are ninety days at most', () => {
    expect(LONGEST_SILENCE_MS).toBe(90 * DAY);
  });
});
