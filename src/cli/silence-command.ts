import type { Command } from 'commander';
import type { CliContext } from './context.ts';
import { locateMonitor, type MonitorFlags } from './monitor-address.ts';
import { createMonitorClient, type MonitorClient } from './monitor-client.ts';

/** What the commands about silences have in common. */
export interface SilenceFlags extends MonitorFlags {
  readonly json?: boolean;
}

const EXIT_CODES = `
Exit codes:
  0  done
  2  wrong usage, the monitor refused it, or no monitor answers`;

export function withSilenceOptions(command: Command): Command {
  return command
    .option('--json', 'print one JSON document')
    .option('--url <url>', 'where the monitor is (default: http.listen of the config)')
    .option('--token <token>', 'its token (default: http.token of the config)')
    .option('--config <path>', 'config file (default: MIMECAST_MONITOR_CONFIG, else config/tenants.yaml)')
    .addHelpText('after', EXIT_CODES);
}

/** Talks to the running monitor, and exits with 0 unless that throws. */
export async function withMonitor(
  flags: SilenceFlags,
  context: CliContext,
  work: (client: MonitorClient) => Promise<void>,
): Promise<void> {
  const client = createMonitorClient(await locateMonitor(flags, context));
  try {
    await work(client);
    context.setExitCode(0);
  } finally {
    await client.close();
  }
}

export function printAnswer(
  document: object,
  text: string,
  { json }: SilenceFlags,
  { stdout }: CliContext,
): void {
  stdout.write(json ? `${JSON.stringify(document, null, 2)}\n` : text);
}
