import { type Command, Option } from 'commander';
import { type App, type Role, startApp } from '../app.ts';
import type { Config } from '../config/config.ts';
import { parseListen } from '../config/listen.ts';
import { loadConfigInThread } from '../config/load-in-thread.ts';
import type { CliContext } from './context.ts';
import { createLogger } from './logger.ts';
import { UsageError } from './usage-error.ts';

interface StartFlags {
  readonly config?: string;
  readonly role: Role;
  readonly listen?: string;
  readonly allowRemovals?: boolean;
}

/** `start`: runs the monitor until it is told to end. */
export function registerStart(program: Command, context: CliContext): void {
  program
    .command('start')
    .description('Run the monitor until SIGTERM or SIGINT, then finish what is under way and end')
    .option('--config <path>', 'config file (default: MIMECAST_MONITOR_CONFIG, else config/tenants.yaml)')
    .addOption(
      new Option('--role <role>', 'all: checks, decides and serves; worker: only checks and delivers')
        .choices(['all', 'worker'])
        .default('all'),
    )
    .option('--listen <host:port>', 'where to serve HTTP, instead of http.listen')
    .option('--allow-removals', 'let a config that lacks many known connections remove them')
    .action((flags: StartFlags) => start(flags, context));
}

async function start(flags: StartFlags, context: CliContext): Promise<void> {
  const path = flags.config ?? context.defaultConfigPath();
  const load = () => loadConfigInThread(path, { channelTypes: context.channelTypes });
  const config = await load();
  const logger = createLogger(context.env['LOG_LEVEL'], 1);
  const app = await startApp({
    config,
    load,
    role: flags.role,
    listen: listenOf(flags, config),
    allowRemovals: flags.allowRemovals ?? false,
    version: context.version,
    logger,
    env: context.env,
    now: Date.now,
    random: Math.random,
  });
  const { connections } = config;
  logger.info({ url: app.url, role: flags.role, connections: connections.length }, 'the monitor runs');
  const ending = await untilTold(app);
  logger.info({ why: ending.why }, 'the monitor ends');
  await app.stop();
  logger.info('the monitor has ended');
  context.setExitCode(ending.code);
}

function listenOf(flags: StartFlags, config: Config): { host: string; port: number } {
  if (flags.listen === undefined) return config.http;
  const listen = parseListen(flags.listen);
  if (!listen)
    throw new UsageError(`--listen ${flags.listen}: write HOST:PORT, e.g. 127.0.0.1:9464 or [::1]:9464`);
  return listen;
}

/** Waits for a signal; SIGHUP reloads, and a second signal to end is obeyed at once. */
function untilTold(app: App): Promise<{ why: string; code: number }> {
  return new Promise((resolve) => {
    let told = false;
    const end = (signal: NodeJS.Signals) => {
      if (told) process.exit(signal === 'SIGINT' ? 130 : 143);
      told = true;
      resolve({ why: signal, code: 0 });
    };
    process.on('SIGTERM', end);
    process.on('SIGINT', end);
    // What was wrong is logged, counted and announced by the reload itself.
    process.on('SIGHUP', () => void app.reload(false));
    app.onFatal((error) => {
      if (told) return;
      told = true;
      process.stderr.write(`mimecast-monitor: ${error.message}\n`);
      resolve({ why: error.message, code: 2 });
    });
  });
}
