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
  /** Every configured channel, in the order of the config. */
  readonly channels: readonly string[];
  /** The channels that were chosen for particular customers, as `scopedChannels` finds them. */
  readonly scoped: ReadonlySet<string>;
}

export interface Subject {
  readonly kind: IncidentKind;
  readonly severity: Severity;
  readonly cause: IncidentCause | null;
  /** Null for what concerns no connection in particular. */
  readonly connection: ConnectionIdentity | null;
  /** The connection's own `channels`. */
  readonly override: readonly string[] | null;
}

/** One channel that is told about a subject, and why. */
export interface Choice {
  readonly channel: string;
  readonly reason: 'own_channels' | 'route' | 'fallback';
  /** Index of the route that chose it, for `route`. */
  readonly route: number | null;
}

/**
 * The channels that are told about a subject: its own; else those of the first matching route and, after a route with
 * `continue`, of the next ones; where nothing matches, every channel that was not chosen for particular customers, so
 * that none of those ever shows another's name. In config order, each once, with the first reason there is.
 */
export function chooseChannels(subject: Subject, policy: RoutingPolicy): readonly Choice[] {
  const { channels, scoped } = policy;
  const own = subject.override && inOrder(subject.override, channels);
  // Own channels that have all left the config are no choice any more, and somebody has to be told.
  if (own && own.length > 0) {
    return own.map((channel) => ({ channel, reason: 'own_channels', route: null }));
  }
  const routed = channelsByRoute(subject, policy.routes);
  if (routed !== null) {
    return inOrder(routed.keys(), channels).map((channel) => ({
      channel,
      reason: 'route',
      route: routed.get(channel) ?? null,
    }));
  }
  const rest = channels.filter((channel) => !scoped.has(channel));
  return rest.map((channel) => ({ channel, reason: 'fallback', route: null }));
}

export function channelNamesOf(choices: readonly Choice[]): readonly string[] {
  return choices.map(({ channel }) => channel);
}

/**
 * The channels that were chosen for particular customers: by a route that asks for a tenant or labels or by the
 * `channels` of a connection, and by no route that asks for neither.
 */
export function scopedChannels(
  routes: readonly Route[],
  connectionOverrides: Iterable<readonly string[]>,
): ReadonlySet<string> {
  const scoped = new Set<string>();
  for (const { match, channels } of routes)
    if (isParticular(match)) for (const name of channels) scoped.add(name);
  for (const channels of connectionOverrides) for (const name of channels) scoped.add(name);
  for (const { match, channels } of routes)
    if (!isParticular(match)) for (const name of channels) scoped.delete(name);
  return scoped;
}

function isParticular({ tenant, labels }: RouteMatch): boolean {
  return tenant !== undefined || Object.keys(labels ?? {}).length > 0;
}

/** Every channel that a matching route names, with the first such route; null when no route matches. */
function channelsByRoute(subject: Subject, routes: readonly Route[]): ReadonlyMap<string, number> | null {
  const found = new Map<string, number>();
  let matched = false;
  for (const [index, route] of routes.entries()) {
    if (!matches(route.match, subject)) continue;
    matched = true;
    for (const channel of route.channels) if (!found.has(channel)) found.set(channel, index);
    if (!route.continue) break;
  }
  return matched ? found : null;
}

/** A channel that has left the config since the connection was loaded can't be told anything. */
function inOrder(chosen: Iterable<string>, channels: readonly string[]): readonly string[] {
  const names = new Set(chosen);
  return channels.filter((name) => names.has(name));
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
