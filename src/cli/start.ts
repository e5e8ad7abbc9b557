import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { type Command, Option } from 'commander';
import { type App, type Role, startApp } from '../app.ts';
import { createThreadLoader } from '../config/load-in-thread.ts';
import { complain } from './complain.ts';
import type { CliContext } from './context.ts';
import { onEndSignal } from './end-signal.ts';
import { givenListen } from './listen-address.ts';
import { createLogger } from './logger.ts';

interface StartFlags {
  readonly config?: string;
  readonly role: Role;
  readonly listen?: string;
  readonly allowRemovals?: boolean;
}

/** Who is told to end while it still starts finishes that first, so that all of it ends in order; within bounds. */
const START_GRACE_MS = 5_000;

/**
 * Left to itself, the engine lets a heap of 130 MB grow to 400 before it looks for garbage among what has lived for a
 * while. Of that hardly any is made while checks go on, so that looking early costs next to nothing: with 100,000 connections
 * the process stays at 330 MB instead of 570, for the same CPU.
 */
const HEAP_GROWTH = '--heap-growing-percent=20';

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
    .option(
      '--listen <host:port>',
      'where to serve HTTP (default: MIMECAST_MONITOR_LISTEN, else http.listen of the config)',
    )
    .option('--allow-removals', 'let a config that lacks many known connections remove them')
    .action((flags: StartFlags) => start(flags, context));
}

async function start(flags: StartFlags, context: CliContext): Promise<void> {
  setFlagsFromString(HEAP_GROWTH);
  const reloads = awaitReloads();
  const path = flags.config ?? context.defaultConfigPath();
  const load = createThreadLoader(path, { channelTypes: context.channelTypes });
  const config = await load();
  const logger = createLogger(context.env['LOG_LEVEL'], 1);
  // From here on a signal ends the monitor in order, even one that comes while it is still starting.
  const ending = awaitEnding();
  const starting = startApp({
    config,
    load,
    role: flags.role,
    listen: givenListen(flags.listen, context.env) ?? config.http,
    allowRemovals: flags.allowRemovals ?? false,
    version: context.version,
    logger,
    env: context.env,
    now: Date.now,
    random: Math.random,
  });
  const app = await Promise.race([starting, ending.told.then(() => pause(START_GRACE_MS, null))]);
  if (app === null) {
    logger.warn('the monitor ends before it has started; it waited for Redis, most likely');
    process.exit(0);
  }
  const { connections } = config;
  logger.info({ url: app.url, role: flags.role, connections: connections.length }, 'the monitor runs');
  ending.follow(app);
  reloads.follow(app);
  const { why, code } = await ending.told;
  logger.info({ why }, 'the monitor ends');
  await app.stop();
  logger.info('the monitor has ended');
  // Not left to the event loop: a Redis that is gone leaves clients behind that try to reconnect for ever.
  process.exit(code);
}

interface Ending {
  /** Resolves when the monitor is to end, with the reason and the exit code. */
  readonly told: Promise<{ readonly why: string; readonly code: number }>;
  /** Has this app's own breakdown end it. */
  follow(app: App): void;
}

/** Waits for a signal to end. */
function awaitEnding(): Ending {
  let tell: (ending: { why: string; code: number }) => void = () => undefined;
  const told = new Promise<{ why: string; code: number }>((resolve) => {
    tell = resolve;
  });
  onEndSignal((signal) => tell({ why: signal, code: 0 }));
  return {
    told,
    follow(app) {
      app.onFatal((error) => {
        complain(process.stderr, error.message);
        tell({ why: error.message, code: 2 });
      });
    },
  };
}

/** Has SIGHUP reload the app. One that comes earlier would end the process by default; it is caught up with. */
function awaitReloads(): { follow(app: App): void } {
  let app: App | null = null;
  let missed = false;
  function reload(): void {
    missed = app === null;
    // A refused config is logged, counted and announced by the reload; this is for what broke it.
    app?.reload(false).catch((error: Error) => {
      complain(process.stderr, `the reload failed: ${error.message}`);
    });
  }
  process.on('SIGHUP', reload);
  return {
    follow(started) {
      app = started;
      if (missed) reload();
    },
  };
}
