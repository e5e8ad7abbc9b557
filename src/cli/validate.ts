import type { Command } from 'commander';
import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import { loadConfig } from '../config/load.ts';
import { referencesOf } from '../config/references.ts';
import { type ResolutionReport, resolveAll } from '../config/secrets/resolve-all.ts';
import { complain } from './complain.ts';
import type { CliContext } from './context.ts';
import { summaryLines, summaryOf } from './validate-summary.ts';

interface Flags {
  readonly config?: string;
  readonly json?: boolean;
  readonly secrets: boolean;
}

/** `validate`: says everything that is wrong with the config and its secrets; contacts nobody. */
export function registerValidate(program: Command, context: CliContext): void {
  program
    .command('validate')
    .description('Check the config file and resolve every secret, without contacting anybody')
    .option('--config <path>', 'config file (default: MIMECAST_MONITOR_CONFIG, else config/tenants.yaml)')
    .option('--json', 'print one JSON document')
    .option('--no-secrets', 'do not resolve secrets')
    .action((flags: Flags) => validate(flags, context));
}

async function validate(flags: Flags, context: CliContext): Promise<void> {
  const path = flags.config ?? context.defaultConfigPath();
  const loaded = await load(path, context);
  if (loaded.config === null) {
    report({ flags, context, errors: loaded.errors, config: null, notes: [] });
    return;
  }
  const { config } = loaded;
  const nothing: ResolutionReport = { failures: [], notes: [] };
  const placed = referencesOf(config, context.channelTypes);
  const secrets = flags.secrets ? await resolveAll(placed, context.env) : nothing;
  report({ flags, context, errors: secrets.failures, config, notes: secrets.notes });
}

type Loaded = { readonly config: Config } | { readonly config: null; readonly errors: readonly string[] };

async function load(path: string, { channelTypes }: CliContext): Promise<Loaded> {
  try {
    return { config: await loadConfig(path, { channelTypes }) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { config: null, errors: error.issues };
  }
}

interface Outcome {
  readonly flags: Flags;
  readonly context: CliContext;
  readonly errors: readonly string[];
  readonly config: Config | null;
  readonly notes: readonly string[];
}

function report({ flags, context, errors, config, notes }: Outcome): void {
  const valid = errors.length === 0;
  const summary = config === null ? null : summaryOf(config);
  const warnings = [...(config?.warnings ?? []), ...notes, ...(summary?.warnings ?? [])];
  context.setExitCode(valid ? 0 : 2);
  if (flags.json === true) {
    const { warnings: _, ...facts } = summary ?? { warnings: [] };
    const document = { valid, errors, warnings, summary: summary === null ? null : facts };
    context.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    return;
  }
  complain(context.stderr, ...errors);
  if (summary === null || config === null) return;
  for (const line of summaryLines(summary, config.path)) context.stdout.write(`${line}\n`);
  for (const warning of warnings) context.stdout.write(`warning: ${warning}\n`);
  if (valid) context.stdout.write(flags.secrets ? 'good\n' : 'good, secrets not looked at\n');
}
