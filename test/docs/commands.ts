import { type Command, CommanderError } from 'commander';
import { CHANNEL_TYPES } from '../../src/alerts/drivers.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import type { CliContext } from '../../src/cli/context.ts';
import { createProgram } from '../../src/cli/program.ts';
import { memory } from '../cli/check-command.ts';

/**
 * What the program says of a command line that it would not take, or null; nothing is done. `mimecast-monitor add …` is
 * the mention of a command.
 */
export async function refusalOf(line: string): Promise<string | null> {
  const [, ...args] = wordsOf(line);
  const err = memory(false);
  const context: CliContext = {
    stdout: memory(false).stream,
    stderr: err.stream,
    env: {},
    version: '0.0.0',
    channelTypes: CHANNEL_TYPES,
    setExitCode: () => undefined,
    onReaderGone: () => undefined,
    defaultConfigPath: () => '/nowhere/tenants.yaml',
  };
  const program = createProgram(context);
  for (const load of Object.values(COMMANDS)) (await load())(program, context);
  disarm(program);
  try {
    await program.parseAsync(args, { from: 'user' });
    return null;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return null;
    return err.text().trim();
  }
}

/** Leaves every command its arguments and options and takes away what it does. */
function disarm(command: Command): void {
  for (const child of command.commands) {
    if (child.commands.length === 0) child.action(() => undefined);
    disarm(child);
  }
}

/** As a shell would take it apart: double and single quotes, and comments at the end. */
function wordsOf(line: string): readonly string[] {
  const words = line.replace(/ +# .*$/, '').matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g);
  return [...words].map(([, double, single, bare]) => double ?? single ?? bare ?? '');
}
