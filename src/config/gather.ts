import { lstat, realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ChannelTypes } from '../domain/channel.ts';
import { findIncluded } from './include.ts';
import { type Earlier, recallLines } from './known-lines.ts';
import { changedPaths, latestChange, type Marks, markOf, marksOf } from './marks.ts';
import { reasonOf } from './read-file.ts';
import { type IncludePattern, readSections, type Sections } from './read-sections.ts';
import { createReport, type Report } from './report.ts';
import { readSource, type Source, unusableSource } from './source.ts';
import { type Tree, treeOf } from './tree.ts';

export interface GatherOptions {
  readonly channelTypes: ChannelTypes;
  readonly cwd: string;
  /** Files, by absolute path, whose content is taken from here instead. */
  readonly contents?: ReadonlyMap<string, Uint8Array>;
  readonly settling?: Settling;
  /** Lines are remembered, and those that an earlier load found good are not read again. */
  readonly earlier?: Earlier;
}

/** Nothing that is read may have been changed for so long; what is younger is looked at again when it is older. */
export interface Settling {
  readonly quietMs: number;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** All files of a config as they were at one moment. */
export interface Gathered {
  /** Holds what is wrong with the texts and with the sections of the main file. */
  readonly report: Report;
  /** Absolute paths of all that was read or listed, with the marks they had before. */
  readonly watched: Marks;
  readonly main: Source;
  readonly sections: Sections;
  /** The main file and then the included ones. */
  readonly sources: readonly Source[];
}

const MOST_READINGS = 5;
const PAUSE_MS = 20;

/**
 * Reads the main file and all it includes. When one of them was changed meanwhile all are read again: half of an old
 * config and half of a new one, as in the moment when Kubernetes exchanges a mount, is a config that nobody wrote.
 * `settling` finds out a file that was read between two writes: the lines that are there by then are a good config.
 */
export async function gather(path: string, options: GatherOptions): Promise<Gathered> {
  const file = resolve(options.cwd, path);
  const seen = new Set<string>();
  for (let reading = 1; ; reading += 1) {
    const gathered = await gatherOnce(file, options);
    const { watched, sources } = gathered;
    if (options.settling) await pause(restOf(options.settling, watched));
    const changed = new Set(changedPaths(watched, await marksOf(watched.keys())));
    if (changed.size === 0) return gathered;
    for (const source of sources) seen.add(source.file);
    if (reading < MOST_READINGS) {
      await pause(PAUSE_MS * reading);
      continue;
    }
    tellUnsteady(gathered, changed, seen);
    return gathered;
  }
}

/** How long to wait until all is old enough. A clock that goes wrong, of a file server's, say, costs no more than that. */
function restOf({ quietMs, now }: Settling, watched: Marks): number {
  return Math.min(Math.max(0, latestChange(watched) + quietMs - now()), quietMs);
}

/**
 * A folder in which files come and go all the time is no reason to refuse those that stayed as they were. One that was
 * there in an earlier reading is none of them: an editor may be about to put it back.
 */
function tellUnsteady({ sources, report }: Gathered, changed: ReadonlySet<string>, seen: Set<string>): void {
  for (const { file } of sources) seen.delete(file);
  const unsteady = [...sources.map(({ file }) => file).filter((file) => changed.has(file)), ...seen];
  for (const file of unsteady) {
    const how = seen.has(file) ? 'came and went while' : `was changed each of the ${MOST_READINGS} times`;
    const message = `${how} it was read; write it aside and move it here when it is complete`;
    report.mistake(unusableSource(file, message), [], message);
  }
}

async function gatherOnce(file: string, options: GatherOptions): Promise<Gathered> {
  const { channelTypes, cwd, contents, earlier } = options;
  const report = createReport(cwd);
  const watched = new Map([[file, await markOf(file)]]);
  const main = withAdvice(await readSource(file, contents?.get(file)));
  tellProblems(main, report);
  const sections = readSections(main, channelTypes, report);
  const sources = new Map([[await realpath(file).catch(() => file), main]]);
  const recall = earlier && recallLines(earlier, main);
  const readOne = (path: string) => readSource(path, contents?.get(path), recall);
  for (const pattern of sections.include) {
    const tree = await treeOf(pattern.pattern, main.directory, sections.followSymlinks);
    await readIncluded(pattern, tree, { main, sources, watched, report, readOne });
  }
  return { report, watched, main, sections, sources: [...sources.values()] };
}

interface Reading {
  readonly main: Source;
  /** By real path: a file that is reached in two ways is read once. */
  readonly sources: Map<string, Source>;
  readonly watched: Map<string, string>;
  readonly report: Report;
  readonly readOne: (path: string) => Promise<Source>;
}

async function readIncluded(
  { index, pattern }: IncludePattern,
  tree: Tree,
  { main, sources, watched, report, readOne }: Reading,
): Promise<void> {
  const { files, folders } = await findIncluded(pattern, main.directory, tree.holds);
  // What was read first counts: a later mark would hide a change in between.
  for (const [folder, mark] of folders) if (!watched.has(folder)) watched.set(folder, mark);
  let found = 0;
  for (const path of files) {
    if (!watched.has(path)) watched.set(path, await markOf(path));
    const real = await realpath(path).catch(() => path);
    const known = sources.get(real);
    if (known === main) continue;
    const source = known ?? (await readInside(path, tree, readOne));
    if (source.missing) {
      await tellDeadLink(source, report);
      continue;
    }
    found += 1;
    if (known !== undefined) continue;
    sources.set(real, source);
    tellProblems(source, report);
  }
  if (found === 0) report.warning(main, ['include', index], 'matches no file; is a folder not mounted?');
}

async function readInside(path: string, tree: Tree, readOne: Reading['readOne']): Promise<Source> {
  try {
    const real = await realpath(path);
    if (tree.holds(real)) return await readOne(path);
    const message =
      `leads by a symbolic link to ${real}, outside of ${tree.roots.join(' and ')}; ` +
      'name that path in include, or set followSymlinks: true';
    return unusableSource(path, message);
  } catch (error) {
    return unusableSource(path, reasonOf(error));
  }
}

/** A file that was listed and is gone is found out by its folder's mark; a link to nothing stays. */
async function tellDeadLink(source: Source, report: Report): Promise<void> {
  const isLink = await lstat(source.file).then(
    (stats) => stats.isSymbolicLink(),
    () => false,
  );
  if (isLink)
    report.warning(source, [], 'is a symbolic link to nothing and left out; is a folder not mounted?');
}

function withAdvice(main: Source): Source {
  if (!main.missing) return main;
  const advice = 'copy config/tenants.example.yaml to it, or name another with --config';
  const problems = main.problems.map((one) => ({ ...one, message: `${one.message}; ${advice}` }));
  return { ...main, problems };
}

function tellProblems(source: Source, report: Report): void {
  report.add(source);
  for (const problem of source.problems) {
    report.mistake({ ...source, locate: () => problem.position }, problem.path, problem.message);
  }
}
