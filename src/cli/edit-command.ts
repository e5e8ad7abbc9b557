import type { Command } from 'commander';
import { EditError } from '../edit/edit-error.ts';
import { complain } from './complain.ts';
import type { CliContext } from './context.ts';
import { type EditEdge, processEdge } from './edit-edge.ts';
import { refuse } from './edit-run.ts';
import { Interrupted } from './terminal.ts';

const EXIT_CODES = `
Exit codes:
  0    done, or there was nothing to do
  1    the keys were certainly rejected (asked twice, 2 s apart); nothing was written
  2    wrong usage or config, keys that could not be tried, or not wanted; nothing was written
  130  interrupted; nothing was written`;

/** The options of every command that edits the config. */
export function withEditOptions(command: Command): Command {
  return command
    .option('--yes', 'do not ask before writing')
    .option('--json', 'print one JSON document')
    .option('--config <path>', 'config file (default: MIMECAST_MONITOR_CONFIG, else config/tenants.yaml)')
    .addHelpText('after', EXIT_CODES);
}

/** Runs a command that edits; a person who ends its questions is no error. */
export async function editing(context: CliContext, run: (edge: EditEdge) => Promise<number>): Promise<void> {
  try {
    context.setExitCode(await run(processEdge()));
  } catch (error) {
    if (error instanceof EditError) context.setExitCode(refuse(error, context));
    else if (error instanceof Interrupted) {
      complain(context.stderr, 'interrupted: nothing was written');
      context.setExitCode(130);
    } else throw error;
  }
}
