import type { Command } from 'commander';
import { Option } from 'commander';
import { readConfig } from '../config/load.ts';
import { didYouMean } from '../domain/nearest.ts';
import { exportItems } from '../import/export-items.ts';
import { writeCsv } from '../import/write-csv.ts';
import { listMistakes } from './complain.ts';
import type { CliContext } from './context.ts';

const FORMATS = ['csv', 'json', 'ndjson'] as const;

interface ExportFlags {
  readonly config?: string;
  readonly format: (typeof FORMATS)[number];
}

/** `export`: prints the registered connections without their secrets, as `import` reads them. */
export function registerExport(program: Command, context: CliContext): void {
  program
    .command('export')
    .description('Print the registered connections without secrets, as import reads them')
    .argument('[ids...]', 'connections to print (default: all)')
    .option('--config <path>', 'config file (default: MIMECAST_MONITOR_CONFIG, else config/tenants.yaml)')
    .addOption(new Option('--format <format>', 'how').choices(FORMATS).default('csv'))
    .action(async (ids: readonly string[], flags: ExportFlags) => {
      context.setExitCode(await exportConnections(ids, flags, context));
    });
}

async function exportConnections(
  ids: readonly string[],
  { config, format }: ExportFlags,
  context: CliContext,
): Promise<number> {
  const path = config ?? context.defaultConfigPath();
  const reading = await readConfig(path, { channelTypes: context.channelTypes });
  if (reading.config === null) {
    listMistakes(context.stderr, ...reading.report.mistakes());
    return 2;
  }
  const items = exportItems(reading.sources);
  const known = new Set(items.map(({ id }) => String(id)));
  const strangers = ids.filter((id) => !known.has(id));
  if (strangers.length > 0) {
    const lines = strangers.map((id) => `${path} has no connection ${id}${didYouMean(id, known)}`);
    listMistakes(context.stderr, ...lines);
    return 2;
  }
  const wanted = new Set(ids);
  const shown = items.filter(({ id }) => wanted.size === 0 || wanted.has(String(id)));
  context.stdout.write(textOf(shown, format));
  return 0;
}

function textOf(items: readonly Readonly<Record<string, unknown>>[], format: ExportFlags['format']): string {
  switch (format) {
    case 'csv':
      return writeCsv(items);
    case 'json':
      return `${JSON.stringify({ connections: items }, null, 2)}\n`;
    case 'ndjson':
      return items.map((item) => `${JSON.stringify(item)}\n`).join('');
    default:
      return format satisfies never;
  }
}
