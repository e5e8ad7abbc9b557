import { CONNECTION_CONCERNS, type Concern, FLEET_CONCERNS } from '../domain/concerns.ts';
import { identityOf } from '../domain/connection.ts';
import { channelNamesOf, chooseChannels, type RoutingPolicy } from '../domain/routing.ts';
import type { RoutedConnection } from './known-connection.ts';
import type { Path } from './place.ts';
import type { Report } from './report.ts';
import type { Source } from './source.ts';
import { warnOfRoutes } from './warn-routes.ts';

/** Where a connection stands in the files. */
export interface Place {
  readonly source: Source;
  readonly path: Path;
}

export interface RoutedFleet {
  readonly main: Source;
  readonly policy: RoutingPolicy;
  readonly connections: readonly RoutedConnection[];
  placeOf(connection: RoutedConnection): Place | undefined;
}

/** Connections of which nobody would be told, all or part of what may happen to them. */
interface Silent {
  readonly first: RoutedConnection;
  count: number;
  readonly concerns: readonly Concern[];
}

/** Warns of routes that never match, of connections that would reach no channel although there are some, and of channels nothing can reach. */
export function warnOfRouting(fleet: RoutedFleet, report: Report): void {
  const { main, policy, connections } = fleet;
  warnOfRoutes({ main, routes: policy.routes, connections }, report);
  const unreached = new Set(policy.channels);
  // Where one channel is for everybody, whatever matches no route ends there.
  const everybodyReaches =
    policy.channels.length === 0 || policy.channels.some((name) => !policy.scoped.has(name));
  const silent: { all?: Silent; part?: Silent } = {};
  const routesOf = routesByTenant(policy);
  for (const concern of FLEET_CONCERNS)
    reach({ ...concern, connection: null, override: null }, policy, unreached);
  for (const connection of fleet.connections) {
    if (unreached.size === 0 && everybodyReaches) break;
    if (!connection.enabled) continue;
    const own = { ...policy, routes: routesOf(connection.tenant) };
    const about = { connection: identityOf(connection), override: connection.channels };
    const missing = CONNECTION_CONCERNS.filter((concern) => !reach({ ...concern, ...about }, own, unreached));
    if (missing.length > 0) note(silent, connection, missing);
  }
  for (const which of [silent.all, silent.part]) if (which) warnOfSilence(which, fleet, report);
  for (const name of unreached) {
    report.warning(
      main,
      ['alerts', 'channels', name],
      'can never be told anything: no connection has it among its channels, and no route that can match names it; name it in a route, or remove it',
    );
  }
}

/** Whether anybody is told; whoever is has been reached. */
function reach(
  subject: Parameters<typeof chooseChannels>[0],
  policy: RoutingPolicy,
  unreached: Set<string>,
): boolean {
  const names = channelNamesOf(chooseChannels(subject, policy));
  for (const name of names) unreached.delete(name);
  return names.length > 0;
}

/** Thousands of routes by tenant must not be gone through for each of thousands of connections. */
function routesByTenant({ routes }: RoutingPolicy): (tenant: string) => RoutingPolicy['routes'] {
  const made = new Map<string, RoutingPolicy['routes']>();
  return (tenant) => {
    const known = made.get(tenant);
    if (known) return known;
    const own = routes.filter(({ match }) => match.tenant === undefined || match.tenant === tenant);
    made.set(tenant, own);
    return own;
  };
}

function note(
  silent: { all?: Silent; part?: Silent },
  connection: RoutedConnection,
  concerns: readonly Concern[],
): void {
  const which = concerns.length === CONNECTION_CONCERNS.length ? 'all' : 'part';
  const found = silent[which];
  if (found) found.count += 1;
  else silent[which] = { first: connection, count: 1, concerns };
}

/** One line however many there are, at the place of the first. */
function warnOfSilence({ first, count, concerns }: Silent, fleet: RoutedFleet, report: Report): void {
  const place = fleet.placeOf(first) ?? { source: fleet.main, path: ['connections'] };
  const others = count === 1 ? '' : ` (nor about ${count - 1} more)`;
  const kinds = [...new Set(concerns.map(({ kind }) => kind))].join(', ');
  const what = concerns.length === CONNECTION_CONCERNS.length ? '' : ` for some incidents (of kind ${kinds})`;
  report.warning(
    place.source,
    place.path,
    `nobody would be told about ${first.id}${others}${what}: every channel was chosen for particular customers and none for this; ` +
      'add a route without tenant and labels at the end, or channels here',
  );
}
