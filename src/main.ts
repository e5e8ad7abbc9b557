import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { CHANNEL_TYPES } from './alerts/drivers.ts';
import { COMMANDS } from './cli/commands.ts';
import { complain, listMistakes } from './cli/complain.ts';
import { type CliContext, defaultConfigPathOf } from './cli/context.ts';
import { createProgram } from './cli/program.ts';
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

const program = createProgram(context);

const asked = process.argv[2] ?? '';
// Anything else, a mistyped name or --help, wants to know them all.
const names = Object.hasOwn(COMMANDS, asked) ? [asked] : Object.keys(COMMANDS);
for (const name of names) (await COMMANDS[name]?.())?.(program, context);

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
  if (error instanceof ConfigError) listMistakes(process.stderr, ...error.issues);
  else complain(process.stderr, error instanceof Error ? error.message : String(error));
  return EXIT_USAGE;
}

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  return version;
}
