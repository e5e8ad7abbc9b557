import type { Command } from 'commander';
import { Agent, request } from 'undici';
import { complain } from './complain.ts';
import type { CliContext } from './context.ts';
import { givenListen, reachable } from './listen-address.ts';

interface Flags {
  readonly listen?: string;
}

const DEFAULT_LISTEN = { host: '127.0.0.1', port: 9464 };
/** Both schemes together stay within the 5 s that a container's health check has. */
const ANSWER_TIMEOUT_MS = 2_000;

/** `health`: the health check of the image. It reads no config, which takes too long for a large fleet. */
export function registerHealth(program: Command, context: CliContext): void {
  program
    .command('health')
    .description('Ask the monitor on this machine whether it is alive: exit 0, or 1 when nothing answers')
    .option('--listen <host:port>', 'as for start (default: MIMECAST_MONITOR_LISTEN, else 127.0.0.1:9464)')
    .action((flags: Flags) => health(flags, context));
}

async function health(flags: Flags, context: CliContext): Promise<void> {
  const address = reachable(givenListen(flags.listen, context.env) ?? DEFAULT_LISTEN);
  // No secret is sent, and no name that a certificate could hold leads to one's own machine.
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  try {
    if (await isAlive(`http://${address}`, dispatcher)) return;
    if (await isAlive(`https://${address}`, dispatcher)) return;
    complain(context.stderr, `no monitor answers at ${address}`);
    context.setExitCode(1);
  } finally {
    await dispatcher.destroy();
  }
}

async function isAlive(origin: string, dispatcher: Agent): Promise<boolean> {
  try {
    const answer = await request(`${origin}/healthz`, {
      dispatcher,
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    });
    await answer.body.dump();
    return answer.statusCode === 200;
  } catch {
    // Whatever went wrong, it did not say that it is alive: that is the answer.
    return false;
  }
}
