import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { collectLabel } from './collect.ts';
import type { CliContext } from './context.ts';
import { printAnswer, type SilenceFlags, withMonitor, withSilenceOptions } from './silence-command.ts';
import { silenceText } from './silence-report.ts';
import { UsageError } from './usage-error.ts';

interface AddFlags extends SilenceFlags {
  readonly connection?: string;
  readonly tenant?: string;
  readonly label?: Readonly<Record<string, string>>;
  readonly gateway?: string;
  readonly kind?: string;
  readonly for?: string;
  readonly until?: string;
  readonly from?: string;
  readonly reason: string;
  readonly author?: string;
}

const EXAMPLES = `
Examples:
  mimecast-monitor silence add --tenant "Acme Corp" --for 2h --reason "migration"
  mimecast-monitor silence add --kind credential_expiring --label tier=silver --until 2027-03-01T09:30:00Z --reason "renewal is booked"
`;

/** `silence add`: mutes what matches. */
export function registerSilenceAdd(silence: Command, context: CliContext): void {
  const add = silence
    .command('add')
    .description('Mute what matches all of the given fields')
    .option('--connection <id>', 'one connection')
    .option('--tenant <name>', 'all connections of a tenant')
    .option('--label <name=value>', 'all connections with a label; may be given several times', collectLabel)
    .option('--gateway <origin>', 'all connections of a gateway, and what is about the gateway itself')
    .option('--kind <kind>', 'one kind of incident, such as credential_expiring')
    .option('--for <duration>', 'how long, such as 2h; from now, or from --from')
    .option('--until <time>', 'when it ends, such as 2027-03-01T09:30:00Z, instead of --for')
    .option('--from <time>', 'when it starts (default: now)')
    .requiredOption('--reason <text>', 'why; whoever wonders about the quiet will read it')
    .option('--author <name>', 'who (default: the user of this system)')
    .addHelpText('after', EXAMPLES);
  withSilenceOptions(add).action((flags: AddFlags) => {
    const body = bodyOf(flags);
    return withMonitor(flags, context, async (client) => {
      const silence = await client.addSilence(body);
      printAnswer(silence, `${silenceText(silence)}\n`, flags, context);
    });
  });
}

/** What is sent; the monitor has the last word on what is good. */
function bodyOf(flags: AddFlags): object {
  if ((flags.for === undefined) === (flags.until === undefined)) {
    throw new UsageError('give either --for, such as --for 2h, or --until with a time');
  }
  const { connection, tenant, label: labels, gateway, kind } = flags;
  return {
    match: { connection, tenant, labels, gateway, kind },
    startsAt: flags.from,
    endsAt: flags.until,
    duration: flags.for,
    reason: flags.reason,
    author: flags.author ?? systemUser(),
  };
}

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container the user may have a number and no name.
    throw new UsageError('this system has no name for you: give --author');
  }
}
