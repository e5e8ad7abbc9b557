import { execFileSync, spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { parse } from 'yaml';
import { checkServer } from '../../src/redis/check-server.ts';
import { connectRedis } from '../../src/redis/connect.ts';
import { findServerBinary, serverNameFor } from '../../src/redis/server-binary.ts';
import { compose, service } from '../deploy/compose.ts';
import { ROOT, readText } from '../deploy/program.ts';
import { UNIT } from '../deploy/systemd.ts';
import { startAs } from '../deploy/unprivileged.ts';
import { startAlertmanager } from '../helpers/alertmanager.ts';
import { freePort } from '../helpers/free-port.ts';
import { startPrometheus } from '../helpers/prometheus.ts';
import { runTool, type Tool } from '../helpers/tool.ts';

describe('docker-compose', () => {
  const config = (...args: string[]) => runTool('docker-compose', [...args, 'config'], ROOT);

  it('takes the file as it is, and gives every service what the file says', async () => {
    const { code, output } = await config('--profile', 'demo');
    expect([code, output]).toEqual([0, expect.stringContaining('services:')]);
    const { services } = parse(output.slice(output.search(/^networks:/m))) as {
      services: Record<string, object>;
    };
    expect(Object.keys(services).sort()).toEqual(Object.keys(compose.services).sort());
    for (const one of Object.values(services)) {
      expect(one).toMatchObject({ read_only: true, restart: 'unless-stopped', cap_drop: ['ALL'] });
    }
  });
});

describe('what docker-compose.yml has the other programs do', () => {
  it.each<[Tool, string]>([
    ['prometheus', 'prometheus'],
    ['alertmanager', 'alertmanager'],
  ])('%s knows each flag', async (tool, name) => {
    const { output } = await runTool(tool, ['--help']);
    for (const word of service(name).command ?? []) {
      expect(output).toMatch(new RegExp(`^\\s+${word.split('=')[0]}\\b`, 'm'));
    }
  });

  it('Prometheus and Alertmanager answer where their health is asked for', async () => {
    const pathOf = (name: string) => new URL(service(name).healthcheck?.test.at(-1) ?? '').pathname;
    const prometheus = await startPrometheus('{}');
    try {
      expect((await fetch(`${prometheus.url}${pathOf('prometheus')}`)).status).toBe(200);
    } finally {
      await prometheus.stop();
    }
    const alertmanager = await startAlertmanager();
    try {
      expect((await fetch(`${alertmanager.url}${pathOf('alertmanager')}`)).status).toBe(200);
    } finally {
      await alertmanager.stop();
    }
  });

  it('Redis takes its arguments and its password, and is then one that the monitor has nothing to say against', async () => {
    const binary = findServerBinary(process.env) ?? '';
    const folder = await mkdtemp('/tmp/mcm-test-');
    await mkdir(join(folder, 'scripts'));
    await copyFile(join(ROOT, 'scripts/make-secrets.sh'), join(folder, 'scripts/make-secrets.sh'));
    execFileSync('sh', [join(folder, 'scripts/make-secrets.sh')], { stdio: 'ignore' });
    const conf = join(folder, 'secrets/redis/redis.conf');
    const here = (word: string) => word.replace('/run/secrets/redis_conf', conf).replace(/^\/data$/, folder);
    const port = await freePort();
    const server = startAs(
      null,
      [binary, ...(service('redis').command ?? []).slice(1).map(here), '--port', String(port)],
      folder,
      { PATH: process.env['PATH'] ?? '' },
      serverNameFor(binary),
    );
    const check = async (url: string) => {
      const client = connectRedis({ url, logger: pino({ level: 'silent' }) });
      try {
        return await checkServer(client);
      } finally {
        client.disconnect();
      }
    };
    const healthy = (test: string) => spawnSync('sh', ['-c', test]).status;
    try {
      // Redis 6 and 7 write the word before it differently.
      await server.says('eady to accept connections');
      const url = await readFile(join(folder, 'secrets/monitor/redis_url'), 'utf8');
      expect(await check(url.replace('redis:6379', `127.0.0.1:${port}`))).toEqual({ warnings: [] });
      await expect(check(`redis://127.0.0.1:${port}`)).rejects.toMatchObject({ code: 'wrong_password' });
      const [, shell = ''] = service('redis').healthcheck?.test ?? [];
      const test = here(shell.replaceAll('$$', '$')).replace('redis-cli', `redis-cli -p ${port}`);
      expect(healthy(test)).toBe(0);
      expect(healthy(test.replace('REDISCLI_AUTH', 'OTHER'))).toBe(1);
    } finally {
      await server.stop();
      await rm(folder, { recursive: true });
    }
  });
});

describe('systemd', () => {
  /** The unit with the programs of this machine in the places that it names. */
  async function inFolder<T>(act: (unit: string, folder: string) => Promise<T>): Promise<T> {
    const folder = await mkdtemp('/tmp/mcm-test-');
    try {
      const text = readText(UNIT)
        .replace('/usr/bin/node', process.execPath)
        .replaceAll('/opt/mimecast-credential-monitor', ROOT);
      await writeFile(join(folder, 'mimecast-monitor.service'), text);
      return await act('./mimecast-monitor.service', folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  it('has nothing to say against the unit', async () => {
    const { code, output } = await inFolder((unit, folder) =>
      runTool('systemd-analyze', ['verify', unit], folder),
    );
    expect([code, output]).toEqual([0, '']);
  });

  it('finds it little exposed', async () => {
    const { output } = await inFolder((unit, folder) =>
      runTool('systemd-analyze', ['--no-pager', 'security', '--offline=yes', unit], folder),
    );
    const exposure = Number(/exposure level for mimecast-monitor\.service: ([\d.]+)/.exec(output)?.[1]);
    expect(exposure).toBeLessThan(2);
  });
});
