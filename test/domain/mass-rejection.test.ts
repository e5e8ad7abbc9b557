import { describe, expect, it } from '@jest/globals';
import type { Connection } from '../../src/domain/connection.ts';
import { newIncident } from '../../src/domain/incident-book.ts';
import { assessMassRejections, type MassPolicy } from '../../src/domain/mass-rejection.ts';
import type { GatewaySurvey, Standing } from '../../src/domain/survey.ts';
import { ACME, GATEWAY, MINUTE, SECOND, T0 } from './checks.ts';
import { fleetOf, gatewaySeen, idsOf, Ledger, surveyOf } from './gateway-surveys.ts';

const POLICY: MassPolicy = { atLeast: 10, share: 0.05 };

function refusing(refusedLately: readonly Connection[], checkedLately = 100): GatewaySurvey {
  return gatewaySeen({ refusedLately, checkedLately });
}

interface Look {
  readonly gateways: readonly GatewaySurvey[];
  readonly standings?: Readonly<Record<string, Standing>>;
}

function looked(ledger: Ledger, at: number, { gateways, standings = {} }: Look) {
  const begun = assessMassRejections(surveyOf(T0 + at, gateways, standings), ledger.book, POLICY, ledger.ids);
  return { begun, changed: ledger.changed() };
}

/** A mass of twelve of as many customers, of which somebody was told at once. */
function begun(): Ledger {
  const ledger = new Ledger();
  const [mass] = looked(ledger, 0, { gateways: [refusing(fleetOf(12))] }).changed;
  if (!mass) throw new Error('no mass began');
  const notice = { ...mass.notice, due: null, since: null, toldAt: T0 };
  ledger.book.put({ ...mass, notice, membersTold: 12 });
  ledger.changed();
  return ledger;
}

function standing(what: Standing, count: number, others: Standing = 'refused'): Record<string, Standing> {
  return Object.fromEntries(idsOf(fleetOf(12)).map((id, i) => [id, i < count ? what : others]));
}

const calm = [gatewaySeen()];

describe('a mass rejection', () => {
  it.each([
    ['ten of as many customers', fleetOf(10), 100, true],
    ['nine of as many customers', fleetOf(9), 100, false],
    ['a twentieth of all', fleetOf(10), 200, true],
    ['less than a twentieth of all', fleetOf(10), 201, false],
    ['many of one customer', fleetOf(50, 0, 'acme'), 100, false],
    ['many of two customers', [...fleetOf(6, 0, 'acme'), ...fleetOf(6, 6, 'globex')], 100, true],
    ['many of one and four of others', [...fleetOf(50, 0, 'acme'), ...fleetOf(4, 50)], 100, false],
    ['many of one and five of others', [...fleetOf(50, 0, 'acme'), ...fleetOf(5, 50)], 100, true],
  ])('is seen in %s', (_what, refused, checked, seen) => {
    const { begun: asked, changed } = looked(new Ledger(), 0, { gateways: [refusing(refused, checked)] });
    expect(changed.map(({ kind }) => kind)).toEqual(seen ? ['mass_rejection'] : []);
    expect(asked).toEqual(seen ? [GATEWAY] : []);
  });

  it('says how many of how many, and pages somebody', () => {
    const [mass] = looked(new Ledger(), 0, { gateways: [refusing(fleetOf(12))] }).changed;
    expect(mass).toMatchObject({
      id: `e1-us-api.services.mimecast.com-mass_rejection-${T0}`,
      cause: null,
      severity: 'critical',
      connection: null,
      subject: GATEWAY,
      members: idsOf(fleetOf(12)),
      detail:
        '12 connections that worked until now were refused for the first time within two minutes, of 100 checked in that time.',
    });
  });

  it('of a fleet for which one is a mass is worded for one', () => {
    const ledger = new Ledger();
    const survey = surveyOf(T0, [refusing(fleetOf(1), 1)]);
    assessMassRejections(survey, ledger.book, { atLeast: 1, share: 0.05 }, ledger.ids);
    expect(ledger.changed()[0]?.detail).toMatch(/^1 connection that worked until now was refused/);
  });

  it('does not count those of whom somebody was told by itself, but those who are still to be told', () => {
    const ledger = new Ledger();
    const told = (toldAt: number | null) => {
      const about = { kind: 'credential_invalid', cause: 'revoked', severity: 'critical' } as const;
      const one = newIncident({ ...about, id: 'one', connection: { ...ACME, id: 'c-0' } }, T0);
      ledger.book.put({ ...one, notice: { ...one.notice, toldAt } });
      ledger.changed();
    };
    told(T0);
    expect(looked(ledger, 0, { gateways: [refusing(fleetOf(10))] }).changed).toEqual([]);
    told(null);
    const [mass] = looked(ledger, 0, { gateways: [refusing(fleetOf(10))] }).changed;
    expect(mass?.members).toHaveLength(10);
  });

  it('begins once, has others join, and asks nobody again', () => {
    const ledger = begun();
    const { begun: asked, changed } = looked(ledger, SECOND, {
      gateways: [refusing(fleetOf(12, 2))],
      standings: standing('refused', 12),
    });
    expect(asked).toEqual([]);
    expect(changed.at(-1)?.members).toEqual(idsOf(fleetOf(14)));
  });

  it('leaves the incident alone while nothing changes', () => {
    const standings = standing('refused', 12);
    expect(looked(begun(), MINUTE, { gateways: calm, standings }).changed).toEqual([]);
  });
});

