import { randomBytes } from 'node:crypto';
import { type Command, Option } from 'commander';
import { deliver } from '../alerts/deliver.ts';
import { createHttpClient } from '../alerts/http-client.ts';
import { loadConfig } from '../config/load.ts';
import { createLookUp } from '../config/secrets/resolve.ts';
import { createSecretResolver } from '../config/secrets/resolver.ts';
import type { ChannelConfig, Failed, SendResult } from '../domain/channel.ts';
import { SEVERITIES, type Severity } from '../domain/incident.ts';
import { didYouMean } from '../domain/nearest.ts';
import { testNotification } from '../domain/test-notification.ts';
import type { CliContext } from './context.ts';
import { paintFor, printable } from './table.ts';
import { type ChannelTest, nextStepOf, testAlertText } from './test-alert-report.ts';
import { UsageError } from './usage-error.ts';

interface Flags {
  readonly config?: string;
  readonly json?: boolean;
  readonly severity: Severity;
}

const EXIT_CODES = `
Exit codes:
  0  every channel took the message
  1  at least one did not
  2  wrong usage or config; nothing was sent`;

/** `test-alert`: sends a marked test notification through the path that real ones take. Needs no monitor. */
export function registerTestAlert(program: Command, context: CliContext): void {
  program
    .command('test-alert')
    .description(
      'Send a marked test notification, and its end, through every channel, and say what each answered',
    )
    .argument('[channels...]', 'channels to test (default: all)')
    .addOption(
      new Option('--severity <severity>', 'how loud; some receivers page for critical only')
        .choices(SEVERITIES)
        .default('warning'),
    )
    .option('--config <path>', 'config file (default: MIMECAST_MONITOR_CONFIG, else config/tenants.yaml)')
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXIT_CODES)
    .action((names: readonly string[], flags: Flags) => testAlert(names, flags, context));
}

async function testAlert(names: readonly string[], flags: Flags, context: CliContext): Promise<void> {
  const { channelTypes, stdout, env } = context;
  const path = flags.config ?? context.defaultConfigPath();
  const { alerts } = await loadConfig(path, { channelTypes });
  const channels = chosenFrom(alerts.channels, names, path);
  const send = createSender(flags.severity, context);
  const results = await Promise.all(channels.map((channel) => testChannel(channel, send)));
  const text = flags.json
    ? `${JSON.stringify({ channels: results }, null, 2)}\n`
    : testAlertText(results, paintFor(stdout, env));
  stdout.write(text);
  context.setExitCode(results.every(({ delivered }) => delivered) ? 0 : 1);
}

function chosenFrom(
  all: readonly ChannelConfig[],
  names: readonly string[],
  path: string,
): readonly ChannelConfig[] {
  if (all.length === 0) throw new UsageError(`${path} has no channel: add one under alerts.channels`);
  const known = all.map(({ name }) => name);
  const stranger = names.find((name) => !known.includes(name));
  if (stranger !== undefined) {
    throw new UsageError(`${path} has no channel ${printable(stranger)}${didYouMean(stranger, known)}`);
  }
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
}

type Send = (channel: ChannelConfig, status: 'firing' | 'resolved') => Promise<SendResult>;

function createSender(severity: Severity, { env, stderr }: CliContext): Send {
  const now = Date.now;
  const run = { id: `test-${randomBytes(6).toString('hex')}`, severity, startedAt: now() };
  const secrets = createSecretResolver({ now, lookUp: createLookUp(env) });
  const log = (level: string, fields: object, sentence: string) => {
    stderr.write(`${JSON.stringify({ level, ...fields, msg: sentence })}\n`);
  };
  const http = createHttpClient(env);
  return (channel, status) =>
    deliver(channel, testNotification(run, status, now()), { now, resolve: secrets.resolve, http, log });
}

/** What was refused for good opened nothing; everything else may have, and is closed again. */
async function testChannel(channel: ChannelConfig, send: Send): Promise<ChannelTest> {
  const about = { channel: channel.name, type: channel.type };
  const failed = (how: Failed, before = ''): ChannelTest => ({
    ...about,
    delivered: false,
    answer: how.receipt,
    failure: how.failure,
    reason: `${before}${how.reason}`,
    nextStep: nextStepOf(how, channel.name),
  });
  const fired = await send(channel, 'firing');
  if (fired.kind === 'permanent') return failed(fired);
  const resolved = await send(channel, 'resolved');
  if (fired.kind !== 'delivered') return failed(fired);
  if (resolved.kind !== 'delivered') return failed(resolved, 'delivered, but its end was not: ');
  return { ...about, delivered: true, answer: fired.receipt, failure: null, reason: null, nextStep: null };
}
