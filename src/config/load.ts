import { createHash } from 'node:crypto';
import { relative } from 'node:path';
import type { ChannelTypes } from '../domain/channel.ts';
import type { Connection } from '../domain/connection.ts';
import { buildMain } from './build-main.ts';
import { createLiterals } from './build-reference.ts';
import type { Config } from './config.ts';
import { ConfigError, type ConfigErrorCode } from './config-error.ts';
import { gather, type Settling } from './gather.ts';
import { type FoundConnection, isWhole } from './known-connection.ts';
import { type Earlier, NOTHING_EARLIER, noLines } from './known-lines.ts';
import type { Marks } from './marks.ts';
import { showFile } from './place.ts';
import { listOf, mappingOf } from './plain-value.ts';
import { type LooseReference, readConnections } from './read-connections.ts';
import { type PlacedReference, type Referring, referencesOf } from './references.ts';
import type { Report } from './report.ts';
import { routingPolicyOf } from './routing-policy.ts';
import type { Source } from './source.ts';
import { type Place, warnOfRouting } from './warn-routing.ts';

export interface LoadOptions {
  readonly channelTypes: ChannelTypes;
  /** Messages show files relative to this folder; the current one when left out. */
  readonly cwd?: string;
  /** Files, by absolute path, whose content is taken from here instead: what a change would make of the config. */
  readonly contents?: ReadonlyMap<string, Uint8Array>;
  readonly settling?: Settling;
}

/** What a load found, be the config good or not. */
export interface Reading {
  /** Null when there are mistakes. */
  readonly config: Config | null;
  readonly code: ConfigErrorCode;
  /** Takes more of what is found out later, so that all is told in one order. */
  readonly report: Report;
  readonly watched: Marks;
  readonly main: Source;
  /** All files, the main one first. */
  readonly sources: readonly Source[];
  /** What refers to something outside, as far as it could be read. */
  readonly referring: Referring;
  /** Every reference that is well-formed, with its place. */
  references(): readonly LooseReference[];
}

/** What a load found that knows an earlier one. */
export interface Rereading extends Pick<Reading, 'code' | 'report' | 'watched'> {
  readonly config:
    | (Omit<Config, 'connections'> & { readonly connections: readonly FoundConnection[] })
    | null;
  /** Of the lines of a good config, as an `Earlier` holds them. */
  digests(): string;
}

/**
 * Reads the main file and all it includes. Every mistake of every file is found before anything is said.
 *
 * @throws ConfigError
 */
export async function loadConfig(path: string, options: LoadOptions): Promise<Config> {
  const { config, code, report, watched } = await readConfig(path, options);
  if (config === null) throw new ConfigError(code, report.mistakes(), watched);
  return config;
}

/** As `loadConfig`, but gives what could be read also when there are mistakes. */
export async function readConfig(path: string, options: LoadOptions): Promise<Reading> {
  const { config, ...reading } = await readOnce(path, options);
  // Nothing was known, so that all were read.
  return { ...reading, config: config && { ...config, connections: reading.referring.connections } };
}

/**
 * As `readConfig`, but reads no line that an earlier load found good, and remembers those it finds. What is told is the
 * same.
 */
export async function rereadConfig(path: string, options: LoadOptions, earlier: Earlier): Promise<Rereading> {
  const reading = await readOnce(path, { ...options, earlier });
  return reading.clash ? readOnce(path, { ...options, earlier: NOTHING_EARLIER }) : reading;
}

async function readOnce(
  path: string,
  options: LoadOptions & { readonly earlier?: Earlier },
): Promise<Omit<Reading, 'config'> & Rereading & { readonly clash: boolean }> {
  const cwd = options.cwd ?? process.cwd();
  const { channelTypes } = options;
  const { report, watched, main, sections, sources } = await gather(path, { ...options, cwd });
  const literals = createLiterals();
  const settings = buildMain(main, sections, { channelTypes, literals, report });
  const { connections, placeOf, loose, clash } = readConnections(sources, {
    ...settings.rules,
    literals,
    report,
  });
  literals.tell(report, (name) => showFile(name, cwd));

  const good = report.mistakes().length === 0 && settings.config !== null;
  const referring = { ...settings.referring, connections: connections.filter(isWhole) };
  if (good)
    warnOfRouting(
      { main, policy: routingPolicyOf({ ...settings.config, connections }), connections, placeOf },
      report,
    );
  return {
    config: good
      ? {
          path: main.file,
          watched,
          hash: hashOf(sources, main.directory),
          ...settings.config,
          connections,
          warnings: report.warnings(),
        }
      : null,
    code: main.missing ? 'config_missing' : 'config_invalid',
    report,
    watched,
    main,
    sources,
    referring,
    references: () => [
      ...referencesOf(referring, channelTypes).map((reference) => placeOfReference(reference, main, placeOf)),
      ...loose,
    ],
    digests: () => sources.map((source) => source.digests ?? noLines(countIn(source))).join(''),
    clash,
  };
}

function countIn({ value }: Source): number {
  return listOf(mappingOf(value)['connections']).length;
}

function placeOfReference(
  { connection, path, ...reference }: PlacedReference,
  main: Source,
  placeOf: (connection: Connection) => Place | undefined,
): LooseReference {
  const place = connection === null ? undefined : placeOf(connection);
  return place === undefined
    ? { ...reference, source: main, path }
    : { ...reference, source: place.source, path: [...place.path, ...path] };
}

/** Names are part of it, relative ones: the same files in another place are the same config. */
function hashOf(sources: readonly Source[], directory: string): string {
  const hash = createHash('sha256');
  for (const source of sources) {
    hash.update(`${relative(directory, source.file)}\0${source.bytes.length}\0`).update(source.bytes);
  }
  return hash.digest('hex');
}
