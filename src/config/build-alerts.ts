import { resolve } from 'node:path';
import { z } from 'zod';
import { addressMistake, holdsPassword } from '../domain/address.ts';
import type { ChannelConfig, ChannelTypes, OptionSpec, OptionValue } from '../domain/channel.ts';
import { nearest } from '../domain/nearest.ts';
import type { Route, RouteMatch } from '../domain/routing.ts';
import { valueMistake } from '../domain/value-rule.ts';
import { buildReference, type Literals, literalMistake } from './build-reference.ts';
import type { AlertsConfig } from './config.ts';
import { holesAt } from './follow-ups.ts';
import type { Path } from './place.ts';
import { mappingOf, valueAt } from './plain-value.ts';
import type { Report } from './report.ts';
import type { AlertsSection } from './salvage-alerts.ts';
import { type RawReference, rawReference } from './schema-values.ts';
import type { Source } from './source.ts';

export interface AlertsContext {
  readonly source: Source;
  readonly channelTypes: ChannelTypes;
  readonly literals: Literals;
  readonly report: Report;
}

/** Turns the checked `alerts` section into what the program works with. Mistakes go to the report. */
export function buildAlerts(
  raw: AlertsSection,
  context: AlertsContext,
): Omit<AlertsConfig, 'defaultChannels'> {
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

/** What is known of the value of a reference. */
type ValueSpec = Pick<OptionSpec, 'address' | 'format'>;

/** Judged as the address of a channel is: often a credential in itself. */
const HEARTBEAT_URL: ValueSpec = { address: 'https' };

function buildHeartbeat({ heartbeat }: AlertsSection, context: AlertsContext): AlertsConfig['heartbeat'] {
  if (heartbeat === undefined) return null;
  const url = buildChannelReference(HEARTBEAT_URL, heartbeat.url, ['alerts', 'heartbeat', 'url'], context);
  return { url, intervalMs: heartbeat.interval };
}

/** Drops what is absent: an undefined field would be one that must match. */
function buildRoute(raw: AlertsSection['routes'][number]): Route {
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
  // Options with mistakes are left out of `raw`, and yet they are there.
  const written = mappingOf(valueAt(context.source.value, ['alerts', 'channels', name]));
  const given = givenOptions(written, Object.keys(specs));
  const holes = holesAt(context.source, ['alerts', 'channels', name]);
  const options: Record<string, OptionValue> = {};
  for (const [key, spec] of Object.entries(specs)) {
    const path: Path = ['alerts', 'channels', name, key];
    const value = raw[key];
    const wrong = companyMistake(spec, given, given.has(key));
    if (wrong !== null && !holes.some) context.report.mistake(context.source, path, wrong);
    if (value === undefined) continue;
    options[key] =
      spec.kind === 'reference'
        ? buildChannelReference(spec, rawReference.parse(value), path, context)
        : buildPlain(spec, plainOption.parse(value), path, context);
  }
  return { name, type, options };
}

/** The options that stand in the file, also those that were most likely meant by a key that is none. */
function givenOptions(
  written: Readonly<Record<string, unknown>>,
  known: readonly string[],
): ReadonlySet<string> {
  const keys = Object.keys(written).filter((key) => written[key] !== undefined);
  return new Set(keys.map((key) => (known.includes(key) ? key : (nearest(key, known) ?? key))));
}

/** What is wrong with an option in the company of the others, or null. */
function companyMistake({ unless }: OptionSpec, options: ReadonlySet<string>, given: boolean): string | null {
  if (unless === undefined) return null;
  const otherGiven = options.has(unless);
  if (given && otherGiven) return `can't stand beside ${unless}; keep one of them`;
  return given || otherGiven ? null : `is missing; write it, or ${unless} instead`;
}

/** What options other than references can be once the schema has read them. */
const plainOption = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);

function buildPlain(
  spec: OptionSpec,
  value: z.output<typeof plainOption>,
  path: Path,
  { source, report }: AlertsContext,
): OptionValue {
  if (spec.kind === 'path') return resolve(source.directory, String(value));
  const { address } = spec;
  if (address !== undefined) {
    const texts = Array.isArray(value) ? value : [value];
    for (const [index, text] of texts.entries()) {
      const wrong = addressMistake(String(text), address);
      if (wrong !== null) report.mistake(source, Array.isArray(value) ? [...path, index] : path, wrong);
    }
  }
  return value;
}

function buildChannelReference(spec: ValueSpec, raw: RawReference, path: Path, context: AlertsContext) {
  const { source, report } = context;
  if (typeof raw === 'string') {
    const rule = spec.address ?? spec.format;
    const wrong = literalMistake(raw) ?? (rule ? valueMistake(raw, rule) : null);
    if (wrong !== null) report.mistake(source, path, wrong);
    else weighLiteral(spec, raw, path, context);
  }
  return buildReference(raw, source.directory);
}

/** An address with a password is a secret; the address of a web hook is often one, yet some are harmless. */
function weighLiteral({ address }: ValueSpec, raw: string, path: Path, context: AlertsContext): void {
  const { source, report, literals } = context;
  if (address === undefined || holdsPassword(raw)) literals.add(source, path);
  else if (address === 'https')
    report.warning(
      source,
      path,
      'is a URL written in the file itself; if it is a credential, use {env: NAME} or {file: PATH}',
    );
}
