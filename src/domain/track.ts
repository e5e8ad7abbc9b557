import type { MonitorEvent, StateEvent } from './event.ts';
import type { Incident, Resolution, Severity } from './incident.ts';
import { dueAgain, type IncidentBook, newIncident } from './incident-book.ts';
import { iso } from './notification.ts';
import { type ConfirmedState, isConfirmed } from './state.ts';
import { trackPermission } from './track-permission.ts';

/** What tracking has to know besides the events. */
export interface TrackPolicy {
  /** Prefix of every incident id, made once per Redis. */
  readonly epoch: string;
  /** Gateways that issue tokens to somebody: a refusal there is not the gateway's own trouble. */
  readonly issuing: ReadonlySet<string>;
  /** When Redis was found emptied, and until when records were made anew because of it; null when nothing was lost. */
  readonly historyLoss: { readonly at: number; readonly rebuiltAt: number } | null;
}

/** What an event did to the incidents of its connection. */
export type TrackReason =
  | 'opened'
  | 'escalated'
  | 'updated_quietly'
  | 'resolved'
  | 'already_open'
  | 'covered_by_credential_invalid'
  | 'not_confirmed'
  | 'nothing_open';

const CONNECTION_KINDS = [
  'credential_invalid',
  'credential_unverifiable',
  'credential_expiring',
  'permission_lost',
] as const;

/** Follows one change of a connection; who is told of it, and when, is decided elsewhere. */
export function track(
  event: MonitorEvent,
  book: IncidentBook,
  policy: TrackPolicy,
  now: number,
): TrackReason {
  switch (event.type) {
    case 'state':
      return trackState(event, book, policy, now);
    case 'permission':
      return trackPermission(event, book, policy.epoch, now);
    case 'removed':
      return resolveAll(event.connection.id, 'removed', event.at, book);
    default:
      return event satisfies never;
  }
}

function trackState(event: StateEvent, book: IncidentBook, policy: TrackPolicy, now: number): TrackReason {
  const { to, connection } = event;
  if (isConfirmed(to)) return trackRejection(event, to, book, policy, now);
  switch (to) {
    case 'healthy':
      return resolveBroken(event, book);
    case 'disabled':
      return resolveAll(connection.id, 'disabled', event.at, book);
    case 'unverifiable':
      return trackUnverifiable(event, book, policy, now);
    case 'pending':
    case 'suspect':
      return 'not_confirmed';
    default:
      return to satisfies never;
  }
}

function trackRejection(
  event: StateEvent,
  cause: ConfirmedState,
  book: IncidentBook,
  policy: TrackPolicy,
  now: number,
): TrackReason {
  const { connection } = event;
  const lostAt = historyLostBefore(event, policy);
  // What may have worked until its history was lost is not taken for a mistyped newcomer.
  const severity: Severity = cause === 'never_valid' && lostAt === null ? 'warning' : 'critical';
  const open = book.find('credential_invalid', connection.id);
  if (open) {
    const updated = { ...open, cause, evidence: evidenceOf(event) ?? open.evidence };
    if (open.severity === 'critical' || severity === 'warning') {
      book.put(updated);
      return 'updated_quietly';
    }
    // Whoever is paged for critical ones only has not heard of it.
    book.put(dueAgain({ ...updated, severity }, event.at));
    return 'escalated';
  }
  for (const kind of ['credential_unverifiable', 'credential_expiring'] as const) {
    const lesser = book.find(kind, connection.id);
    if (lesser) book.resolve(lesser, 'superseded', event.at);
  }
  const declared = event.declaredExpiry;
  const lost = lostAt === null ? null : lossText(lostAt);
  const expiry =
    cause === 'expired' && declared !== null ? `Their declared expiry was ${iso(declared)}.` : null;
  const detail = lost ?? expiry;
  book.put(incidentOf(event, { kind: 'credential_invalid', cause, severity, detail }, policy, now));
  return 'opened';
}

function trackUnverifiable(
  event: StateEvent,
  book: IncidentBook,
  policy: TrackPolicy,
  now: number,
): TrackReason {
  const { connection } = event;
  if (book.find('credential_invalid', connection.id)) return 'covered_by_credential_invalid';
  const refused = event.unknownCodePersists && policy.issuing.has(connection.gateway);
  const severity: Severity = event.rejections > 0 || refused ? 'critical' : 'warning';
  const open = book.find('credential_unverifiable', connection.id);
  if (!open) {
    const what = { kind: 'credential_unverifiable', cause: null, severity, detail: null } as const;
    book.put(incidentOf(event, what, policy, now));
    return 'opened';
  }
  if (open.severity === 'critical' || severity === 'warning') return 'already_open';
  book.put(dueAgain({ ...open, severity, evidence: evidenceOf(event) ?? open.evidence }, event.at));
  return 'escalated';
}

/** A token was issued: the keys work. What was declared about their expiry is as true as before. */
function resolveBroken(event: StateEvent, book: IncidentBook): TrackReason {
  const { connection, at, expiryOutdated, declaredExpiry } = event;
  const outdated = expiryOutdated && declaredExpiry !== null ? { outdatedExpiry: declaredExpiry } : {};
  const kinds = ['credential_invalid', 'credential_unverifiable'] as const;
  const open = kinds.map((kind) => book.find(kind, connection.id)).filter((one) => one !== undefined);
  for (const incident of open) book.resolve({ ...incident, ...outdated }, 'recovered', at);
  return open.length > 0 ? 'resolved' : 'nothing_open';
}

function resolveAll(id: string, resolution: Resolution, at: number, book: IncidentBook): TrackReason {
  const open = CONNECTION_KINDS.map((kind) => book.find(kind, id)).filter((one) => one !== undefined);
  for (const incident of open) book.resolve(incident, resolution, at);
  return open.length > 0 ? 'resolved' : 'nothing_open';
}

function incidentOf(
  event: StateEvent,
  what: Pick<Incident, 'kind' | 'cause' | 'severity' | 'detail'>,
  { epoch }: TrackPolicy,
  now: number,
): Incident {
  const { connection, channels, version, at } = event;
  const id = `${epoch}-${connection.id}-${what.kind}-${version}`;
  const about = { ...what, id, connection, override: channels, evidence: evidenceOf(event) };
  return newIncident(about, Math.min(at, now));
}

function evidenceOf(event: StateEvent): Incident['evidence'] {
  const { evidence, rejections, lastSuccessAt } = event;
  return evidence && { ...evidence, confirmations: rejections, lastSuccessAt };
}

/** When this connection's past was lost (epoch ms), if it may have had one that nobody knows any more. */
function historyLostBefore(event: StateEvent, { historyLoss }: TrackPolicy): number | null {
  const { lastSuccessAt, registeredAt } = event;
  if (historyLoss === null || lastSuccessAt !== null || registeredAt > historyLoss.rebuiltAt) return null;
  return historyLoss.at;
}

function lossText(lostAt: number): string {
  return `History was lost at ${iso(lostAt)}, when Redis was found empty: whether they worked before is not known.`;
}
