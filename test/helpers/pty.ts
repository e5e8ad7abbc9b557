import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A program that runs on a terminal of its own, at which a test types. */
export interface TerminalProcess {
  /** Everything that the terminal showed so far. */
  shown(): string;
  /** Resolves when the text was shown, after all that was awaited before. */
  see(text: string): Promise<void>;
  /** Types keys, such as `y\r`. */
  type(keys: string): void;
  ended(): Promise<number>;
  kill(): Promise<void>;
}

/** Runs a command line on a pseudo terminal, by util-linux's `script`. */
export function onTerminal(command: string, env: Readonly<Record<string, string>>): TerminalProcess {
  const child: ChildProcess = spawn('script', ['-qefc', command, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: '/',
      TERM: 'xterm',
      NO_COLOR: '1',
      SHELL: '/bin/sh',
      ...env,
    },
  });
  let output = '';
  let seen = 0;
  let look = (): void => undefined;
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
    look();
  });
  const closed = once(child, 'close').then(([code]: unknown[]) => {
    look();
    return Number(code);
  });
  let over = false;
  void closed.then(() => {
    over = true;
    look();
  });
  return {
    shown: () => output,
    see: (text) =>
      new Promise((resolve, reject) => {
        look = () => {
          const at = output.indexOf(text, seen);
          if (at >= 0) {
            seen = at + text.length;
            look = () => undefined;
            resolve();
          } else if (over) reject(new Error(`The program ended without showing "${text}":\n${output}`));
        };
        look();
      }),
    type: (keys) => child.stdin?.write(keys),
    ended: () => closed,
    kill: async () => {
      if (!over) child.kill('SIGKILL');
      await closed;
    },
  };
}
