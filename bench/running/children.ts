import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** As `npm start` runs the monitor. */
export const HEAP_FLAGS: readonly string[] = ['--max-semi-space-size=32'];
export const HEAP_ENV: NodeJS.ProcessEnv = { MALLOC_TRIM_THRESHOLD_: '1048576' };

/** Ending 100,000 connections in order takes a while. */
const END_MS = 30_000;

/** What has to be undone, in reverse order, also when a scenario fails half-way or is interrupted. */
export class Endings {
  readonly #all: (() => Promise<unknown>)[] = [];

  add(end: () => Promise<unknown>): void {
    this.#all.push(end);
  }

  async run(): Promise<void> {
    for (let end = this.#all.pop(); end !== undefined; end = this.#all.pop()) {
      await end().catch((error: unknown) => process.stderr.write(`bench: ${String(error)}\n`));
    }
  }
}

export interface Child {
  readonly process: ChildProcess;
  readonly pid: number;
  /** Rejects when the process ends before it has answered. */
  ask<Answer>(question: string, about?: string): Promise<Answer>;
  /** Ends it by its own id; may be called more than once. */
  end(): Promise<void>;
}

interface Reply {
  readonly number: number;
  readonly answer?: unknown;
  readonly error?: string;
}

export interface ChildOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Only Node's processes have a channel. */
  readonly channel: boolean;
}

/** Starts a process that `endings` will end; its stdin and stdout are pipes. */
export function startChild(
  command: string,
  args: readonly string[],
  endings: Endings,
  { env, channel }: ChildOptions,
): Child {
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'inherit', ...(channel ? (['ipc'] as const) : [])],
    env: env ?? process.env,
  });
  // What can't be started has no id, and what can't be sent rejects its question.
  child.on('error', (error) => process.stderr.write(`bench: ${command}: ${error.message}\n`));
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} could not be started`);
  const ended = once(child, 'exit');
  let number = 0;
  const open = new Map<number, { resolve: (answer: unknown) => void; reject: (error: Error) => void }>();
  child.on('message', (reply: Reply) => {
    const question = open.get(reply.number);
    open.delete(reply.number);
    if (reply.error === undefined) question?.resolve(reply.answer);
    else question?.reject(new Error(reply.error));
  });
  void ended.then(() => {
    for (const { reject } of open.values()) reject(new Error(`${command} ended too early`));
  });
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    // One that is stopped would not hear of it.
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
    await ended;
    clearTimeout(timer);
  };
  endings.add(end);
  return {
    process: child,
    pid,
    ask: <Answer>(ask: string, about?: string) =>
      new Promise<Answer>((resolve, reject) => {
        number += 1;
        open.set(number, { resolve: (answer) => resolve(answer as Answer), reject });
        child.send({ ask, about, number }, (error) => {
          if (error) reject(error);
        });
      }),
    end,
  };
}
