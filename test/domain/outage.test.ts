import { describe, expect, it } from '@jest/globals';
import { assessOutages, hostOf } from '../../src/domain/outage.ts';
import type { GatewaySurvey } from '../../src/domain/survey.ts';
import { GATEWAY, MINUTE, T0 } from './checks.ts';
import { fleetOf, gatewaySeen, idsOf, Ledger, surveyOf } from './gateway-surveys.ts';

/** So many of so many got no usable answer. */
function failing(count: number, checked: number, more: Partial<GatewaySurvey> = {}): GatewaySurvey {
  return gatewaySeen({ checked, unavailable: fleetOf(count), repeated: true, ...more });
}

function looked(ledger: Ledger, at: number, ...gateways: GatewaySurvey[]) {
  assessOutages(surveyOf(T0 + at, gateways), ledger.book, ledger.ids);
  return ledger.changed();
}

describe('an outage of a gateway', () => {
  it.each([
    ['two of two, each twice', failing(2, 2), true],
    ['one of one', failing(1, 1), false],
    ['one of two', failing(1, 2), false],
    ['half of them', failing(5, 10), true],
    ['less than half of them', failing(4, 9), false],
    ['nine that were asked once', failing(9, 10, { repeated: false }), false],
    ['ten that were asked once', failing(10, 12, { repeated: false }), true],
    ['ten of very many', failing(10, 21, { repeated: false }), false],
    ['nobody, when nothing was checked', failing(0, 0), false],
  ])('is seen in %s', (_what, seen, out) => {
    expect(looked(new Ledger(), 0, seen).map(({ kind }) => kind)).toEqual(out ? ['gateway_outage'] : []);
  });

  it('says what was answered how often, most often first', () => {
    const verdicts = new Map([
      ['timeout', 1],
      ['gateway_error', 3],
    ] as const);
    const [outage] = looked(new Ledger(), 0, failing(4, 6, { verdicts }));
    expect(outage).toMatchObject({
      id: `e1-us-api.services.mimecast.com-gateway_outage-${T0}`,
      cause: null,
      severity: 'warning',
      connection: null,
      subject: GATEWAY,
      members: ['c-0', 'c-1', 'c-2', 'c-3'],
      detail:
        '4 of the 6 connections that were checked lately got no usable answer (3 × gateway_error, 1 × timeout).',
      startedAt: T0,
      notice: { due: 'firing' },
    });
  });

  it('does not begin twice', () => {
    const ledger = new Ledger();
    looked(ledger, 0, failing(4, 4));
    expect(looked(ledger, MINUTE, failing(4, 4))).toEqual([]);
  });

  it('has those join whom it reaches later, each once', () => {
    const ledger = new Ledger();
    looked(ledger, 0, failing(4, 6));
    const more = { unavailable: fleetOf(4, 2) };
    const [grown, ...others] = looked(ledger, MINUTE, failing(4, 6, more));
    expect(others).toEqual([]);
    expect(grown).toMatchObject({ members: idsOf(fleetOf(6)), calmSince: null, resolvedAt: null });
  });

  it.each([
    ['when none fails any more', failing(0, 6), true],
    ['when hardly any of many fails', failing(1, 20), true],
    ['not when a tenth of many fails', failing(2, 20), false],
    ['not when hardly any of few fails', failing(1, 19), false],
    ['not when nothing was checked', failing(0, 0), false],
  ])('is over at once %s', (_what, seen, over) => {
    const ledger = new Ledger();
    looked(ledger, 0, failing(4, 4));
    const ends = looked(ledger, MINUTE, seen).map(({ resolution }) => resolution);
    expect(ends.filter((end) => end !== null)).toEqual(over ? ['recovered'] : []);
  });

  it('is over after a window in which less than half failed', () => {
    const ledger = new Ledger();
    looked(ledger, 0, failing(4, 4));
    const some = failing(2, 6);
    expect(looked(ledger, MINUTE, some)).toMatchObject([{ calmSince: T0 + MINUTE, resolvedAt: null }]);
    expect(looked(ledger, 3 * MINUTE, some)).toEqual([]);
    expect(looked(ledger, 7 * MINUTE - 1, some)).toEqual([]);
    expect(looked(ledger, 7 * MINUTE, some)).toMatchObject([
      { resolution: 'recovered', resolvedAt: T0 + 7 * MINUTE },
    ]);
  });

  it('goes on when half of them fail again meanwhile', () => {
    const ledger = new Ledger();
    looked(ledger, 0, failing(4, 4));
    looked(ledger, MINUTE, failing(2, 6));
    expect(looked(ledger, 2 * MINUTE, failing(3, 6))).toMatchObject([
      { calmSince: null, members: idsOf(fleetOf(4)) },
    ]);
    expect(looked(ledger, 8 * MINUTE, failing(2, 6))).toMatchObject([{ calmSince: T0 + 8 * MINUTE }]);
  });

  it('ends with the last connection of its gateway, and with that of no other', () => {
    const ledger = new Ledger();
    looked(ledger, 0, failing(4, 4), failing(4, 4, { gateway: 'https://eu.example' }));
    expect(looked(ledger, MINUTE, failing(4, 4))).toMatchObject([
      { subject: 'https://eu.example', resolution: 'removed', resolvedAt: T0 + MINUTE },
    ]);
    expect(looked(ledger, 2 * MINUTE, failing(4, 4))).toEqual([]);
  });
});

describe('the host of an origin, as a part of an id', () => {
  it.each([
    ['https://us-api.services.mimecast.com', 'us-api.services.mimecast.com'],
    ['http://127.0.0.1:8080', '127.0.0.1-8080'],
    ['https://[::1]:8443', '---1--8443'],
    ['https://a.example/https://', 'a.example-https---'],
  ])('%s is %s', (origin, host) => {
    expect(hostOf(origin)).toBe(host);
  });
});
