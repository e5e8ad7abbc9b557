import { type AnnounceContext, announce } from '../../src/domain/announce.ts';
import type { Connection } from '../../src/domain/connection.ts';
import type { DecidePolicy } from '../../src/domain/decide.ts';
import type { Incident, Notice } from '../../src/domain/incident.ts';
import { IncidentBook, newIncident } from '../../src/domain/incident-book.ts';
import { IncidentIds } from '../../src/domain/incident-id.ts';
import { ACME, MINUTE, SECOND, T0 } from './checks.ts';
import { DECIDE_POLICY } from './desk.ts';
import { gatewaySeen, surveyOf } from './gateway-surveys.ts';

export const QUIET: Notice = { due: null, since: null, held: null, toldAt: null, quiet: null };
/** Owed for longer than anything waits for company of its kind, warnings aside. */
export const OWED: Notice = { ...QUIET, due: 'firing', since: T0 - 10 * SECOND };
export const TOLD: Notice = { ...QUIET, toldAt: T0 - MINUTE };

/** Revoked keys of Acme, which worked until a minute ago. */
export function page(id: string, more: Partial<Incident> = {}): Incident {
  const about = { kind: 'credential_invalid', cause: 'revoked', severity: 'critical' } as const;
  const evidence = {
    verdict: 'rejected',
    httpStatus: 401,
    code: 'x',
    requestId: null,
    confirmations: 3,
    lastSuccessAt: T0 - MINUTE,
  } as const;
  const connection = { ...ACME, id };
  return newIncident({ ...about, id: `i-${id}`, evidence, connection, notice: OWED, ...more }, T0 - MINUTE);
}

/** A message about many that was told, with the connections that it names. */
export function toldDigest(members: readonly string[], more: Partial<Incident> = {}): Incident {
  const about = { connection: null, subject: 'digest', members, membersTold: members.length, notice: TOLD };
  return page('d', { id: 'd', ...about, sequence: 1, ...more });
}

export function policyFor(fleet: readonly Connection[], more: Partial<DecidePolicy> = {}): DecidePolicy {
  return { ...DECIDE_POLICY, find: (id) => fleet.find((one) => one.id === id), ...more };
}

/** Announces at `T0` what is in the book, after a look at the fleet. */
export function announced(
  incidents: readonly Incident[],
  context: Partial<Omit<AnnounceContext, 'book' | 'ids'>> = {},
  policy: Partial<DecidePolicy> = {},
) {
  const book = new IncidentBook(incidents);
  const { outgoing, nextAt, wantsSurvey } = announce({
    book,
    ids: new IncidentIds('e1', 7),
    silences: [],
    policy: { ...DECIDE_POLICY, ...policy },
    now: T0,
    survey: surveyOf(T0, [gatewaySeen()]),
    ...context,
  });
  const told = outgoing.map(({ notification: { kind, status, connection, connections } }) =>
    [kind, status, connection?.id ?? `×${connections?.total}`].join(' '),
  );
  return { told, outgoing, nextAt, wantsSurvey, changed: book.changed() };
}
