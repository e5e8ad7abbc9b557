import { CONNECTION_CONCERNS, type Concern, FLEET_CONCERNS } from '../domain/concerns.ts';
import { type Connection, identityOf } from '../domain/connection.ts';
import { channelNamesOf, chooseChannels, type Route, type RoutingPolicy } from '../domain/routing.ts';

/** What would be told to whom. */
export type Told = readonly (Concern & { readonly channels: readonly string[] })[];

/** The connections of which the same would be told to the same channels. */
export interface ToldGroup {
  readonly connections: number;
  /** The first ones. */
  readonly ids: readonly string[];
  readonly told: Told;
}

/** A group names so many connections at most. */
const MOST_IDS = 50;

/** Who would be told about each enabled connection; the largest group first. */
export function toldGroups(connections: readonly Connection[], policy: RoutingPolicy): readonly ToldGroup[] {
  const likenessOf = createLikeness(policy.routes);
  const toldByLikeness = new Map<string, Told>();
  const groups = new Map<string, { connections: number; ids: string[]; told: Told }>();
  for (const connection of connections) {
    if (!connection.enabled) continue;
    const likeness = likenessOf(connection);
    const told = toldByLikeness.get(likeness) ?? toldAbout(connection, policy);
    toldByLikeness.set(likeness, told);
    const key = JSON.stringify(told.map(({ channels }) => channels));
    const group = groups.get(key) ?? { connections: 0, ids: [], told };
    groups.set(key, group);
    group.connections += 1;
    if (group.ids.length < MOST_IDS) group.ids.push(connection.id);
  }
  return [...groups.values()].toSorted((a, b) => b.connections - a.connections);
}

/** Who would be told what about the monitor itself. */
export function toldOfMonitor(policy: RoutingPolicy): Told {
  return FLEET_CONCERNS.map((concern) => ({
    ...concern,
    channels: channelNamesOf(chooseChannels({ ...concern, connection: null, override: null }, policy)),
  }));
}

function toldAbout(connection: Connection, policy: RoutingPolicy): Told {
  const about = { connection: identityOf(connection), override: connection.channels };
  const routes = policy.routes.filter(
    ({ match }) => match.tenant === undefined || match.tenant === connection.tenant,
  );
  return CONNECTION_CONCERNS.map((concern) => ({
    ...concern,
    channels: channelNamesOf(chooseChannels({ ...concern, ...about }, { ...policy, routes })),
  }));
}

/** All of a connection that the routes can tell it by: thousands of connections are alike in it. */
function createLikeness(routes: readonly Route[]): (connection: Connection) => string {
  const tenants = new Set(routes.map(({ match }) => match.tenant));
  const gateways = new Set(routes.map(({ match }) => match.gateway));
  const labels = [...new Set(routes.flatMap(({ match }) => Object.keys(match.labels ?? {})))];
  return ({ tenant, gateway, labels: own, channels }) =>
    JSON.stringify([
      channels,
      tenants.has(tenant) ? tenant : null,
      gateways.has(gateway) ? gateway : null,
      labels.map((name) => own[name] ?? null),
    ]);
}
