import { z } from 'zod';
import type { ChannelConfig, ChannelTypes, OptionValue } from '../domain/channel.ts';
import type { Route, RouteMatch } from '../domain/routing.ts';
import { buildReference, type Literals, literalMistake } from './build-reference.ts';
import type { AlertsConfig } from './config.ts';
import type { Path } from './place.ts';
import type { Report } from './report.ts';
import type { heartbeatSchema, routeSchema } from './schema.ts';
import { type RawReference, rawReference } from './schema-values.ts';
import type { Source } from './source.ts';

interface RawAlerts {
  readonly reminderEvery: number;
  readonly massRejection: { readonly atLeast: number; readonly percent: number };
  readonly channels: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly routes: readonly z.output<typeof routeSchema>[];
  readonly heartbeat?: z.output<typeof heartbeatSchema> | undefined;
}

export interface AlertsContext {
  readonly source: Source;
  readonly channelTypes: ChannelTypes;
  readonly literals: Literals;
  readonly report: Report;
}

/** Turns the checked `alerts` section into what the program works with. Mistakes go to the report. */
export function buildAlerts(raw: RawAlerts, context: AlertsContext): Omit<AlertsConfig, 'defaultChannels'> {
  const channels = Object.entries(raw.channels).map(([name, options]) =>
    buildChannel(name, options, context),
  );
  const routes = raw.routes.map(buildRoute);
  const { atLeast, percent } = raw.massRejection;
  const massRejection = { atLeast, share: percent / 100 };
  return {
    reminderEveryMs: raw.reminderEvery,
    massRejection,
    channels,
    routes,
    heartbeat: buildHeartbeat(raw, context),
  };
}

function buildHeartbeat({ heartbeat }: RawAlerts, context: AlertsContext): AlertsConfig['heartbeat'] {
  if (heartbeat === undefined) return null;
  const url = buildChannelReference('url', heartbeat.url, ['alerts', 'heartbeat', 'url'], context);
  return { url, intervalMs: heartbeat.interval };
}

/** Drops what is absent: an undefined field would be one that must match. */
function buildRoute(raw: RawAlerts['routes'][number]): Route {
  const { gateway, ...fields } = raw.match;
  const given = Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as RouteMatch;
  // The gateway of a connection is an origin as URLs spell it, lower case and without the usual port.
  const match = gateway === undefined ? given : { ...given, gateway: originOf(gateway) };
  return { match, channels: raw.channels, continue: raw.continue };
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url;
}

function buildChannel(
  name: string,
  raw: Readonly<Record<string, unknown>>,
  context: AlertsContext,
): ChannelConfig {
  const type = String(raw['type']);
  const specs = context.channelTypes[type] ?? {};
  const options: Record<string, OptionValue> = {};
  for (const [key, spec] of Object.entries(specs)) {
    const value = raw[key];
    if (value === undefined) continue;
    if (spec.kind === 'reference') {
      const path: Path = ['alerts', 'channels', name, key];
      options[key] = buildChannelReference(key, rawReference.parse(value), path, context);
    } else {
      options[key] = plainOption.parse(value);
    }
  }
  return { name, type, options };
}

/** What options other than references can be once the schema has read them. */
const plainOption = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);

function buildChannelReference(key: string, raw: RawReference, path: Path, context: AlertsContext) {
  const { source, report, literals } = context;
  if (typeof raw === 'string') {
    const wrong = literalMistake(raw) ?? (key === 'url' ? urlMistake(raw) : null);
    if (wrong !== null) report.mistake(source, path, wrong);
    // A webhook's URL is often its only credential, yet some are harmless: a warning leaves that to the reader.
    else if (key === 'url')
      report.warning(
        source,
        path,
        'is a URL written in the file itself; if it is a credential, use {env: NAME} or {file: PATH}',
      );
    else literals.add(source, path);
  }
  return buildReference(raw, source.directory);
}

function urlMistake(text: string): string | null {
  const good = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  return good ? null : 'must be an absolute http:// or https:// URL';
}
