import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import { findOnPath } from '../../src/redis/server-binary.ts';
import { type Endings, startChild } from './children.ts';

/** The exporter with one module: the same POST, and the token looked for in its answer; nothing else. */
export interface Blackbox {
  readonly origin: string;
  readonly pid: number;
  readonly version: string;
  /** The path that makes it probe once. */
  readonly path: string;
}

const READY_MS = 10_000;

export async function startBlackbox(
  options: { readonly folder: string; readonly gateway: string; readonly body: string },
  endings: Endings,
): Promise<Blackbox> {
  const program = findProgram();
  const config = join(options.folder, 'blackbox.yml');
  await writeFile(config, configFor(options.body));
  const origin = `http://127.0.0.1:${await freePort()}`;
  const args = [`--config.file=${config}`, `--web.listen-address=${origin.slice(7)}`, '--log.level=error'];
  const child = startChild(program, args, endings, { channel: false });
  const target = encodeURIComponent(`${options.gateway}/oauth/token`);
  const path = `/probe?module=token&target=${target}`;
  await untilItProbes(`${origin}${path}`);
  return { origin, pid: child.pid, version: versionOf(program), path };
}

/** `scripts/tools.mjs` looks for the same and installs it. */
function findProgram(): string {
  for (const name of ['prometheus-blackbox-exporter', 'blackbox_exporter']) {
    const found = findOnPath(name, process.env);
    if (found !== null) return found;
  }
  throw new Error('blackbox_exporter is not on PATH: see what was said about it above');
}

function configFor(body: string): string {
  return `modules:
  token:
    prober: http
    timeout: 4s
    http:
      method: POST
      headers: { Content-Type: application/x-www-form-urlencoded }
      body: "${body}"
      fail_if_body_not_matches_regexp: [access_token]
      follow_redirects: false
      preferred_ip_protocol: ip4
      ip_protocol_fallback: false
`;
}

async function untilItProbes(url: string): Promise<void> {
  const deadline = performance.now() + READY_MS;
  let last = 'no answer';
  while (performance.now() < deadline) {
    try {
      last = await (await request(url)).body.text();
      if (/^probe_success 1$/m.test(last)) return;
    } catch (error) {
      // It does not listen yet.
      last = String(error);
    }
    await delay(100);
  }
  throw new Error(`blackbox_exporter does not probe: ${last}`);
}

function versionOf(program: string): string {
  const { stdout, stderr } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return /version (\S+)/.exec(`${stdout}${stderr}`)?.[1] ?? 'unknown';
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address !== 'object') throw new Error('There is no free port');
  return address.port;
}
