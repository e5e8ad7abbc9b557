import type { Command } from 'commander';
import type { CliContext } from './context.ts';
import type { ReportedSilence } from './monitor-answers.ts';
import type { MonitorClient } from './monitor-client.ts';
import { registerSilenceAdd } from './silence-add.ts';
import { printAnswer, type SilenceFlags, withMonitor, withSilenceOptions } from './silence-command.ts';
import { silenceTable } from './silence-report.ts';
import { paintFor, printable } from './table.ts';
import { UsageError } from './usage-error.ts';

interface ListFlags extends SilenceFlags {
  readonly all?: boolean;
}

/** `silence add|list|remove`: mutes notifications for a while, with a reason, in a running monitor. */
export function registerSilence(program: Command, context: CliContext): void {
  const silence = program
    .command('silence')
    .description('Mute notifications for a while, with a reason; checks, states and metrics go on');
  registerSilenceAdd(silence, context);
  const list = silence
    .command('list')
    .description('Print the silences that mute now or will')
    .option('--all', 'those that are over too');
  withSilenceOptions(list).action((flags: ListFlags) =>
    withMonitor(flags, context, (client) => listed(client, flags, context)),
  );
  const remove = silence
    .command('remove')
    .description('End silences now')
    .argument('<ids...>', 'as silence list prints them');
  withSilenceOptions(remove).action((ids: readonly string[], flags: SilenceFlags) =>
    withMonitor(flags, context, (client) => removed(client, ids, flags, context)),
  );
}

async function listed(client: MonitorClient, flags: ListFlags, context: CliContext): Promise<void> {
  const silences = await client.silences(flags.all ? ['all'] : ['active', 'pending']);
  printAnswer({ silences }, silenceTable(silences, paintFor(context.stdout, context.env)), flags, context);
}

/** All are looked up before the first is ended: a mistyped one ends none. */
async function removed(
  client: MonitorClient,
  ids: readonly string[],
  flags: SilenceFlags,
  context: CliContext,
): Promise<void> {
  const known = new Map((await client.silences(['all'])).map((silence) => [silence.id, silence]));
  const wanted = [...new Set(ids)].map((id) => stillRunning(id, known));
  for (const { id } of wanted) await client.removeSilence(id);
  const text = wanted.map(({ id }) => `${id} has ended\n`).join('');
  printAnswer({ removed: wanted.map(({ id }) => id) }, text, flags, context);
}

function stillRunning(id: string, known: ReadonlyMap<string, ReportedSilence>): ReportedSilence {
  const silence = known.get(id);
  if (!silence) {
    throw new UsageError(`there is no silence ${printable(id)}: mimecast-monitor silence list shows them`);
  }
  if (silence.status === 'expired') throw new UsageError(`the silence ${id} is over already`);
  return silence;
}
