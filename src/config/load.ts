import { createHash } from 'node:crypto';
import { dirname, relative, resolve } from 'node:path';
import type { ChannelTypes } from '../domain/channel.ts';
import { buildMain } from './build-main.ts';
import { createLiterals } from './build-reference.ts';
import type { Config } from './config.ts';
import { ConfigError } from './config-error.ts';
import { findIncluded } from './include.ts';
import { showFile } from './place.ts';
import { readConnections } from './read-connections.ts';
import { readSections } from './read-sections.ts';
import { createReport, type Report } from './report.ts';
import { routingPolicyOf } from './routing-policy.ts';
import { readSource, type Source } from './source.ts';
import { warnOfRouting } from './warn-routing.ts';

export interface LoadOptions {
  readonly channelTypes: ChannelTypes;
  /** Messages show files relative to this folder; the current one when left out. */
  readonly cwd?: string;
}

/**
 * Reads the main file and all it includes. Every mistake of every file is found before anything is said.
 *
 * @throws ConfigError
 */
export async function loadConfig(path: string, options: LoadOptions): Promise<Config> {
  const cwd = options.cwd ?? process.cwd();
  const file = resolve(cwd, path);
  const report = createReport(cwd);
  const watched = new Set([file]);
  const main = await readSource(file);
  if (main.missing) throw missing(file, cwd);
  tellProblems(main, report);

  const sections = readSections(main, options.channelTypes, report);
  const included = await readIncluded(main, sections.include ?? [], watched, report);
  const literals = createLiterals();
  const settings = buildMain(main, sections, { channelTypes: options.channelTypes, literals, report });
  const { connections, places } = readConnections([main, ...included], {
    ...settings.rules,
    literals,
    report,
  });
  literals.tell(report, (name) => showFile(name, cwd));

  const mistakes = report.mistakes();
  const { config } = settings;
  if (mistakes.length > 0 || config === null) throw new ConfigError('config_invalid', mistakes, [...watched]);
  const policy = routingPolicyOf({ ...config, connections });
  warnOfRouting({ main, policy, connections, places }, report);
  return {
    path: file,
    watched: [...watched],
    hash: hashOf([main, ...included], dirname(file)),
    ...config,
    connections,
    warnings: report.warnings(),
  };
}

function missing(file: string, cwd: string): ConfigError {
  const line = `${showFile(file, cwd)}:1:1: file: does not exist; copy config/tenants.example.yaml to it, or name another with --config`;
  return new ConfigError('config_missing', [line], [file]);
}

function tellProblems(source: Source, report: Report): void {
  report.add(source);
  for (const problem of source.problems) {
    report.mistake({ ...source, locate: () => problem.position }, problem.path, problem.message);
  }
}

async function readIncluded(
  main: Source,
  patterns: readonly string[],
  watched: Set<string>,
  report: Report,
): Promise<readonly Source[]> {
  const sources = new Map<string, Source>();
  for (const [index, pattern] of patterns.entries()) {
    const { files, folders } = await findIncluded(pattern, main.directory);
    for (const folder of folders) watched.add(folder);
    let found = 0;
    for (const file of files) {
      watched.add(file);
      if (file === main.file) continue;
      const source = sources.get(file) ?? (await readSource(file));
      if (source.missing) continue;
      found += 1;
      if (sources.has(file)) continue;
      sources.set(file, source);
      tellProblems(source, report);
    }
    if (found === 0) report.warning(main, ['include', index], 'matches no file; is a folder not mounted?');
  }
  return [...sources.values()];
}

/** Names are part of it, relative ones: the same files in another place are the same config. */
function hashOf(sources: readonly Source[], directory: string): string {
  const hash = createHash('sha256');
  for (const source of sources) {
    hash.update(`${relative(directory, source.file)}\0${source.bytes.length}\0`).update(source.bytes);
  }
  return hash.digest('hex');
}
