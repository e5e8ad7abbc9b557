import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from '@jest/globals';
import { service } from '../deploy/compose.ts';
import { ROOT, readText } from '../deploy/program.ts';
import { freePort } from '../helpers/free-port.ts';
import { runMonitor } from '../helpers/monitor-process.ts';
import { startTestRedis } from '../helpers/redis.ts';
import { Cleanup, connections, eventually } from './world.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const TOKEN = 'the-token-of-this-test';

/** The config of the demo in a folder of its own: its secrets beside it, and ports that are free. */
async function demoConfig(): Promise<{ path: string; ports: readonly number[] }> {
  const folder = cleanup.add(await mkdtemp('/tmp/mcm-test-'), (it) => rm(it, { recursive: true }));
  const ports = [await freePort(), await freePort()];
  const text = (await readFile(join(ROOT, 'config', 'tenants.demo.yaml'), 'utf8'))
    .replaceAll('/run/secrets/', './')
    .replaceAll(':8701', `:${ports[0]}`)
    .replaceAll(':8702', `:${ports[1]}`);
  const path = join(folder, 'tenants.yaml');
  await writeFile(path, text);
  const redis = cleanup.add(await startTestRedis(), (it) => it.stop());
  await writeFile(join(folder, 'redis_url'), `unix://${redis.socketPath}`);
  await writeFile(join(folder, 'monitor_token'), TOKEN);
  await writeFile(join(folder, 'demo_client_secret'), 'the-client-secret-of-this-test');
  return { path, ports };
}

/** The service `simulator` of docker-compose.yml, with shorter rounds. */
function startSimulator(path: string, round: string): { lines: string[]; child: ChildProcess } {
  const args = (service('simulator').command ?? []).map((word) => (word === '12m' ? round : word));
  const child = spawn(process.execPath, [join(ROOT, 'bin', 'mimecast-monitor'), ...args, '--config', path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  cleanup.add(child, async (it) => {
    if (it.exitCode !== null || it.signalCode !== null) return;
    it.kill('SIGTERM');
    await once(it, 'exit');
  });
  return { lines, child };
}

describe('the demo in containers', () => {
  it('has keys that work, mistyped ones, and a customer who is not checked', async () => {
    const { path } = await demoConfig();
    const { lines } = startSimulator(path, '24h');
    await eventually('both gateways listen', () => lines.length === 2);
    const monitor = await cleanup.start(['--config', path]);
    const states = await eventually('all are certain', async () => {
      const now = (await connections(monitor, TOKEN)).map(({ id, state }) => [id, state]);
      return now.every(([, state]) => state !== 'pending' && state !== 'suspect') && now;
    });
    expect(Object.fromEntries(states)).toMatchObject({
      'oscorp-siem': 'never_valid',
      'stark-siem': 'disabled',
    });
    expect(states.filter(([, state]) => state === 'healthy').length).toBe(states.length - 2);
  });

  it('loses a key and finds it again, then a gateway, in turns, until it is told to end', async () => {
    const { path, ports } = await demoConfig();
    const { lines, child } = startSimulator(path, '600ms');
    await eventually(
      'both gateways had their turn',
      () => lines.filter((line) => /as it should/.test(line)).length >= 2,
    );
    const [first, second] = ports.map((port) => `http://127.0.0.1:${port}`);
    expect(lines.slice(0, 10)).toEqual([
      `${first} issues tokens to 8 key pairs`,
      `${second} issues tokens to 4 key pairs`,
      `${first} refuses acme-id`,
      `${first} takes acme-id again`,
      `${first} answers 503`,
      `${first} answers as it should`,
      `${second} refuses wonka-id`,
      `${second} takes wonka-id again`,
      `${second} answers 503`,
      `${second} answers as it should`,
    ]);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('is at the ports that its health check asks', () => {
    const check = service('simulator').healthcheck?.test.at(-1);
    const ports = [...readText('config/tenants.demo.yaml').matchAll(/127\.0\.0\.1:(\d+)/g)].map(
      ([, port]) => port,
    );
    for (const port of new Set(ports)) expect(check).toContain(`${port}/admin/keys`);
  });

  it('is listed in the help, as every command is, in one line', async () => {
    const { stdout } = await runMonitor(['--help']);
    expect(stdout).toMatch(/^ {2}simulate \[options\] +Play the gateways that a config names/m);
    expect(stdout).toMatch(/^ {2}health \[options\] +Ask the monitor on this machine/m);
  });

  it('says in one line what it can not play', async () => {
    const { path } = await demoConfig();
    const example = join(ROOT, 'deploy', 'kubernetes', 'tenants.yaml');
    const real = await runMonitor(['simulate', '--config', example]);
    expect([real.code, real.stderr]).toEqual([
      2,
      expect.stringMatching(/has no connection whose baseUrl is plain http on this machine\n$/),
    ]);
    const unknown = await runMonitor(['simulate', '--config', path, '--refuse', 'nobody']);
    expect([unknown.code, unknown.stderr]).toEqual([
      2,
      expect.stringMatching(/^mimecast-monitor: --refuse nobody: .* has no such connection\n$/),
    ]);
    const round = await runMonitor(['simulate', '--config', path, '--round', 'soon']);
    expect([round.code, round.stderr]).toEqual([
      2,
      expect.stringContaining('--round soon: write a duration such as 12m'),
    ]);
  });
});
