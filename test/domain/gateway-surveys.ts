import type { Incident } from '../../src/domain/incident.ts';
import { IncidentBook } from '../../src/domain/incident-book.ts';
import { IncidentIds } from '../../src/domain/incident-id.ts';
import type { GatewaySurvey, Standing, Survey } from '../../src/domain/survey.ts';
import { GATEWAY, MINUTE, T0 } from './checks.ts';
import { connectionOf } from './desk.ts';

/** So many connections of one customer each, or all of the one that is named. */
export function fleetOf(count: number, from = 0, tenant?: string) {
  return Array.from({ length: count }, (_, i) =>
    connectionOf(`c-${from + i}`, { tenant: tenant ?? `tenant ${from + i}` }),
  );
}

export function idsOf(fleet: readonly { readonly id: string }[]): string[] {
  return fleet.map(({ id }) => id);
}

/** A look at one gateway where nothing is amiss. */
export function gatewaySeen(more: Partial<GatewaySurvey> = {}): GatewaySurvey {
  return {
    gateway: GATEWAY,
    windowMs: 6 * MINUTE,
    checked: 10,
    unavailable: [],
    verdicts: new Map(),
    repeated: false,
    checkedLately: 10,
    refusedLately: [],
    beingConfirmed: [],
    ...more,
  };
}

export function surveyOf(
  at: number,
  gateways: readonly GatewaySurvey[],
  standings: Readonly<Record<string, Standing>> = {},
): Survey {
  return {
    at,
    gateways: new Map(gateways.map((seen) => [seen.gateway, seen])),
    standings: new Map(Object.entries(standings)),
    declared: [],
  };
}

/** A book that is looked into after each assessment. */
export class Ledger {
  book = new IncidentBook([]);
  readonly ids = new IncidentIds('e1', T0);

  /** What changed since the last look. */
  changed(): readonly Incident[] {
    const changed = this.book.changed();
    this.book = new IncidentBook(this.book.all());
    return changed;
  }
}
