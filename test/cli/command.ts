import type { Command } from 'commander';
import { CHANNEL_TYPES } from '../../src/alerts/drivers.ts';
import type { CliContext } from '../../src/cli/context.ts';
import { createProgram } from '../../src/cli/program.ts';
import { memory } from './check-command.ts';

export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a command in this process, on streams in memory; what `main` would print and exit 2 for is thrown. */
export async function runCommand(
  register: (program: Command, context: CliContext) => void,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const out = memory(false);
  const err = memory(false);
  let code: number | null = null;
  const context: CliContext = {
    stdout: out.stream,
    stderr: err.stream,
    env,
    version: '0.0.0',
    channelTypes: CHANNEL_TYPES,
    setExitCode: (next) => {
      code = next;
    },
    onReaderGone: () => undefined,
    defaultConfigPath: () => '/nowhere/tenants.yaml',
  };
  const program = createProgram(context);
  register(program, context);
  await program.parseAsync(args, { from: 'user' });
  return { code, out: out.text(), err: err.text() };
}
