import { CONNECTION_CONCERNS, type Concern } from '../domain/concerns.ts';
import { type Connection, type ConnectionIdentity, identityOf } from '../domain/connection.ts';
import {
  type Choice,
  chooseChannels,
  type Route,
  type RouteMatch,
  type RoutingPolicy,
} from '../domain/routing.ts';
import { type Column, type Paint, renderTable } from './table.ts';

/** The document of `route --json`. */
export interface RouteDocument {
  readonly connection: ConnectionIdentity & { readonly enabled: boolean };
  /** Everything that can be told about the connection; without channels nobody is. */
  readonly concerns: readonly (Concern & { readonly channels: readonly Choice[] })[];
}

export function routeDocument(connection: Connection, policy: RoutingPolicy): RouteDocument {
  const identity = identityOf(connection);
  const concerns = CONNECTION_CONCERNS.map((concern) => ({
    ...concern,
    channels: chooseChannels({ ...concern, connection: identity, override: connection.channels }, policy),
  }));
  return { connection: { ...identity, enabled: connection.enabled }, concerns };
}

interface Row {
  readonly concern: Concern;
  readonly channels: string;
  readonly why: string;
  readonly nobody: boolean;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'KIND', cell: ({ concern }) => concern.kind },
  { title: 'CAUSE', cell: ({ concern }) => concern.cause },
  {
    title: 'SEVERITY',
    cell: ({ concern }) => concern.severity,
    tone: ({ concern }) => (concern.severity === 'critical' ? 'bad' : 'warning'),
  },
  { title: 'TOLD', cell: ({ channels }) => channels, tone: ({ nobody }) => (nobody ? 'bad' : 'good') },
  { title: 'WHY', cell: ({ why }) => why },
];

/** A table with a line for each trouble and each reason to tell somebody of it. */
export function routeText(
  { connection, concerns }: RouteDocument,
  routes: readonly Route[],
  paint: Paint,
): string {
  const rows = concerns.flatMap(({ channels, ...concern }) => rowsOf(concern, channels, routes));
  const disabled = connection.enabled
    ? ''
    : '\nenabled is false: it is not checked, so nobody is told anything.\n';
  return `${renderTable(rows, COLUMNS, paint)}${disabled}`;
}

function rowsOf(concern: Concern, choices: readonly Choice[], routes: readonly Route[]): readonly Row[] {
  if (choices.length === 0) {
    const why = 'nothing matched, and no channel is there that was not chosen for particular customers';
    return [{ concern, channels: 'nobody', why, nobody: true }];
  }
  const byReason = new Map<string, string[]>();
  for (const choice of choices) {
    const why = whyOf(choice, routes);
    byReason.set(why, [...(byReason.get(why) ?? []), choice.channel]);
  }
  return [...byReason].map(([why, names]) => ({ concern, channels: names.join(', '), why, nobody: false }));
}

function whyOf({ reason, route }: Choice, routes: readonly Route[]): string {
  switch (reason) {
    case 'own_channels':
      return 'its own channels';
    case 'fallback':
      return 'nothing matched: every channel that is not chosen for particular customers';
    case 'route': {
      const found = route === null ? undefined : routes[route];
      return `alerts.routes[${route}]: ${matchText(found?.match ?? {})}`;
    }
    default:
      return reason satisfies never;
  }
}

/** What a route asks for, in words. */
function matchText(match: RouteMatch): string {
  const { labels = {}, ...fields } = match;
  const parts = [
    ...Object.entries(fields).map(([name, value]) => `${name} ${value}`),
    ...Object.entries(labels).map(([name, value]) => `label ${name}=${value}`),
  ];
  return parts.length === 0 ? 'whatever it is' : parts.join(', ');
}
