import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findOnPath } from '../../src/redis/server-binary.ts';

export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly status: { readonly state: string };
}

export interface Alertmanager {
  readonly url: string;
  /** What it holds that has not ended. */
  alerts(): Promise<readonly Alert[]>;
  stop(): Promise<void>;
}

function findProgram(): string {
  const found = ['prometheus-alertmanager', 'alertmanager'].map((name) => findOnPath(name, process.env));
  const program = found.find((path) => path !== null);
  if (program) return program;
  throw new Error(
    'This test needs the Alertmanager program: type `sudo sh scripts/install-alertmanager.sh` on Debian and its kin; ' +
      'elsewhere get it from https://prometheus.io/download/#alertmanager and put alertmanager on PATH.',
  );
}

/** A real Alertmanager of the test's own, which tells nobody and listens on this machine only. */
export async function startAlertmanager(): Promise<Alertmanager> {
  const program = findProgram();
  const folder = await mkdtemp(join(tmpdir(), 'mcm-am-'));
  const config = join(folder, 'alertmanager.yml');
  await writeFile(config, 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n');
  const port = await freePort();
  const child = spawn(
    program,
    [
      `--config.file=${config}`,
      `--storage.path=${folder}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    await end(child);
    await rm(folder, { recursive: true });
  };
  try {
    await listening(child);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    stop,
    alerts: async () => (await (await fetch(`${url}/api/v2/alerts`)).json()) as Alert[],
  };
}

/** It says when it listens; should it end instead, its last words are the reason. */
function listening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr?.on('data', (chunk) => {
      said += String(chunk);
      if (/msg="?Listening"? /i.test(said)) resolve();
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`Alertmanager ended at once: ${said.slice(-1_000)}`)));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a TCP port');
  server.close();
  await once(server, 'close');
  return address.port;
}
