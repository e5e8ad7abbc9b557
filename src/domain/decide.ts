import type { ConfigEvent, MonitorEvent, StateEvent } from './event.ts';
import { type Incident, type IncidentKind, incidentKey, type Resolution, type Severity } from './incident.ts';
import { iso, type Notification, type NotificationStatus, notificationOf } from './notification.ts';
import { channelNamesOf, chooseChannels, type RoutingPolicy } from './routing.ts';
import { type ConfirmedState, isConfirmed } from './state.ts';

export interface DecidePolicy extends RoutingPolicy {
  /** Prefix of every incident id, made once per Redis. */
  readonly epoch: string;
  /** Gateways that issue tokens to somebody: a refusal there is not the gateway's own trouble. */
  readonly issuing: ReadonlySet<string>;
  /** When Redis was found emptied, and until when records were made anew because of it; null when nothing was lost. */
  readonly historyLoss: { readonly at: number; readonly rebuiltAt: number } | null;
}

/** Why an event led to a message, or did not. */
export type DecisionReason =
  | 'opened'
  | 'escalated'
  | 'updated_quietly'
  | 'resolved'
  | 'already_open'
  | 'covered_by_credential_invalid'
  | 'not_confirmed'
  | 'nothing_open';

export interface Decision {
  /** Incidents as they are now, opened, changed or resolved; each once. */
  readonly incidents: readonly Incident[];
  /** Messages in the order to send them, each to its channels (none where no channel is configured). */
  readonly notifications: readonly {
    readonly notification: Notification;
    readonly channels: readonly string[];
  }[];
  /** One entry an event: what "why was I not told?" is answered with. */
  readonly reasons: readonly { readonly event: MonitorEvent; readonly reason: DecisionReason }[];
}

/**
 * Turns what happened into incidents and messages. Pure: the same events on the same open incidents give the
 * same decision, whoever decides and whenever.
 */
export function decide(
  events: readonly MonitorEvent[],
  open: readonly Incident[],
  policy: DecidePolicy,
  now: number,
): Decision {
  const desk = new Desk(open, policy, now);
  const reasons = events.map((event) => ({ event, reason: consider(event, desk) }));
  return { incidents: desk.changed(), notifications: desk.notifications, reasons };
}

function consider(event: MonitorEvent, desk: Desk): DecisionReason {
  switch (event.type) {
    case 'state':
      return considerState(event, desk);
    case 'removed':
      return resolveCredential(event.connection.id, 'removed', event.at, desk);
    case 'config':
      return considerConfig(event, desk);
    default:
      return event satisfies never;
  }
}

function considerState(event: StateEvent, desk: Desk): DecisionReason {
  const { to, connection } = event;
  if (isConfirmed(to)) return considerRejection(event, to, desk);
  switch (to) {
    case 'healthy':
      return resolveCredential(connection.id, 'recovered', event.at, desk);
    case 'disabled':
      return resolveCredential(connection.id, 'disabled', event.at, desk);
    case 'unverifiable':
      return considerUnverifiable(event, desk);
    case 'pending':
    case 'suspect':
      return 'not_confirmed';
    default:
      return to satisfies never;
  }
}

function considerRejection(event: StateEvent, cause: ConfirmedState, desk: Desk): DecisionReason {
  const lost = desk.historyLostBefore(event);
  // What may have worked until its history was lost is not taken for a mistyped newcomer.
  const severity: Severity = cause === 'never_valid' && lost === null ? 'warning' : 'critical';
  const open = desk.find('credential_invalid', event.connection.id);
  if (open) {
    desk.put({ ...open, cause, severity, evidence: evidenceOf(event) ?? open.evidence });
    return 'updated_quietly';
  }
  const unverifiable = desk.find('credential_unverifiable', event.connection.id);
  if (unverifiable) desk.resolve(unverifiable, 'superseded', event.at);
  desk.open(event, { kind: 'credential_invalid', cause, severity });
  return 'opened';
}

function considerUnverifiable(event: StateEvent, desk: Desk): DecisionReason {
  if (desk.find('credential_invalid', event.connection.id)) return 'covered_by_credential_invalid';
  const refused = event.unknownCodePersists && desk.policy.issuing.has(event.connection.gateway);
  const severity: Severity = event.rejections > 0 || refused ? 'critical' : 'warning';
  const open = desk.find('credential_unverifiable', event.connection.id);
  if (!open) {
    desk.open(event, { kind: 'credential_unverifiable', cause: null, severity });
    return 'opened';
  }
  if (open.severity === 'critical' || severity === 'warning') return 'already_open';
  desk.escalate({ ...open, severity, evidence: evidenceOf(event) ?? open.evidence }, event);
  return 'escalated';
}

