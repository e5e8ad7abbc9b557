import type { RouteMatch } from '../domain/routing.ts';
import type { RoutedConnection } from './known-connection.ts';

/** What the connections have that a route can ask for; thousands of routes must not go through thousands of them. */
export interface FleetIndex {
  readonly tenants: ReadonlyMap<string, readonly RoutedConnection[]>;
  readonly gateways: ReadonlyMap<string, readonly RoutedConnection[]>;
  /** By label and by its value. */
  readonly labels: ReadonlyMap<string, ReadonlyMap<string, readonly RoutedConnection[]>>;
  /** Every connection that a route can choose, in the order of the files, by what it asks of connections. */
  matching(match: RouteMatch): Iterable<RoutedConnection>;
}

export function indexFleet(connections: readonly RoutedConnection[]): FleetIndex {
  const tenants = new Map<string, RoutedConnection[]>();
  const gateways = new Map<string, RoutedConnection[]>();
  const labels = new Map<string, Map<string, RoutedConnection[]>>();
  for (const connection of connections) {
    push(tenants, connection.tenant, connection);
    push(gateways, connection.gateway, connection);
    for (const name of Object.keys(connection.labels)) {
      const values = labels.get(name) ?? new Map<string, RoutedConnection[]>();
      labels.set(name, values);
      push(values, connection.labels[name] ?? '', connection);
    }
  }
  return {
    tenants,
    gateways,
    labels,
    *matching(match) {
      // The shortest of the lists that hold all there can be.
      const lists = [
        connections,
        ...(match.tenant === undefined ? [] : [tenants.get(match.tenant) ?? []]),
        ...(match.gateway === undefined ? [] : [gateways.get(match.gateway) ?? []]),
        ...Object.entries(match.labels ?? {}).map(([name, value]) => labels.get(name)?.get(value) ?? []),
      ];
      const shortest = lists.reduce((best, list) => (list.length < best.length ? list : best));
      for (const connection of shortest) if (isAskedFor(connection, match)) yield connection;
    },
  };
}

function push(map: Map<string, RoutedConnection[]>, key: string, connection: RoutedConnection): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [connection]);
  else list.push(connection);
}

function isAskedFor({ tenant, gateway, labels }: RoutedConnection, match: RouteMatch): boolean {
  return (
    (match.tenant === undefined || match.tenant === tenant) &&
    (match.gateway === undefined || match.gateway === gateway) &&
    Object.entries(match.labels ?? {}).every(([name, value]) => labels[name] === value)
  );
}
