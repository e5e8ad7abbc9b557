import type { Command } from 'commander';
import { readConfig } from '../config/load.ts';
import { idList } from './check-run.ts';
import type { CliContext } from './context.ts';
import { editing, withEditOptions } from './edit-command.ts';
import type { EditEdge } from './edit-edge.ts';
import { type EditFlags, runEdit } from './edit-run.ts';

/** `enable`: has connections checked again, after their keys were tried. */
export function registerEnable(program: Command, context: CliContext): void {
  const command = program
    .command('enable')
    .description('Have connections checked again, after their keys were tried')
    .argument('<ids...>', 'the connections')
    .option('--no-check', 'do not try the keys first');
  withEditOptions(command).action((ids: readonly string[], flags: EditFlags) =>
    editing(context, (edge) => enable(ids, flags, context, edge)),
  );
}

/** `disable`: leaves connections in the config file, unchecked. */
export function registerDisable(program: Command, context: CliContext): void {
  const command = program
    .command('disable')
    .description('Leave connections in the config file, but do not check them')
    .argument('<ids...>', 'the connections');
  withEditOptions(command).action((ids: readonly string[], flags: EditFlags) =>
    editing(context, (edge) => disable(ids, flags, context, edge)),
  );
}

/** Runs the command and gives its exit code. */
export async function enable(
  ids: readonly string[],
  flags: EditFlags,
  context: CliContext,
  edge: EditEdge,
): Promise<number> {
  const path = flags.config ?? context.defaultConfigPath();
  const { config } = await readConfig(path, { channelTypes: context.channelTypes });
  const enabled = new Set((config?.connections ?? []).filter((one) => one.enabled).map(({ id }) => id));
  const wanted = [...new Set(ids)];
  // An entry that says nothing is enabled, and is left to say nothing.
  const update = wanted.filter((id) => !enabled.has(id)).map((id) => ({ id, settings: { enabled: true } }));
  const changed = new Set(update.map(({ id }) => id));
  return runEdit(
    {
      path,
      change: { update },
      flags,
      tried: ({ after }) => after.connections.filter(({ id }) => changed.has(id)),
      confirmed: false,
      done: `Enabled: ${idList([...changed])}.`,
      nothing: `nothing to do: enabled already: ${idList(wanted)}`,
    },
    context,
    edge,
  );
}

/** Runs the command and gives its exit code. */
export function disable(
  ids: readonly string[],
  flags: EditFlags,
  context: CliContext,
  edge: EditEdge,
): Promise<number> {
  const wanted = [...new Set(ids)];
  return runEdit(
    {
      path: flags.config ?? context.defaultConfigPath(),
      change: { update: wanted.map((id) => ({ id, settings: { enabled: false } })) },
      flags,
      tried: () => [],
      confirmed: false,
      done: `Disabled: ${idList(wanted)}.`,
      nothing: `nothing to do: disabled already: ${idList(wanted)}`,
    },
    context,
    edge,
  );
}
