import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { findOnPath } from '../../src/redis/server-binary.ts';

export interface Running {
  /** Resolves with the exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
  /** All that was written so far. */
  output(): string;
  /** Resolves when this text was written; rejects when the process ends first. */
  says(text: string): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Kills it if it still runs. */
  stop(): Promise<void>;
}

/** Root may become anybody; whoever runs the tests as an ordinary user is one already. */
function asUser(uid: number): readonly string[] {
  if (process.getuid?.() !== 0) return [];
  const setpriv = findOnPath('setpriv', process.env);
  if (setpriv === null) throw new Error("this test needs util-linux's setpriv when root runs it");
  const rights = ['--clear-groups', '--inh-caps=-all', '--bounding-set=-all', '--no-new-privs'];
  return [setpriv, `--reuid=${uid}`, `--regid=${uid}`, ...rights];
}

/** Starts a command as a user without a name and without rights, with this environment and no other. */
export function startAs(
  uid: number,
  command: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Running {
  const [program = '', ...args] = [...asUser(uid), ...command];
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], env });
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
      for (const listener of listeners) listener();
    });
  }
  // Rejects when the program can't even be started.
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  return {
    ended,
    output: () => output,
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = () => output.includes(text) && resolve();
        listeners.add(look);
        look();
        void ended.then((code) => reject(new Error(`it ended with ${code}: ${output}`)), reject);
      }),
    signal: (signal) => child.kill(signal),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
}
