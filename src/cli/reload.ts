import type { Command } from 'commander';
import { complain, listMistakes, warn } from './complain.ts';
import type { CliContext } from './context.ts';
import { locateMonitor, type MonitorFlags } from './monitor-address.ts';
import type { ReloadDifference } from './monitor-answers.ts';
import { createMonitorClient } from './monitor-client.ts';

interface Flags extends MonitorFlags {
  readonly allowRemovals?: boolean;
}

const EXIT_CODES = `
Exit codes:
  0  the config was read and is in force
  2  it was refused and the previous one stays, or no monitor answers`;

/** `reload`: tells a running monitor to read its config again, and prints what that changed. */
export function registerReload(program: Command, context: CliContext): void {
  program
    .command('reload')
    .description('Tell a running monitor to read its config again, and print the difference')
    .option('--allow-removals', 'let a config that lacks many known connections remove them')
    .option('--url <url>', 'where the monitor is (default: http.listen of the config)')
    .option('--token <token>', 'its token (default: http.token of the config)')
    .option('--config <path>', 'config file (default: MIMECAST_MONITOR_CONFIG, else config/tenants.yaml)')
    .addHelpText('after', EXIT_CODES)
    .action((flags: Flags) => reload(flags, context));
}

async function reload(flags: Flags, context: CliContext): Promise<void> {
  const { stdout, stderr } = context;
  const client = createMonitorClient(await locateMonitor(flags, context));
  try {
    const answer = await client.reload(flags.allowRemovals ?? false);
    if (answer.kind === 'rejected') {
      listMistakes(stderr, ...answer.issues);
      complain(stderr, 'refused: the monitor goes on with the previous config');
      context.setExitCode(2);
      return;
    }
    warn(stderr, ...answer.difference.warnings);
    stdout.write(`${differenceText(answer.difference)}\n`);
    context.setExitCode(0);
  } finally {
    await client.close();
  }
}

function differenceText({ added, removed, changed, unchanged }: ReloadDifference): string {
  return `${added} added, ${removed} removed, ${changed} changed, ${unchanged} unchanged`;
}
