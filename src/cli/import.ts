import { resolve } from 'node:path';
import type { Command } from 'commander';
import { showFile } from '../config/place.ts';
import { EditError } from '../edit/edit-config.ts';
import { COLUMN_NAMES } from '../import/columns.ts';
import { readImportFile } from '../import/read-file.ts';
import { nameRows } from '../import/rows.ts';
import { PROCESS_EDGE } from './check.ts';
import type { CheckEdge } from './check-run.ts';
import { complain } from './complain.ts';
import type { CliContext } from './context.ts';
import { refuse } from './edit-run.ts';
import { exitCodeOf, importDocument, importText } from './import-report.ts';
import { runImport } from './import-run.ts';
import { paintFor } from './table.ts';
import { tryKeys } from './try-keys.ts';

export interface ImportFlags {
  readonly config?: string;
  readonly into?: string;
  readonly update?: boolean;
  readonly dryRun?: boolean;
  /** False: nobody is asked. */
  readonly check: boolean;
  readonly json?: boolean;
}

const INTERRUPTED = 130;

const HELP = `
A CSV file names its columns in the first line; only id is needed, and what the defaults of the config don't give:
  ${COLUMN_NAMES.slice(0, 9).join(', ')},
  ${COLUMN_NAMES.slice(9).join(', ')},
  and label.NAME for each label. Several channels are separated by ; or a space; an empty cell says nothing.
JSON, NDJSON and YAML hold connections as a config file does. A clientSecret that is a text is the secret itself: it
goes into a file of secretsDir that only the owner may read, and not into the config.

Keys are tried before they are written, as check does. What is registered already and the same is left alone, so that
an import may be repeated.

Exit codes:
  0    every row is registered now (or would be, with --dry-run)
  1    keys were rejected; these rows were left out
  2    rows were left out for another reason, or wrong usage or config
  130  interrupted; nothing was written`;

/** `import`: registers the connections of a file. */
export function registerImport(program: Command, context: CliContext): void {
  program
    .command('import')
    .description('Register the connections of a CSV or JSON file, after trying their keys')
    .argument('<file>', '.csv, .tsv, .json, .ndjson or .yaml')
    .option('--config <path>', 'config file (default: MIMECAST_MONITOR_CONFIG, else config/tenants.yaml)')
    .option('--into <path>', 'file of the config that gets new connections (default: the main one)')
    .option('--update', 'change connections that are registered otherwise')
    .option('--dry-run', 'say what would become of every row, and write nothing')
    .option('--no-check', 'do not try the keys, as for applications that are younger than 30 minutes')
    .option('--json', 'print one JSON document')
    .addHelpText('after', HELP)
    .action(async (file: string, flags: ImportFlags) => {
      context.setExitCode(await importFile(file, flags, context, PROCESS_EDGE));
    });
}

/** Runs the command and gives its exit code. */
export async function importFile(
  file: string,
  flags: ImportFlags,
  context: CliContext,
  edge: CheckEdge,
): Promise<number> {
  const path = flags.config ?? context.defaultConfigPath();
  const cwd = process.cwd();
  const { rows, problems } = nameRows(await readImportFile(resolve(cwd, file)));
  const order = {
    path,
    rows,
    update: flags.update ?? false,
    dryRun: flags.dryRun ?? false,
    into: flags.into,
  };
  try {
    const fates = await runImport(order, {
      edit: { channelTypes: context.channelTypes, cwd },
      env: context.env,
      tryKeys: flags.check ? (connections, config) => tryKeys(connections, config, context, edge) : null,
    });
    if (fates === null) {
      complain(context.stderr, 'interrupted; nothing was written');
      return INTERRUPTED;
    }
    const outcome = { fates, problems, dryRun: order.dryRun };
    const name = showFile(resolve(cwd, file), cwd);
    context.stdout.write(
      flags.json === true
        ? `${JSON.stringify(importDocument(outcome), null, 2)}\n`
        : importText(outcome, name, paintFor(context.stdout, context.env)),
    );
    return exitCodeOf(outcome);
  } catch (error) {
    if (!(error instanceof EditError)) throw error;
    return refuse(error, context);
  }
}
