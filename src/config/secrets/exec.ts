import { type ChildProcess, spawn } from 'node:child_process';
import { errorCode } from '../error-code.ts';
import { cleanSecret, decodeSecret, LONGEST_BYTES, type ResolvedSecret } from './clean.ts';
import type { Environment } from './env.ts';
import { SecretError } from './secret-error.ts';

const EXEC_DEADLINE_MS = 10_000;

/**
 * What a command gets of our environment. The rest may hold other customers' secrets; a command that needs more is
 * given it in the config: `exec: [env, VAULT_ADDR=https://vault.example, vault, kv, get, …]`.
 */
const PASSED_ON = ['PATH', 'HOME', 'LANG', 'TZ'];

export interface ExecReference {
  readonly command: readonly [string, ...string[]];
  /** The folder in which the command runs. */
  readonly directory: string;
}

/**
 * Runs a command without a shell and takes its standard output as the secret. It has 10 s and 64 KiB; at either bound
 * its whole process group is killed. Its standard error is not read: it could hold the secret.
 */
export async function resolveExec(
  reference: ExecReference,
  env: Environment,
  deadlineMs: number = EXEC_DEADLINE_MS,
): Promise<ResolvedSecret> {
  const source = `exec ${reference.command[0]}`;
  const output = await outputOf(reference, env, deadlineMs, source);
  return cleanSecret(decodeSecret(output, source), source);
}

function outputOf(
  { command, directory }: ExecReference,
  env: Environment,
  deadlineMs: number,
  source: string,
): Promise<Uint8Array> {
  const [program, ...args] = command;
  return new Promise((resolve, reject) => {
    // A group of its own, so that what the command starts can be ended with it.
    const child = spawn(program, args, {
      cwd: directory,
      env: Object.fromEntries(
        PASSED_ON.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
      ),
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
      shell: false,
    });
    const chunks: Buffer[] = [];
    let length = 0;
    const finish = (error: SecretError | null) => {
      clearTimeout(deadline);
      killGroup(child);
      // A grandchild that left the group may hold the pipe open: nobody waits for it.
      child.stdout.destroy();
      if (error !== null) reject(error);
      else resolve(Buffer.concat(chunks));
    };
    const deadline = setTimeout(() => {
      const seconds = deadlineMs / 1_000;
      finish(
        new SecretError(
          'exec_timeout',
          `${source} took longer than ${seconds} s and was ended; run it by hand to see why`,
        ),
      );
    }, deadlineMs);
    child.stdout.on('data', (chunk: Buffer) => {
      length += chunk.length;
      chunks.push(chunk);
      if (length > LONGEST_BYTES)
        finish(
          new SecretError('too_long', `${source} printed more than 64 KiB; it must print the value alone`),
        );
    });
    child.on('error', (error) => finish(notStarted(error, source)));
    // What the command left running has no more business with the secret, and would hold the pipe open.
    child.on('exit', () => killGroup(child));
    child.on('close', (code, signal) => finish(code === 0 ? null : failed(code, signal, source)));
  });
}

function notStarted(error: Error, source: string): SecretError {
  const code = errorCode(error);
  const reason =
    code === 'ENOENT'
      ? 'was not found; write its full path'
      : code === 'EACCES'
        ? 'may not be run; make it executable'
        : `could not be started (${code})`;
  return new SecretError('exec_not_started', `${source} ${reason}`);
}

function failed(code: number | null, signal: string | null, source: string): SecretError {
  const how = code === null ? `was ended by ${signal}` : `failed with exit code ${code}`;
  return new SecretError('exec_failed', `${source} ${how}; run it by hand to see why`);
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group is gone already, which is what was wanted.
  }
}
