import { Command } from 'commander';
import { complain } from './complain.ts';
import type { CliContext } from './context.ts';

/** The program without its commands; its mistakes of usage are told as all others are. */
export function createProgram({ version, stderr }: CliContext): Command {
  return new Command('mimecast-monitor')
    .description(
      'Knows within seconds, and never by a false alarm, that a Mimecast API 2.0 key pair stopped working',
    )
    .version(version)
    .configureOutput({ outputError: (text) => complain(stderr, usageLine(text)) })
    .exitOverride();
}

/** Commander prints `error: …` and its suggestion on a second line. */
function usageLine(text: string): string {
  const [, what = text, meant] =
    /^(?:error: )?([\s\S]*?)\.?(?:\n\(Did you mean ([\s\S]+)\?\))?\s*$/.exec(text) ?? [];
  // What was given to an option that does not exist may be a secret: `--secret=…` is easily believed in.
  const said = what.replace(/^(unknown option '[^=]*)=[\s\S]*'$/, "$1'");
  return meant === undefined ? `${said}; --help tells what there is` : `${said}; did you mean ${meant}?`;
}
