import { userInfo } from 'node:os';
import { type Command, InvalidArgumentError } from 'commander';
import type { CliContext } from './context.ts';
import { locateMonitor, type MonitorFlags } from './monitor-address.ts';
import type { ReportedSilence } from './monitor-answers.ts';
import { createMonitorClient, type MonitorClient } from './monitor-client.ts';
import { silenceTable, silenceText } from './silence-report.ts';
import { paintFor, printable } from './table.ts';
import { UsageError } from './usage-error.ts';

interface Flags extends MonitorFlags {
  readonly json?: boolean;
}

interface AddFlags extends Flags {
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

interface ListFlags extends Flags {
  readonly all?: boolean;
}

const EXIT_CODES = `
Exit codes:
  0  done
  2  wrong usage, the monitor refused it, or no monitor answers`;

const EXAMPLES = `
Examples:
  mimecast-monitor silence add --tenant "Acme Corp" --for 2h --reason "migration"
  mimecast-monitor silence add --kind credential_expiring --label tier=silver --until 2027-03-01T09:30:00Z --reason "renewal is booked"
`;

/** `silence add|list|remove`: mutes notifications for a while, with a reason, in a running monitor. */
export function registerSilence(program: Command, context: CliContext): void {
  const silence = program
    .command('silence')
    .description('Mute notifications for a while, with a reason; checks, states and metrics go on');
  addTo(silence, context);
  const list = silence
    .command('list')
    .description('Print the silences that mute now or will')
    .option('--all', 'those that are over too');
  shared(list).action((flags: ListFlags) =>
    withMonitor(flags, context, (client) => listed(client, flags, context)),
  );
  const remove = silence
    .command('remove')
    .description('End silences now')
    .argument('<ids...>', 'as silence list prints them');
  shared(remove).action((ids: readonly string[], flags: Flags) =>
    withMonitor(flags, context, (client) => removed(client, ids, flags, context)),
  );
}

function addTo(silence: Command, context: CliContext): void {
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
  shared(add).action((flags: AddFlags) => {
    const body = bodyOf(flags);
    return withMonitor(flags, context, (client) => added(client, body, flags, context));
  });
}

function shared(command: Command): Command {
  return command
    .option('--json', 'print one JSON document')
    .option('--url <url>', 'where the monitor is (default: http.listen of the config)')
    .option('--token <token>', 'its token (default: http.token of the config)')
    .option('--config <path>', 'config file (default: MIMECAST_MONITOR_CONFIG, else config/tenants.yaml)')
    .addHelpText('after', EXIT_CODES);
}

function collectLabel(
  text: string,
  before: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  const [, name, value] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new InvalidArgumentError('Write it as name=value, such as tier=gold.');
  }
  return { ...before, [name]: value };
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

async function withMonitor(
  flags: Flags,
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

async function added(client: MonitorClient, body: object, flags: Flags, context: CliContext): Promise<void> {
  const silence = await client.addSilence(body);
  print(silence, `${silenceText(silence)}\n`, flags, context);
}

async function listed(client: MonitorClient, flags: ListFlags, context: CliContext): Promise<void> {
  const silences = await client.silences(flags.all ? ['all'] : ['active', 'pending']);
  print({ silences }, silenceTable(silences, paintFor(context.stdout, context.env)), flags, context);
}

/** All are looked up before the first is ended: a mistyped one ends none. */
async function removed(
  client: MonitorClient,
  ids: readonly string[],
  flags: Flags,
  context: CliContext,
): Promise<void> {
  const known = new Map((await client.silences(['all'])).map((silence) => [silence.id, silence]));
  const wanted = [...new Set(ids)].map((id) => stillRunning(id, known));
  for (const { id } of wanted) await client.removeSilence(id);
  const text = wanted.map(({ id }) => `${id} has ended\n`).join('');
  print({ removed: wanted.map(({ id }) => id) }, text, flags, context);
}

function stillRunning(id: string, known: ReadonlyMap<string, ReportedSilence>): ReportedSilence {
  const silence = known.get(id);
  if (!silence) {
    throw new UsageError(`there is no silence ${printable(id)}: mimecast-monitor silence list shows them`);
  }
  if (silence.status === 'expired') throw new UsageError(`the silence ${id} is over already`);
  return silence;
}

function print(document: object, text: string, { json }: Flags, { stdout }: CliContext): void {
  stdout.write(json ? `${JSON.stringify(document, null, 2)}\n` : text);
}
