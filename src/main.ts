import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { CHANNEL_TYPES } from './alerts/drivers.ts';
import { registerCheck } from './cli/check.ts';
import { type CliContext, defaultConfigPathOf } from './cli/context.ts';
import { registerDemo } from './cli/demo.ts';
import { registerReload } from './cli/reload.ts';
import { registerRoute } from './cli/route.ts';
import { registerSchema } from './cli/schema.ts';
import { registerSilence } from './cli/silence.ts';
import { registerStart } from './cli/start.ts';
import { registerStatus } from './cli/status.ts';
import { registerTestAlert } from './cli/test-alert.ts';
import { registerValidate } from './cli/validate.ts';
import { ConfigError } from './config/config-error.ts';

const EXIT_USAGE = 2;

// A reader that has seen enough (`| head`) is no error; a command that has something to clean up says so.
let readerGone = (): void => process.exit();

const context: CliContext = {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  version: readVersion(),
  channelTypes: CHANNEL_TYPES,
  setExitCode: (code) => {
    process.exitCode = code;
  },
  onReaderGone: (act) => {
    readerGone = act;
  },
  defaultConfigPath: () => defaultConfigPathOf(process.env),
};

const program = new Command('mimecast-monitor')
  .description(
    'Knows within seconds, and never by a false alarm, that a Mimecast API 2.0 key pair stopped working',
  )
  .version(context.version)
  .showHelpAfterError('(--help tells what there is)')
  .exitOverride();

for (const register of [
  registerStart,
  registerValidate,
  registerCheck,
  registerStatus,
  registerReload,
  registerRoute,
  registerSilence,
  registerTestAlert,
  registerDemo,
  registerSchema,
]) {
  register(program, context);
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  readerGone();
});

try {
  await program.parseAsync(process.argv);
} catch (error) {
  process.exitCode = tell(error);
}

/** One line for each mistake, never a stack trace. */
function tell(error: unknown): number {
  // Commander has printed its own message already; help and version are no mistakes.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  const lines =
    error instanceof ConfigError ? error.issues : [error instanceof Error ? error.message : String(error)];
  for (const line of lines) process.stderr.write(`mimecast-monitor: ${line.replaceAll('\n', ' ')}\n`);
  return EXIT_USAGE;
}

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  return version;
}
