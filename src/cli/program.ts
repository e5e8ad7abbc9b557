import { Command } from 'commander';
import { complain } from './complain.ts';
import type { CliContext } from './context.ts';
import { UsageError } from './usage-error.ts';

/** The program without its commands; its mistakes of usage are told as all others are. */
export function createProgram({ version, stderr, env }: CliContext): Command {
  return new Command('mimecast-monitor')
    .description(
      'Knows within seconds, and never by a false alarm, that a Mimecast API 2.0 key pair stopped working',
    )
    .version(version)
    .configureOutput({ outputError: (text) => complain(stderr, usageLine(text)) })
    .hook('preAction', () => refuseUnverifiedTls(env))
    .exitOverride();
}

/**
 * Node would believe every certificate, and so every message, the monitor's own token and the password of Redis would
 * go to whoever takes the other side's place. Exchanges verify all the same; nobody may believe that they don't.
 */
function refuseUnverifiedTls(env: CliContext['env']): void {
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] !== '0') return;
  throw new UsageError(
    'NODE_TLS_REJECT_UNAUTHORIZED=0 would switch the verification of certificates off, and secrets go nowhere ' +
      'unverified; unset it, and name a certificate authority of your own in NODE_EXTRA_CA_CERTS',
  );
}

/** Commander prints `error: …` and its suggestion on a second line. */
function usageLine(text: string): string {
  const [, what = text, meant] =
    /^(?:error: )?([\s\S]*?)\.?(?:\n\(Did you mean ([\s\S]+)\?\))?\s*$/.exec(text) ?? [];
  // What was given to an option that does not exist may be a secret: `--secret=…` is easily believed in.
  const said = what.replace(/^(unknown option '[^=]*)=[\s\S]*'$/, "$1'");
  return meant === undefined ? `${said}; --help tells what there is` : `${said}; did you mean ${meant}?`;
}
