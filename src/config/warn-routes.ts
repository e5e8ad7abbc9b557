import { CONNECTION_CONCERNS, type Concern, FLEET_CONCERNS } from '../domain/concerns.ts';
import { nearest } from '../domain/nearest.ts';
import type { Route, RouteMatch } from '../domain/routing.ts';
import { type FleetIndex, indexFleet } from './fleet-index.ts';
import type { RoutedConnection } from './known-connection.ts';
import type { Path } from './place.ts';
import type { Report } from './report.ts';
import { findShadows } from './route-shadows.ts';
import type { Source } from './source.ts';

/** A name is compared with thousands of others: for so many wrong ones, not for all there could be. */
const MOST_GUESSES = 20;

/** What is odd about a route, at its place below it. */
interface Oddity {
  readonly path: Path;
  readonly message: string;
}

export interface RoutedConnections {
  readonly main: Source;
  readonly routes: readonly Route[];
  readonly connections: readonly RoutedConnection[];
}

/** Warns of routes that can never choose a channel: misspelt names, impossible combinations, routes behind others. */
export function warnOfRoutes({ main, routes, connections }: RoutedConnections, report: Report): void {
  if (routes.length === 0) return;
  const index = indexFleet(connections);
  const guess = createGuesser();
  const shadows = findShadows(routes);
  for (const [position, route] of routes.entries()) {
    const { match } = route;
    const found = [...strangers(match, index, guess), ...impossible(match)];
    const shadow = shadows.get(position);
    const oddities = found.length > 0 ? found : alone(match, index);
    for (const { path, message } of oddities) {
      report.warning(main, ['alerts', 'routes', position, ...path], message);
    }
    if (oddities.length > 0 || shadow === undefined) continue;
    const what = `routes[${shadow}] takes all that this one asks for, and has no continue`;
    report.warning(
      main,
      ['alerts', 'routes', position],
      `is never reached: ${what}; move this one before it`,
    );
  }
}

type Guess = (word: string, known: Iterable<string>) => string;

function createGuesser(): Guess {
  let left = MOST_GUESSES;
  return (word, known) => {
    left -= 1;
    const meant = left < 0 ? null : nearest(word, known);
    return meant === null ? 'correct or remove it' : `did you mean '${meant}'?`;
  };
}

/** Names that no connection has. */
function strangers(match: RouteMatch, fleet: FleetIndex, guess: Guess): readonly Oddity[] {
  const found: Oddity[] = [];
  const { tenant, gateway } = match;
  if (tenant !== undefined && !fleet.tenants.has(tenant)) {
    const message = `is the tenant of no connection; ${guess(tenant, fleet.tenants.keys())}`;
    found.push({ path: ['match', 'tenant'], message });
  }
  if (gateway !== undefined && !fleet.gateways.has(gateway)) {
    const message = `is the gateway of no connection; ${guess(gateway, fleet.gateways.keys())}`;
    found.push({ path: ['match', 'gateway'], message });
  }
  for (const [name, value] of Object.entries(match.labels ?? {})) {
    const path = ['match', 'labels', name];
    const values = fleet.labels.get(name);
    if (values === undefined) {
      found.push({ path, message: `is a label of no connection; ${guess(name, fleet.labels.keys())}` });
    } else if (!values.has(value)) {
      found.push({ path, message: `is a value that no connection has; ${guess(value, values.keys())}` });
    }
  }
  return found;
}

const CONCERNS = [...CONNECTION_CONCERNS, ...FLEET_CONCERNS];

/** What no incident can ever be. */
function impossible(match: RouteMatch): readonly Oddity[] {
  const { kind, cause, severity } = match;
  const ofKind = CONCERNS.filter((concern) => kind === undefined || concern.kind === kind);
  const ofCause = ofKind.filter((concern) => cause === undefined || concern.cause === cause);
  if (ofCause.length === 0) {
    const causes = wordsOf(ofKind, ({ cause }) => cause);
    const message = `can't be the cause of ${kind}, which has ${causes === '' ? 'none; remove it' : `only ${causes}`}`;
    return [{ path: ['match', 'cause'], message }];
  }
  const left = ofCause.filter((concern) => severity === undefined || concern.severity === severity);
  if (left.length === 0) {
    const what = [kind, cause].filter((word) => word !== undefined).join(' with the cause ');
    const always = wordsOf(ofCause, (concern) => concern.severity);
    return [{ path: ['match', 'severity'], message: `is never that of ${what}, which is always ${always}` }];
  }
  if (left.some((concern) => !FLEET_CONCERNS.includes(concern))) return [];
  const asked = (['tenant', 'gateway', 'labels'] as const).filter((key) => asksFor(match, key));
  return asked.map((key) => ({
    path: ['match', key],
    message: `never matches ${wordsOf(left, (concern) => concern.kind)}, which concerns no connection; remove it`,
  }));
}

function wordsOf(concerns: readonly Concern[], word: (concern: Concern) => string | null): string {
  const words = concerns.map(word).filter((one) => one !== null);
  return [...new Set(words)].join(', ');
}

function asksFor(match: RouteMatch, key: 'tenant' | 'gateway' | 'labels'): boolean {
  return key === 'labels' ? Object.keys(match.labels ?? {}).length > 0 : match[key] !== undefined;
}

/** Each name is known, and yet nobody has them together, or whoever has them goes by channels of its own. */
function alone(match: RouteMatch, fleet: FleetIndex): readonly Oddity[] {
  const particular = (['tenant', 'gateway', 'labels'] as const).some((key) => asksFor(match, key));
  let own: RoutedConnection | null = null;
  for (const connection of fleet.matching(match)) {
    if (connection.channels === null) return [];
    own ??= connection;
  }
  if (own === null) {
    if (!particular) return [];
    return [{ path: ['match'], message: 'matches no connection: none has all of this together; correct it' }];
  }
  // What concerns the monitor itself still goes by the routes.
  if (!particular && FLEET_CONCERNS.some((concern) => fits(match, concern))) return [];
  const message = `matches only connections with channels of their own, such as ${own.id}, which go before routes; remove those (of defaults too) or the route`;
  return [{ path: ['match'], message }];
}

function fits({ kind, cause, severity }: RouteMatch, concern: Concern): boolean {
  return (
    (kind === undefined || kind === concern.kind) &&
    (cause === undefined || cause === concern.cause) &&
    (severity === undefined || severity === concern.severity)
  );
}
