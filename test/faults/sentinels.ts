import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findServerBinary, installHint, serverNameFor } from '../../src/redis/server-binary.ts';
import { type Cleanup, eventually } from '../e2e/world.ts';
import { freePort } from '../helpers/free-port.ts';

export interface TcpRedis {
  readonly port: number;
  readonly url: string;
  /** A connection that reconnects; ends with the test. */
  readonly admin: Redis;
  signal(signal: NodeJS.Signals): void;
  /** Once it was killed. */
  startAgain(): Promise<void>;
}

/** What Sentinels call the primary. */
export const PRIMARY = 'acme-primary';
/** Kept short, so that a failover takes seconds. */
const DOWN_AFTER_MS = 1_000;

/** A server on a port of its own with a file of its own; a replica where `of` is given. */
export async function startTcpRedis(cleanup: Cleanup, of?: TcpRedis): Promise<TcpRedis> {
  const port = await freePort();
  const lines = ['appendonly yes', 'save ""', ...(of ? [`replicaof 127.0.0.1 ${of.port}`] : [])];
  return await startServer(cleanup, port, lines);
}

/** One that watches over this primary, and lets ask it who knows its password. */
export async function startSentinel(cleanup: Cleanup, primary: TcpRedis, password = ''): Promise<TcpRedis> {
  const lines = [
    `sentinel monitor ${PRIMARY} 127.0.0.1 ${primary.port} 2`,
    `sentinel down-after-milliseconds ${PRIMARY} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${PRIMARY} 5000`,
  ];
  if (password !== '') lines.push(`requirepass ${password}`);
  return startServer(cleanup, await freePort(), lines, { args: ['--sentinel'], password });
}

/** Three of them, who agree that this is the primary; resolves when they know each other and its replica. */
export async function startSentinels(cleanup: Cleanup, primary: TcpRedis): Promise<readonly TcpRedis[]> {
  const start = () => startSentinel(cleanup, primary);
  const sentinels = [await start(), await start(), await start()];
  for (const { admin } of sentinels) {
    await eventually('the Sentinels know each other and the replica', async () => {
      const flat = (await admin.call('SENTINEL', 'MASTER', PRIMARY)) as string[];
      const of = (key: string) => flat[flat.indexOf(key) + 1];
      return of('num-other-sentinels') === '2' && of('num-slaves') === '1';
    });
  }
  return sentinels;
}

async function startServer(
  cleanup: Cleanup,
  port: number,
  lines: readonly string[],
  { args = [], password = '' }: { args?: readonly string[]; password?: string } = {},
): Promise<TcpRedis> {
  const folder = cleanup.add(await mkdtemp('/tmp/mcm-test-'), (it) =>
    rm(it, { recursive: true, force: true }),
  );
  await mkdir(join(folder, 'data'));
  // Sentinels write what they learn into it.
  const config = join(folder, 'server.conf');
  const all = [`port ${port}`, 'bind 127.0.0.1', `dir ${join(folder, 'data')}`, 'hz 50', ...lines, ''];
  await writeFile(config, all.join('\n'));
  const program = await programIn(folder);
  const start = () => spawn(program, [config, ...args], { stdio: 'ignore', env: {} });
  let child = start();
  cleanup.add(null, () => end(child));
  const admin = new Redis({ port, host: '127.0.0.1', password, maxRetriesPerRequest: null });
  cleanup.add(admin, (it) => it.disconnect());
  // It is killed on purpose.
  admin.on('error', () => undefined);
  await admin.ping();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    admin,
    signal: (signal) => child.kill(signal),
    async startAgain() {
      await end(child);
      child = start();
      await admin.ping();
    },
  };
}

/** Debian's tools hold the server under another name, by which it does not know itself. */
async function programIn(folder: string): Promise<string> {
  const binary = findServerBinary(process.env);
  if (binary === null) throw new Error(installHint());
  const name = serverNameFor(binary);
  if (name === null) return binary;
  await symlink(binary, join(folder, name));
  return join(folder, name);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

export interface Switchboard {
  readonly port: number;
  /** New connections lead there; those that exist stay where they are, as with a name that moves. */
  leadTo(server: TcpRedis): void;
}

/** One address for whichever server is the primary. */
export async function startSwitchboard(cleanup: Cleanup, first: TcpRedis): Promise<Switchboard> {
  let { port } = first;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      // The end of one is the end of the other; why is of no interest here.
      one.on('error', () => undefined);
      one.once('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanup.add(server, async (it) => {
    it.close();
    for (const socket of sockets) socket.destroy();
    await once(it, 'close');
  });
  return {
    port: (server.address() as AddressInfo).port,
    leadTo(next) {
      port = next.port;
    },
  };
}