function resolveCredential(id: string, resolution: Resolution, at: number, desk: Desk): DecisionReason {
  const kinds = ['credential_invalid', 'credential_unverifiable'] as const;
  const open = kinds.map((kind) => desk.find(kind, id)).filter((incident) => incident !== undefined);
  for (const incident of open) desk.resolve(incident, resolution, at);
  return open.length > 0 ? 'resolved' : 'nothing_open';
}

function considerConfig(event: ConfigEvent, desk: Desk): DecisionReason {
  const open = desk.find('config_rejected', null);
  if (event.refusal === null) {
    if (!open) return 'nothing_open';
    desk.resolve(open, 'recovered', event.at);
    return 'resolved';
  }
  if (open?.detail === event.refusal) return 'already_open';
  if (open) {
    desk.put({ ...open, detail: event.refusal });
    return 'updated_quietly';
  }
  desk.openFleet(event.at, 'config_rejected', event.refusal);
  return 'opened';
}

function evidenceOf(event: StateEvent): Incident['evidence'] {
  const { evidence, rejections, lastSuccessAt } = event;
  return evidence && { ...evidence, confirmations: rejections, lastSuccessAt };
}

/** The open incidents while a batch of events is worked through, and what has changed of them. */
class Desk {
  readonly policy: DecidePolicy;
  readonly notifications: { notification: Notification; channels: readonly string[] }[] = [];
  readonly #open = new Map<string, Incident>();
  readonly #changed = new Map<string, Incident>();
  readonly #now: number;

  constructor(open: readonly Incident[], policy: DecidePolicy, now: number) {
    this.policy = policy;
    this.#now = now;
    for (const incident of open) this.#open.set(keyOf(incident), incident);
  }

  find(kind: IncidentKind, connectionId: string | null): Incident | undefined {
    return this.#open.get(incidentKey(kind, connectionId));
  }

  changed(): readonly Incident[] {
    return [...this.#changed.values()];
  }

  put(incident: Incident): void {
    this.#changed.set(incident.id, incident);
    if (incident.resolvedAt === null) this.#open.set(keyOf(incident), incident);
    else this.#open.delete(keyOf(incident));
  }

  open(event: StateEvent, what: Pick<Incident, 'kind' | 'cause' | 'severity'>): void {
    const { connection, channels: override } = event;
    this.announce(
      {
        ...this.#blank(`${connection.id}-${what.kind}-${event.version}`, event.at),
        detail: lossText(this.historyLostBefore(event)),
        ...what,
        connection,
        evidence: evidenceOf(event),
        channels: channelNamesOf(chooseChannels({ ...what, connection, override }, this.policy)),
      },
      'firing',
      event.at,
    );
  }

  /** When this connection's past was lost (epoch ms), if it may have had one that nobody knows any more. */
  historyLostBefore({ lastSuccessAt, registeredAt }: StateEvent): number | null {
    const loss = this.policy.historyLoss;
    return loss !== null && lastSuccessAt === null && registeredAt <= loss.rebuiltAt ? loss.at : null;
  }

  /** Tells of a graver severity: to those who know of the incident, and to those whose routes ask for it now. */
  escalate(incident: Incident, event: StateEvent): void {
    const { connection, channels: override } = event;
    const wanted = channelNamesOf(chooseChannels({ ...incident, connection, override }, this.policy));
    const channels = [...new Set([...incident.channels, ...wanted])];
    this.announce({ ...incident, channels }, 'firing', event.at);
  }

  openFleet(at: number, kind: IncidentKind, detail: string): void {
    const what = { kind, cause: null, severity: 'warning' } as const;
    const channels = channelNamesOf(
      chooseChannels({ ...what, connection: null, override: null }, this.policy),
    );
    const incident = {
      ...this.#blank(`fleet-${kind}-${at}`, at),
      ...what,
      detail,
      channels,
    };
    this.announce(incident, 'firing', at);
  }

  resolve(incident: Incident, resolution: Resolution, at: number): void {
    this.announce({ ...incident, resolution, resolvedAt: at }, 'resolved', at);
  }

  announce(incident: Incident, status: NotificationStatus, at: number): void {
    const next = { ...incident, sequence: incident.sequence + 1 };
    this.put(next);
    this.notifications.push({ notification: notificationOf(next, status, at), channels: next.channels });
  }

  #blank(suffix: string, at: number): Incident {
    return {
      schema: 1,
      id: `${this.policy.epoch}-${suffix}`,
      kind: 'credential_invalid',
      cause: null,
      severity: 'warning',
      connection: null,
      evidence: null,
      detail: null,
      sources: [],
      channels: [],
      sequence: 0,
      startedAt: Math.min(at, this.#now),
      resolvedAt: null,
      resolution: null,
    };
  }
}

function keyOf(incident: Incident): string {
  return incidentKey(incident.kind, incident.connection?.id ?? null);
}

function lossText(lostAt: number | null): string | null {
  if (lostAt === null) return null;
  return `History was lost at ${iso(lostAt)}, when Redis was found empty: whether they worked before is not known.`;
}