describe('the end of a mass rejection', () => {
  const minutes = (count: number, standings: Record<string, Standing>, gateways = calm) =>
    looked(begun(), count * MINUTE, { gateways, standings }).changed.map(({ resolution }) => resolution);

  it.each([
    ['recovered when all work again', 1, standing('works', 12), ['recovered']],
    ['none while one is unsure', 1, standing('unsure', 1, 'refused'), []],
    ['removed when none of them is left', 1, {}, ['removed']],
    ['none before half an hour', 30 - 1 / MINUTE, standing('refused', 12), []],
    ['superseded after half an hour', 30, standing('refused', 12), ['superseded']],
  ])('is %s', (_what, after, standings, ends) => {
    expect(minutes(after, standings)).toEqual(ends);
  });

  it('is removed with the last connection of its gateway', () => {
    const elsewhere = [gatewaySeen({ gateway: 'https://eu.example' })];
    expect(minutes(1, {}, elsewhere)).toEqual(['removed']);
    const ledger = begun();
    looked(ledger, MINUTE, { gateways: elsewhere });
    expect(looked(ledger, 2 * MINUTE, { gateways: elsewhere }).changed).toEqual([]);
  });

  it('waits for those that only just joined', () => {
    const gateways = [refusing(fleetOf(1, 12))];
    expect(minutes(1, standing('works', 12), gateways)).not.toContain('recovered');
    expect(minutes(1, {}, gateways)).not.toContain('removed');
  });

  it('comes a window after half of them are back, and is superseded for the others', () => {
    const ledger = begun();
    const half = { gateways: calm, standings: standing('works', 6) };
    expect(looked(ledger, MINUTE, half).changed).toMatchObject([
      { calmSince: T0 + MINUTE, resolution: null },
    ]);
    expect(looked(ledger, 2 * MINUTE, half).changed).toEqual([]);
    expect(looked(ledger, 7 * MINUTE, half).changed).toMatchObject([
      { resolution: 'superseded', resolvedAt: T0 + 7 * MINUTE },
    ]);
  });

  it('does not come near while others join', () => {
    const gateways = [refusing(fleetOf(1, 12))];
    const { changed } = looked(begun(), MINUTE, { gateways, standings: standing('works', 11) });
    expect(changed.map(({ calmSince }) => calmSince)).toEqual(changed.map(() => null));
  });

  it('is put off when fewer are back than it seemed', () => {
    const ledger = begun();
    looked(ledger, MINUTE, { gateways: calm, standings: standing('works', 6) });
    const fewer = { gateways: calm, standings: standing('works', 5) };
    expect(looked(ledger, 2 * MINUTE, fewer).changed).toMatchObject([{ calmSince: null, resolution: null }]);
    const again = { gateways: calm, standings: standing('works', 6) };
    expect(looked(ledger, 8 * MINUTE, again).changed).toMatchObject([{ calmSince: T0 + 8 * MINUTE }]);
  });
});

describe('those who joined after the message', () => {
  const joined = (ledger: Ledger, at: number, from: number) =>
    looked(ledger, at, { gateways: [refusing(fleetOf(1, from))], standings: standing('refused', 12) })
      .changed;
  const quiet = (ledger: Ledger, at: number) =>
    looked(ledger, at, { gateways: calm, standings: standing('refused', 12) }).changed;

  it('are told of half a minute after it, when no more join', () => {
    const ledger = begun();
    expect(joined(ledger, SECOND, 12)).toMatchObject([{ notice: { due: null } }]);
    expect(quiet(ledger, 30 * SECOND - 1)).toEqual([]);
    expect(quiet(ledger, 30 * SECOND)).toMatchObject([
      {
        notice: { due: 'firing', since: T0 + 30 * SECOND },
        detail: '13 connections that worked until then have been refused since the first of them was.',
      },
    ]);
    // It is owed now, which is not said twice.
    expect(quiet(ledger, 40 * SECOND)).toEqual([]);
  });

  it('are told of two minutes after it, while more and more join', () => {
    const ledger = begun();
    expect(joined(ledger, 119 * SECOND, 12)).toMatchObject([{ notice: { due: null } }]);
    expect(joined(ledger, 120 * SECOND, 13).at(-1)).toMatchObject({
      notice: { due: 'firing' },
      members: idsOf(fleetOf(14)),
    });
  });

  it('are told of no more when half of all work again, though they were refused a moment ago', () => {
    const ledger = begun();
    joined(ledger, SECOND, 12);
    const at = (works: number) =>
      looked(ledger, MINUTE, {
        gateways: [refusing(fleetOf(3, 10))],
        standings: { ...standing('works', works), 'c-12': 'refused' },
      }).changed;
    expect(at(7)).toEqual([]);
    expect(at(6)).toMatchObject([{ notice: { due: 'firing' } }]);
  });

  it('are no reason for a second message while the first is owed', () => {
    const ledger = new Ledger();
    looked(ledger, 0, { gateways: [refusing(fleetOf(12))] });
    const changed = joined(ledger, 10 * MINUTE, 12);
    expect(changed).toMatchObject([{ notice: { due: 'firing', since: T0 } }]);
  });
});
