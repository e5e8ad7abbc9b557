import type { ConnectionIdentity } from './connection.ts';
import type { IncidentCause, IncidentKind, Severity } from './incident.ts';

/** What a route asks of an incident; every given field must match. */
export interface RouteMatch {
  readonly kind?: IncidentKind;
  readonly severity?: Severity;
  readonly cause?: IncidentCause;
  readonly tenant?: string;
  readonly gateway?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface Route {
  readonly match: RouteMatch;
  readonly channels: readonly string[];
  readonly continue: boolean;
}

/** Who could be told, as the config says. */
export interface RoutingPolicy {
  readonly routes: readonly Route[];
  /** Every configured channel: who is told when nothing matches. */
  readonly channels: readonly string[];
}

export interface Subject {
  readonly kind: IncidentKind;
  readonly severity: Severity;
  readonly cause: IncidentCause | null;
  readonly connection: ConnectionIdentity | null;
  /** The connection's own `channels`. */
  readonly override: readonly string[] | null;
}

/**
 * The channels that are told about a subject: its own override, else the first matching route and, after a
 * route with `continue`, the next ones; where nothing matches, every channel. In config order, each once.
 */
export function chooseChannels(subject: Subject, policy: RoutingPolicy): readonly string[] {
  const chosen = new Set<string>();
  for (const name of subject.override ?? routed(subject, policy)) chosen.add(name);
  // A channel that has left the config since the connection was loaded can't be told anything.
  return policy.channels.filter((name) => chosen.has(name));
}

function routed(subject: Subject, policy: RoutingPolicy): readonly string[] {
  const found: string[] = [];
  let matched = false;
  for (const route of policy.routes) {
    if (!matches(route.match, subject)) continue;
    matched = true;
    found.push(...route.channels);
    if (!route.continue) break;
  }
  return matched ? found : policy.channels;
}

function matches(match: RouteMatch, { kind, severity, cause, connection }: Subject): boolean {
  const labels = Object.entries(match.labels ?? {});
  return (
    (match.kind === undefined || match.kind === kind) &&
    (match.severity === undefined || match.severity === severity) &&
    (match.cause === undefined || match.cause === cause) &&
    (match.tenant === undefined || match.tenant === connection?.tenant) &&
    (match.gateway === undefined || match.gateway === connection?.gateway) &&
    labels.every(([name, value]) => connection?.labels[name] === value)
  );
}
