import { z } from 'zod';
import type { ChannelTypes } from '../domain/channel.ts';
import { nearest } from '../domain/nearest.ts';
import { holesAt } from './follow-ups.ts';
import { type Partly, readPartly, unread } from './partly.ts';
import { isMapping, listOf } from './plain-value.ts';
import type { Report } from './report.ts';
import type { AlertsSection } from './salvage-alerts.ts';
import { salvageAlerts } from './salvage-alerts.ts';
import { OTHER_KEYS, sectionSchemas } from './schema-file.ts';
import type { Source } from './source.ts';
import { errorMap, type Mistake, mistakesOf, unknownKey } from './wording.ts';

type Schemas = ReturnType<typeof sectionSchemas>;
type Name = keyof Schemas;
type Read<Key extends Name> = Partly<z.output<Schemas[Key]>>;

/** A pattern of `include` and its place in the list. */
export interface IncludePattern {
  readonly index: number;
  readonly pattern: string;
}

/** Each section as far as it could be read, so that a mistake in one place doesn't hide those elsewhere. */
export interface Sections {
  readonly checks: Read<'checks'>;
  readonly expiry: Read<'expiry'>;
  readonly alerts: Partly<AlertsSection>;
  readonly redis: Read<'redis'>;
  /** Null where it has a mistake. */
  readonly dataDir: string | null;
  /** Null where it has a mistake. */
  readonly secretsDir: string | null;
  readonly http: Read<'http'>;
  readonly defaults: Read<'defaults'>;
  readonly include: readonly IncludePattern[];
  /** Also where it has a mistake: the links themselves are none then. */
  readonly followSymlinks: boolean;
}

export function readSections(main: Source, channelTypes: ChannelTypes, report: Report): Sections {
  const schemas = sectionSchemas(channelTypes);
  const file = objectOf(main, report);
  const misspelt = tellUnknown(main, file ?? {}, schemas, report);
  const tellAt = (name: Name) => (mistakes: readonly Mistake[]) => {
    for (const { path, message, target } of mistakes) report.mistake(main, [name, ...path], message, target);
  };
  /** A section that can't be had from this file: nothing to complain about, and nothing known. */
  const isLost = (name: Name) => file === null || (misspelt.has(name) && file[name] === undefined);
  const read = <Schema extends z.ZodType>(name: Name, schema: Schema): Partly<z.output<Schema>> =>
    isLost(name) ? unread(schema) : readPartly(schema, file?.[name], holesAt(main, [name]), tellAt(name));
  const readOne = (name: 'version' | 'dataDir' | 'secretsDir' | 'include' | 'followSymlinks'): unknown => {
    if (isLost(name)) return null;
    const result = schemas[name].safeParse(file?.[name], { error: errorMap });
    if (result.success) return result.data;
    const mistakes = mistakesOf(result.error.issues, file?.[name]);
    const holes = holesAt(main, [name]);
    tellAt(name)(mistakes.filter((mistake) => !holes.isFollowUp(mistake)));
    return null;
  };
  readOne('version');
  const dataDir = readOne('dataDir');
  const secretsDir = readOne('secretsDir');
  readOne('include');
  return {
    checks: read('checks', schemas.checks),
    expiry: read('expiry', schemas.expiry),
    alerts: whatRemains(read('alerts', schemas.alerts), file?.['alerts'], channelTypes),
    redis: read('redis', schemas.redis),
    dataDir: typeof dataDir === 'string' ? dataDir : null,
    secretsDir: typeof secretsDir === 'string' ? secretsDir : null,
    http: read('http', schemas.http),
    defaults: read('defaults', schemas.defaults),
    include: patternsOf(file?.['include']),
    followSymlinks: readOne('followSymlinks') !== false,
  };
}

function whatRemains(
  alerts: Partly<AlertsSection>,
  value: unknown,
  channelTypes: ChannelTypes,
): Partly<AlertsSection> {
  return alerts.whole ? alerts : { ...alerts, data: salvageAlerts(value, alerts, channelTypes) };
}

/** Tells the unknown keys of the top and gives those that were most likely meant. */
function tellUnknown(
  main: Source,
  file: Readonly<Record<string, unknown>>,
  schemas: Schemas,
  report: Report,
): ReadonlySet<string> {
  const known = [...Object.keys(schemas), ...OTHER_KEYS];
  const meant = new Set<string>();
  const holes = holesAt(main, []);
  for (const key of Object.keys(file)) {
    if (known.includes(key)) continue;
    const near = nearest(key, known);
    const homes = near === null ? homesOf(key, schemas) : [];
    if (homes.length > 0) {
      report.mistake(main, [key], `is not a known key; did you mean ${homes.join(' or ')}?`, 'key');
      continue;
    }
    if (near !== null) meant.add(near);
    const mistake: Mistake = { path: [key], message: unknownKey(key, known), target: 'key' };
    if (near === null && holes.isFollowUp(mistake)) continue;
    report.mistake(main, mistake.path, mistake.message, mistake.target);
  }
  return meant;
}

/** Where a key belongs that stands at the top by mistake, e.g. `checks.interval`, also where it is misspelt. */
function homesOf(key: string, schemas: Schemas): readonly string[] {
  const homes = Object.entries(schemas).flatMap(([section, schema]) => {
    const inner = schema instanceof z.ZodPrefault ? schema.unwrap() : schema;
    return inner instanceof z.ZodObject ? Object.keys(inner.shape).map((name) => ({ section, name })) : [];
  });
  const meant = nearest(
    key,
    homes.map(({ name }) => name),
  );
  return homes.filter(({ name }) => name === meant).map(({ section, name }) => `${section}.${name}`);
}

/** Those that are well-formed, whatever the others are; one that stands there instead of a list is meant to be read. */
function patternsOf(value: unknown): readonly IncludePattern[] {
  const list = typeof value === 'string' ? [value] : listOf(value);
  return list.flatMap((pattern, index) =>
    typeof pattern === 'string' && pattern !== '' ? [{ index, pattern }] : [],
  );
}

/** The top of a file as an object; null, reported, when it is none. A file that could not be parsed is null in silence. */
export function objectOf(source: Source, report: Report): Readonly<Record<string, unknown>> | null {
  const { value } = source;
  if (value === undefined) return null;
  if (isMapping(value)) return value;
  report.mistake(
    source,
    [],
    value === null ? 'is empty; see config/tenants.example.yaml' : 'must be a mapping of keys to values',
  );
  return null;
}
