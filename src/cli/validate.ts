import type { Command } from 'commander';
import { type Reading, readConfig } from '../config/load.ts';
import { counted } from '../domain/counted.ts';
import { complain, listMistakes } from './complain.ts';
import type { CliContext } from './context.ts';
import { foldAlike } from './fold.ts';
import { paintFor } from './table.ts';
import { lookOutside } from './validate-outside.ts';
import { summaryOf } from './validate-summary.ts';
import { summaryText } from './validate-text.ts';

/** So many that say the same are shown one by one; mistakes all are, since each has to be mended (contract section 2). */
const MOST_WARNINGS = 3;
/** Of more the number is told, too: it is what is read first when they have run off the screen. */
const COUNTED_FROM = 20;

interface Flags {
  readonly config?: string;
  readonly json?: boolean;
  readonly secrets: boolean;
}

/** `validate`: says everything that is wrong with the config and its secrets; contacts nobody. */
export function registerValidate(program: Command, context: CliContext, now = Date.now): void {
  program
    .command('validate')
    .description('Check the config file and resolve every secret, without contacting anybody')
    .option('--config <path>', 'config file (default: MIMECAST_MONITOR_CONFIG, else config/tenants.yaml)')
    .option('--json', 'print one JSON document')
    .option(
      '--no-secrets',
      'do not resolve secrets, nor look at the certificates and keys that the config names',
    )
    .action((flags: Flags) => validate(flags, context, now));
}

async function validate(flags: Flags, context: CliContext, now: () => number): Promise<void> {
  const path = flags.config ?? context.defaultConfigPath();
  const reading = await readConfig(path, { channelTypes: context.channelTypes });
  const notes = flags.secrets ? await lookOutside(reading, context) : [];
  report({ flags, context, reading, notes, now: now() });
}

interface Outcome {
  readonly flags: Flags;
  readonly context: CliContext;
  readonly reading: Reading;
  readonly notes: readonly string[];
  readonly now: number;
}

function report({ flags, context, reading, notes, now }: Outcome): void {
  const { config } = reading;
  const errors = reading.report.mistakes();
  const valid = errors.length === 0;
  const summary = config === null ? null : summaryOf(config, now);
  const warnings = [...reading.report.warnings(), ...notes, ...(summary?.warnings ?? [])];
  context.setExitCode(valid ? 0 : 2);
  if (flags.json === true) {
    const { warnings: _, ...facts } = summary ?? { warnings: [] };
    const document = { valid, errors, warnings, summary: summary === null ? null : facts };
    context.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    return;
  }
  listMistakes(context.stderr, ...errors);
  if (errors.length >= COUNTED_FROM) complain(context.stderr, counted(errors.length, 'mistake'));
  if (summary !== null && config !== null) {
    context.stdout.write(summaryText(summary, config.path, paintFor(context.stdout, context.env)));
  }
  for (const warning of foldAlike(warnings, MOST_WARNINGS)) context.stdout.write(`warning: ${warning}\n`);
  if (valid) context.stdout.write(flags.secrets ? 'good\n' : 'good, secrets not looked at\n');
}
