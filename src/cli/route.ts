import type { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { routingPolicyOf } from '../config/routing-policy.ts';
import { didYouMean } from '../domain/nearest.ts';
import { warn } from './complain.ts';
import type { CliContext } from './context.ts';
import { routeDocument, routeText } from './route-report.ts';
import { paintFor, printable } from './table.ts';
import { UsageError } from './usage-error.ts';

interface Flags {
  readonly config?: string;
  readonly json?: boolean;
}

const EXIT_CODES = `
Exit codes:
  0  the answer was printed
  2  wrong usage or config, or there is no such connection`;

/** `route ID`: who would be told what about a connection, and why. Contacts nobody. */
export function registerRoute(program: Command, context: CliContext): void {
  program
    .command('route')
    .description('Print who would be told what about a connection, and why, as the config says')
    .argument('<id>', 'the connection')
    .option('--config <path>', 'config file (default: MIMECAST_MONITOR_CONFIG, else config/tenants.yaml)')
    .option('--json', 'print one JSON document')
    .addHelpText('after', EXIT_CODES)
    .action((id: string, flags: Flags) => route(id, flags, context));
}

async function route(id: string, flags: Flags, context: CliContext): Promise<void> {
  const { channelTypes, stdout, stderr, env } = context;
  const path = flags.config ?? context.defaultConfigPath();
  const config = await loadConfig(path, { channelTypes });
  const connection = config.connections.find((one) => one.id === id);
  if (!connection) {
    const known = config.connections.map((one) => one.id);
    throw new UsageError(`${path} has no connection ${printable(id)}${didYouMean(id, known)}`);
  }
  const document = routeDocument(connection, routingPolicyOf(config));
  if (flags.json) {
    stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  } else {
    warn(stderr, ...config.warnings);
    stdout.write(routeText(document, config.alerts.routes, paintFor(stdout, env)));
  }
  context.setExitCode(0);
}
