import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import { loadConfig } from '../config/load.ts';
import { didYouMean } from '../domain/nearest.ts';
import { type CheckEdge, idList, runChecks } from './check-run.ts';
import { complain, listMistakes, warn } from './complain.ts';
import type { CliContext } from './context.ts';

export type { CheckEdge } from './check-run.ts';

export interface CheckFlags {
  readonly config?: string;
  readonly json?: boolean;
}

const EXIT_CODES = `
Exit codes:
  0    all valid
  1    at least one certainly rejected (asked twice, 2 s apart)
  2    wrong usage or config; nothing was sent
  3    none rejected, but some unknown
  130  interrupted; what was known by then is printed`;

/** `check`: exchanges every key pair now and says what is wrong with those that don't work. Needs no Redis. */
export function registerCheck(program: Command, context: CliContext): void {
  program
    .command('check')
    .description('Exchange the keys for a token now, and say what is wrong where that does not work')
    .argument('[ids...]', 'connections to check (default: all that are enabled)')
    .option('--config <path>', 'config file (default: MIMECAST_MONITOR_CONFIG, else config/tenants.yaml)')
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXIT_CODES)
    .action(async (ids: readonly string[], flags: CheckFlags) => {
      context.setExitCode(await check(ids, flags, context, PROCESS_EDGE));
    });
}

export const PROCESS_EDGE: CheckEdge = {
  now: Date.now,
  elapsed: () => performance.now(),
  delay: async (ms, signal) => {
    try {
      await wait(ms, undefined, { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  },
  onInterrupt: (callback) => {
    process.once('SIGINT', callback);
    return () => process.off('SIGINT', callback);
  },
};

/** Runs the command and gives its exit code. */
export async function check(
  ids: readonly string[],
  flags: CheckFlags,
  context: CliContext,
  edge: CheckEdge,
): Promise<number> {
  const path = flags.config ?? context.defaultConfigPath();
  const loaded = await load(path, context);
  if (loaded.config === null) return refuse(loaded.mistakes, context);
  const { config } = loaded;
  const strangers = unknownIds(ids, config, path);
  if (strangers.length > 0) return refuse(strangers, context);

  const named = new Set(ids);
  const wanted = config.connections.filter(({ id }) => named.size === 0 || named.has(id));
  const connections = wanted.filter(({ enabled }) => enabled);
  const disabled = wanted.filter(({ enabled }) => !enabled).map(({ id }) => id);
  warn(context.stderr, ...config.warnings);
  if (disabled.length > 0) {
    complain(context.stderr, `skipped, because enabled is false: ${idList(disabled)}`);
  }
  // Exit code 0 would say that keys work when none was tried.
  if (connections.length === 0) {
    const what = wanted.length === 0 ? `${path} has no connections` : 'all of these are disabled';
    return refuse([`nothing to check: ${what}`], context);
  }
  const skipped = disabled.length;
  return runChecks({ connections, skipped, config, json: flags.json ?? false }, context, edge);
}

type Loaded = { readonly config: Config } | { readonly config: null; readonly mistakes: readonly string[] };

async function load(path: string, { channelTypes }: CliContext): Promise<Loaded> {
  try {
    return { config: await loadConfig(path, { channelTypes }) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { config: null, mistakes: error.issues };
  }
}

function unknownIds(ids: readonly string[], config: Config, path: string): readonly string[] {
  const known = new Set(config.connections.map(({ id }) => id));
  const strangers = [...new Set(ids)].filter((id) => !known.has(id));
  return strangers.map((id) => `${path} has no connection ${id}${didYouMean(id, known)}`);
}

function refuse(lines: readonly string[], { stderr }: CliContext): number {
  listMistakes(stderr, ...lines);
  return 2;
}
