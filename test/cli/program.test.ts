import { describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { complain, warn } from '../../src/cli/complain.ts';
import type { CliContext } from '../../src/cli/context.ts';
import { createProgram } from '../../src/cli/program.ts';
import { registerSilence } from '../../src/cli/silence.ts';
import { registerStatus } from '../../src/cli/status.ts';
import { memory } from './check-command.ts';

/** Runs the program with some of its commands on a stderr in memory. */
async function mistype(...args: readonly string[]): Promise<string> {
  const { told } = await run({}, args);
  return told;
}

async function run(
  env: NodeJS.ProcessEnv,
  args: readonly string[],
): Promise<{ told: string; error: unknown }> {
  const err = memory(false);
  const context: CliContext = {
    stdout: memory(false).stream,
    stderr: err.stream,
    env,
    version: '0.0.0',
    channelTypes: {},
    setExitCode: () => undefined,
    onReaderGone: () => undefined,
    defaultConfigPath: () => '/nowhere/tenants.yaml',
  };
  const program: Command = createProgram(context);
  registerStatus(program, context);
  registerSilence(program, context);
  const error: unknown = await program.parseAsync(args, { from: 'user' }).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(Error);
  return { told: err.text(), error };
}

describe('a program that is told to believe every certificate', () => {
  it('does nothing, and says what to do instead', async () => {
    const { error } = await run({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, ['status']);
    expect(error).toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/NODE_TLS_REJECT_UNAUTHORIZED=0 .* NODE_EXTRA_CA_CERTS$/),
    });
  });
});

describe('a mistake of usage is one line that begins with the name of the program', () => {
  it.each<[readonly string[], string]>([
    [['statsu'], "unknown command 'statsu'; did you mean status?"],
    [['frobnicate'], "unknown command 'frobnicate'; --help tells what there is"],
    [['status', '--jsn'], "unknown option '--jsn'; did you mean --json?"],
    [['status', '--secret=hunter2=='], "unknown option '--secret'; --help tells what there is"],
    [['status', '--url'], "option '--url <url>' argument missing; --help tells what there is"],
    [['silence', 'ad'], "unknown command 'ad'; did you mean add?"],
    [['silence', 'remove'], "missing required argument 'ids'; --help tells what there is"],
    [
      ['silence', 'add', '--for', '2h'],
      "required option '--reason <text>' not specified; --help tells what there is",
    ],
    [
      ['silence', 'add', '--label', 'tier'],
      "option '--label <name=value>' argument 'tier' is invalid. Write it as name=value, such as tier=gold; --help tells what there is",
    ],
    [['st\u001b[31m\natus\u202e'], "unknown command 'st [31m atus '; --help tells what there is"],
  ])('%j', async (args, line) => {
    expect(await mistype(...args)).toBe(`mimecast-monitor: ${line}\n`);
  });
});

describe('what is wrong, or worth a look', () => {
  it('is a line each, and nothing of it moves a terminal', () => {
    const { stream, text } = memory(false);
    complain(stream, 'one\ntwo\u001b[2J', 'three\n');
    warn(stream, 'four');
    expect(text()).toBe(
      'mimecast-monitor: one two [2J\nmimecast-monitor: three\nmimecast-monitor: warning: four\n',
    );
  });
});
