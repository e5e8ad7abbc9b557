import type { Command } from 'commander';
import type { CliContext } from './context.ts';
import { locateMonitor, type MonitorFlags } from './monitor-address.ts';
import { createMonitorClient } from './monitor-client.ts';
import { statusDocument, statusExitCode, statusText } from './status-report.ts';
import { paintFor } from './table.ts';

interface Flags extends MonitorFlags {
  readonly json?: boolean;
}

const EXIT_CODES = `
Exit codes:
  0  all valid
  1  at least one certainly rejected
  2  wrong usage or config, or no monitor answers
  3  none rejected, but some unknown`;

/** `status`: the states, from a running monitor. */
export function registerStatus(program: Command, context: CliContext): void {
  program
    .command('status')
    .description('Print what a running monitor knows of every connection, worst first')
    .option('--json', 'print one JSON document')
    .option('--url <url>', 'where the monitor is (default: http.listen of the config)')
    .option('--token <token>', 'its token (default: http.token of the config)')
    .option('--config <path>', 'config file (default: MIMECAST_MONITOR_CONFIG, else config/tenants.yaml)')
    .addHelpText('after', EXIT_CODES)
    .action((flags: Flags) => status(flags, context));
}

async function status(flags: Flags, context: CliContext): Promise<void> {
  const client = createMonitorClient(await locateMonitor(flags, context));
  try {
    const [connections, incidents] = await Promise.all([client.connections(), client.incidents()]);
    const document = statusDocument(connections, incidents);
    const text = flags.json
      ? `${JSON.stringify(document, null, 2)}\n`
      : statusText(document, paintFor(context.stdout, context.env));
    context.stdout.write(text);
    context.setExitCode(statusExitCode(document.summary));
  } finally {
    await client.close();
  }
}
