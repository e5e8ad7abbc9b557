import { describe, expect, it } from '@jest/globals';
import { assessExpiries } from '../../src/domain/expiry.ts';
import { newIncident } from '../../src/domain/incident-book.ts';
import type { Ladder } from '../../src/domain/ladder.ts';
import type { DeclaredExpiry } from '../../src/domain/survey.ts';
import { ACME, DAY, HOUR, T0 } from './checks.ts';
import { connectionOf } from './desk.ts';
import { Ledger, surveyOf } from './gateway-surveys.ts';

const POLICY = { warnBeforeMs: [7 * DAY, DAY] };
const EXPIRY = T0 + 30 * DAY;
const UNTOLD: Ladder = { expiresAt: EXPIRY, rung: null, changedAt: null, saidUnchanged: false };

function declaredBy(id: string, more: Partial<DeclaredExpiry> = {}): DeclaredExpiry {
  const connection = connectionOf(id, { channels: ['pager'] });
  return { connection, expiresAt: EXPIRY, outdated: false, unsettledSince: null, ...more };
}

/** A look so many days before the expiry; what is known of the ladders is kept from look to look. */
class Watch extends Ledger {
  readonly ladders = new Map<string, Ladder>();

  look(daysBefore: number, ...declared: DeclaredExpiry[]) {
    const survey = { ...surveyOf(EXPIRY - daysBefore * DAY, []), declared };
    const changes = assessExpiries(survey, this.ladders, this.book, POLICY, this.ids);
    for (const [id, ladder] of changes) {
      if (ladder === null) this.ladders.delete(id);
      else this.ladders.set(id, ladder);
    }
    return { changes, changed: this.changed() };
  }
}

describe('a declared expiry that comes near', () => {
  it('is told of at each rung as one incident, graver at the last one', () => {
    const watch = new Watch();
    const acme = declaredBy('acme');
    expect(watch.look(8, acme)).toMatchObject({ changed: [] });
    expect(watch.look(7, acme).changed).toMatchObject([
      {
        id: `e1-acme-credential_expiring-${T0}`,
        kind: 'credential_expiring',
        cause: null,
        severity: 'warning',
        connection: { ...ACME, id: 'acme' },
        override: ['pager'],
        detail: 'The secret is declared to expire at 2026-07-01T12:00:00.000Z.',
        startedAt: EXPIRY - 7 * DAY,
      },
    ]);
    expect(watch.look(5, acme)).toEqual({ changes: new Map(), changed: [] });
    expect(watch.look(1, acme).changed).toMatchObject([
      { severity: 'critical', startedAt: EXPIRY - 7 * DAY, notice: { due: 'firing', since: EXPIRY - DAY } },
    ]);
    expect(watch.look(0, acme).changed).toMatchObject([
      {
        severity: 'critical',
        detail: 'The declared expiry of the secret, 2026-07-01T12:00:00.000Z, has come.',
      },
    ]);
  });

  it.each([
    [0.99, / has come\.$/],
    [1, / passed 1d ago\. If the keys still work, correct the date\.$/],
    [40, / passed 40d ago\./],
  ])('%d days ago is told as what it is', (days, detail) => {
    expect(new Watch().look(-days, declaredBy('acme')).changed[0]?.detail).toMatch(detail);
  });

  it('is nothing to tell of keys that are refused, and is caught up with afterwards', () => {
    const watch = new Watch();
    const about = { kind: 'credential_invalid', cause: 'revoked', severity: 'critical' } as const;
    const refused = newIncident({ ...about, id: 'r', connection: { ...ACME, id: 'acme' } }, T0);
    watch.book.put(refused);
    watch.changed();
    expect(watch.look(7, declaredBy('acme'))).toEqual({ changes: new Map(), changed: [] });
    watch.book.resolve(refused, 'recovered', EXPIRY - 6 * DAY);
    watch.changed();
    expect(watch.look(6, declaredBy('acme')).changed).toHaveLength(1);
  });
});

describe('a declared expiry that changes', () => {
  const moved = (id: string) => declaredBy(id, { expiresAt: EXPIRY + 90 * DAY });

  it('to a later date ends what was told', () => {
    const watch = new Watch();
    watch.look(7, declaredBy('acme'));
    expect(watch.look(6, moved('acme')).changed).toMatchObject([
      { resolution: 'recovered', resolvedAt: EXPIRY - 6 * DAY },
    ]);
    expect(watch.ladders.get('acme')).toEqual({ ...UNTOLD, expiresAt: EXPIRY + 90 * DAY });
  });

  it('to a later date after what was told has ended anyway is nothing', () => {
    const watch = new Watch();
    watch.ladders.set('acme', { ...UNTOLD, rung: 7 * DAY });
    expect(watch.look(6, moved('acme')).changed).toEqual([]);
  });

  it('to none at all ends what was told, and is forgotten', () => {
    const watch = new Watch();
    watch.look(7, declaredBy('acme'), declaredBy('globex'));
    const { changes, changed } = watch.look(6, declaredBy('globex'));
    expect([...changes]).toEqual([['acme', null]]);
    expect(changed).toMatchObject([{ connection: { id: 'acme' }, resolution: 'recovered' }]);
    expect(watch.look(5).changes).toEqual(new Map([['globex', null]]));
  });

  it('to none at all where nothing was told is forgotten quietly', () => {
    const watch = new Watch();
    watch.look(20, declaredBy('acme'));
    expect(watch.look(19)).toEqual({ changes: new Map([['acme', null]]), changed: [] });
  });

  it('not, though the secret was changed, is a warning that no warning will be right', () => {
    const watch = new Watch();
    watch.look(20, declaredBy('acme'));
    watch.look(10, declaredBy('acme', { outdated: true }));
    const { changed } = watch.look(10 - HOUR / DAY, declaredBy('acme', { outdated: true }));
    expect(changed).toMatchObject([
      { severity: 'warning', detail: expect.stringMatching(/^The secret was changed, but the config still/) },
    ]);
  });
});
