import { resolve, sep } from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../config/config.ts';
import { guardRemovals } from '../config/guard-removals.ts';
import { referencesOf } from '../config/references.ts';
import type { Preview } from '../edit/edit-config.ts';
import { deleteSecretFiles } from '../edit/secret-files.ts';
import { idList } from './check-run.ts';
import type { CliContext } from './context.ts';
import { editing, withEditOptions } from './edit-command.ts';
import type { EditEdge } from './edit-edge.ts';
import { type EditFlags, runEdit } from './edit-run.ts';

export interface RemoveFlags extends EditFlags {
  readonly keepSecret?: boolean;
}

/** `remove`: takes connections out of the config file, and their secrets out of `secretsDir`. */
export function registerRemove(program: Command, context: CliContext): void {
  const command = program
    .command('remove')
    .description('Take connections out of the config file, with their comments and secret files')
    .argument('<ids...>', 'the connections')
    .option('--keep-secret', 'leave their files in secretsDir');
  withEditOptions(command).action((ids: readonly string[], flags: RemoveFlags) =>
    editing(context, (edge) => remove(ids, flags, context, edge)),
  );
}

/** Runs the command and gives its exit code. */
export function remove(
  ids: readonly string[],
  flags: RemoveFlags,
  context: CliContext,
  edge: EditEdge,
): Promise<number> {
  return runEdit(
    {
      path: flags.config ?? context.defaultConfigPath(),
      change: { remove: ids },
      flags,
      tried: () => [],
      confirmed: true,
      done: `Removed: ${idList([...new Set(ids)])}.`,
      nothing: 'nothing to remove',
      afterwards: async (preview) => [...guardLines(preview), ...(await clearSecrets(preview, flags))],
    },
    context,
    edge,
  );
}

async function clearSecrets(preview: Preview, { keepSecret }: RemoveFlags): Promise<readonly string[]> {
  const files = orphans(preview);
  if (files.length === 0) return [];
  if (keepSecret === true) return [`Their secrets stay: ${idList(files)}.`];
  // A running monitor goes on with them until it is told, and until then the removal can be taken back.
  if (!isBelieved(preview))
    return [`Their secrets stay until then; delete them afterwards: ${idList(files)}.`];
  const left = await deleteSecretFiles(files);
  if (left.length > 0) return [`These secrets could not be deleted; delete them by hand: ${idList(left)}.`];
  return [`Deleted the secrets that nothing else refers to: ${idList(files)}.`];
}

/** Files of our own folder to which the config referred and refers no more. */
function orphans({ before, after }: Preview): readonly string[] {
  const folder = resolve(before.secretsDir) + sep;
  const still = new Set(filesOf(after));
  return [...new Set(filesOf(before))].filter((file) => file.startsWith(folder) && !still.has(file));
}

function filesOf(config: Config): readonly string[] {
  return referencesOf(config).flatMap(({ reference }) => (reference.kind === 'file' ? [reference.path] : []));
}

/** Whether a running monitor takes so many removals for a decision, and not for lost files. */
function isBelieved({ before, after }: Preview): boolean {
  const known = before.connections.map(({ id }) => id);
  return guardRemovals(known, after.connections, false).allowed;
}

function guardLines(preview: Preview): readonly string[] {
  return isBelieved(preview)
    ? []
    : [
        'A running monitor takes so many for a mistake: tell it with mimecast-monitor reload --allow-removals.',
      ];
}
