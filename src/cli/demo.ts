import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Command } from 'commander';
import { startApp } from '../app.ts';
import { createThreadLoader } from '../config/load-in-thread.ts';
import type { Notification } from '../domain/notification.ts';
import type { CliContext } from './context.ts';
import { tellStory } from './demo-story.ts';
import { createDemoWorld, type DemoWorld } from './demo-world.ts';
import { onEndSignal } from './end-signal.ts';
import { createLogger } from './logger.ts';

const USUAL_PORT = 9464;

/** `demo`: the whole monitor on one machine, with two simulated Mimecasts and a story of some two minutes. */
export function registerDemo(program: Command, context: CliContext): void {
  program
    .command('demo')
    .description('Run everything on this machine against a simulated Mimecast, and show what it is for')
    .action(() => demo(context));
}

async function demo(context: CliContext): Promise<void> {
  const say = (line: string) => context.stdout.write(`${line}\n`);
  const ending = new AbortController();
  const end = () => ending.abort(new Error('the demo was ended'));
  onEndSignal(end);
  // Told again of every further line that nobody reads, which changes nothing.
  context.onReaderGone(end);

  const notifications: Notification[] = [];
  const world = await createDemoWorld(await freePort(), (notification) => {
    notifications.push(notification);
    say(`   ➜ webhook ${notification.status} (${notification.severity}): ${notification.summary}`);
  });
  try {
    await run(context, world, { say, notifications, signal: ending.signal });
  } finally {
    await world.close();
  }
}

interface Stage {
  readonly say: (line: string) => void;
  readonly notifications: readonly Notification[];
  readonly signal: AbortSignal;
}

async function run(
  context: CliContext,
  world: DemoWorld,
  { say, notifications, signal }: Stage,
): Promise<void> {
  const load = createThreadLoader(world.configPath, { channelTypes: context.channelTypes });
  const config = await load();
  const app = await startApp({
    config,
    load,
    role: 'all',
    listen: config.http,
    allowRemovals: false,
    version: context.version,
    logger: createLogger('info', world.logPath),
    // The demo is self-contained: it neither uses nor touches a Redis or proxy of this machine.
    env: { ...context.env, REDIS_URL: '', NO_PROXY: '127.0.0.1' },
    now: Date.now,
    random: Math.random,
  });
  try {
    introduce(say, app.url, world);
    await tellStory({ url: app.url, world, say, notifications, signal });
    farewell(say, app.url, world);
    if (!signal.aborted) await once(signal, 'abort');
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    say('Ending …');
    await app.stop();
  }
}

function introduce(say: Stage['say'], url: string, world: DemoWorld): void {
  say(
    'Twelve customers, two simulated Mimecast gateways, one monitor with its own Redis, all on this machine.',
  );
  say(`  status page  ${url}/`);
  say(`  metrics      ${url}/metrics`);
  say(`  states       ${url}/api/v1/connections`);
  say(`  incidents    ${url}/api/v1/incidents`);
  say(`  config       ${world.configPath}`);
  say(`  log          ${world.logPath}`);
  say('');
}

function farewell(say: Stage['say'], url: string, world: DemoWorld): void {
  const admin = `${world.gateways.us.origin}/admin/keys/globex-id`;
  say('');
  say('The monitor runs on until Ctrl-C. Break something yourself:');
  say(`  curl -X PUT ${admin} -H 'content-type: application/json' -d '{"behaviour":{"kind":"revoked"}}'`);
  say(`  curl -X PUT ${admin} -H 'content-type: application/json' -d '{"behaviour":{"kind":"normal"}}'`);
  say(`  node bin/mimecast-monitor status --url ${url}`);
}

/** The usual port when it is free, else one that the system chooses. */
async function freePort(): Promise<number> {
  for (const port of [USUAL_PORT, 0]) {
    const server = createServer();
    server.listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch {
      // Taken; the next one is for the system to choose.
      continue;
    }
    const address = server.address();
    server.close();
    await once(server, 'close');
    if (address !== null && typeof address === 'object') return address.port;
  }
  throw new Error('no port is free on 127.0.0.1');
}
