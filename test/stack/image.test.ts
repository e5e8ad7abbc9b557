import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { copyPackages, copyStage, linkPackages, listOfImage as list, stage } from '../deploy/image.ts';
import { type Running, startAs } from '../deploy/unprivileged.ts';
import { freePort } from '../helpers/free-port.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';

describe('the files that make the image', () => {
  let folder: string;
  let image: string;
  let redis: TestRedis;
  let port: number;
  const cleanup: Running[] = [];

  beforeAll(async () => {
    folder = mkdtempSync('/tmp/mcm-image-');
    const build = join(folder, 'build');
    const packages = join(folder, 'packages');
    image = join(folder, 'app');
    for (const one of [build, packages, image, join(folder, 'config')]) mkdirSync(one);
    copyStage('build', build);
    linkPackages(build);
    // What the stage runs, with the packages that are installed here.
    expect(
      stage('build')
        .instructions.filter(({ name }) => name === 'RUN')
        .map(({ value }) => value),
    ).toEqual(['npm ci --include=dev --ignore-scripts', 'node scripts/run.mjs build']);
    execFileSync(process.execPath, ['scripts/run.mjs', 'build'], { cwd: build, stdio: 'ignore' });
    copyStage('packages', packages);
    expect(
      stage('packages')
        .instructions.filter(({ name }) => name === 'RUN')
        .map(({ value }) => value),
    ).toEqual(['npm ci --omit=dev --ignore-scripts', 'node scripts/sbom.mjs > sbom.cdx.json']);
    const bill = execFileSync(process.execPath, ['scripts/sbom.mjs'], { cwd: packages });
    writeFileSync(join(packages, 'sbom.cdx.json'), bill);
    expect(copyPackages(packages)).toBeGreaterThan(30);
    copyStage('', image, { build, packages });
    redis = await startTestRedis();
    // The user of the image is neither owner nor group of the test server's socket.
    chmodSync(join(redis.socketPath, '..'), 0o755);
    chmodSync(redis.socketPath, 0o777);
    port = await freePort();
    writeConfig(folder);
    execFileSync('chmod', ['-R', 'a-w,a+rX', image, join(folder, 'config')]);
    chmodSync(folder, 0o755);
  }, 300_000);

  afterAll(async () => {
    for (const one of cleanup) await one.stop();
    await redis.stop();
    execFileSync('chmod', ['-R', 'u+w', folder]);
    rmSync(folder, { recursive: true });
  });

  const environment = () => ({
    NODE_ENV: 'production',
    MIMECAST_MONITOR_CONFIG: join(folder, 'config', 'tenants.yaml'),
    // Nowhere to write to, as on a read-only root file system.
    HOME: '/nonexistent',
    TMPDIR: '/nonexistent',
  });
  /** The image's entry point with these arguments, its folder in place of /app. */
  const command = (args: readonly string[]) => [
    process.execPath,
    ...list('ENTRYPOINT')
      .slice(1)
      .map((word) => word.replace(/^\/app/, image)),
    ...args,
  ];
  const start = (args: readonly string[], env: Record<string, string> = {}): Running => {
    const running = startAs(10_001, command(args), image, { ...environment(), ...env });
    cleanup.push(running);
    return running;
  };

  it('hold no package for developers, no source and no test', () => {
    expect(readdirSync(image).sort()).toEqual([
      'LICENSE',
      'bin',
      'dist',
      'node_modules',
      'package.json',
      'sbom.cdx.json',
    ]);
    const packages = readdirSync(join(image, 'node_modules'));
    expect(packages).toContain('bullmq');
    for (const name of ['typescript', 'jest', '@biomejs', 'kubernetes-models'])
      expect(packages).not.toContain(name);
    expect(statSync(join(image, 'bin', 'mimecast-monitor')).mode & 0o111).toBe(0o111);
  });

  it('show the help and find a config good, as an ordinary user who may write nowhere', async () => {
    const help = start(['--help']);
    expect(await help.ended).toBe(0);
    expect(help.output()).toContain('test-alert');
    const validate = start(['validate']);
    expect([await validate.ended, validate.output()]).toEqual([0, expect.stringContaining('2 connections')]);
  });

  it('say in one line that a Redis must be named, since the image holds no server', async () => {
    const monitor = start(list('CMD'), {
      PATH: '/nonexistent',
      MIMECAST_MONITOR_LISTEN: `127.0.0.1:${port}`,
    });
    expect(await monitor.ended).toBe(2);
    expect(monitor.output().trim().split('\n')).toEqual([
      expect.stringMatching(/^mimecast-monitor: No redis-server .* or set REDIS_URL to a Redis/),
    ]);
  });

  it('say in one line that others must not be listened for without a token', async () => {
    const monitor = start(list('CMD'), {
      MIMECAST_MONITOR_LISTEN: `0.0.0.0:${port}`,
      REDIS_URL: `unix://${redis.socketPath}`,
      MIMECAST_MONITOR_CONFIG: join(folder, 'config', 'open.yaml'),
    });
    expect(await monitor.ended).toBe(2);
    expect(monitor.output()).toMatch(
      /^mimecast-monitor: 0\.0\.0\.0:\d+ can be reached by others: set http\.token/,
    );
  });

  it('run the monitor, tell a health check how it is, and end it at SIGTERM', async () => {
    const listen = { MIMECAST_MONITOR_LISTEN: `127.0.0.1:${port}` };
    const healthy = () => start(list('HEALTHCHECK').slice(2), listen).ended;
    expect(await healthy()).toBe(1);
    const monitor = start(list('CMD'), { ...listen, REDIS_URL: `unix://${redis.socketPath}` });
    await monitor.says('the monitor runs');
    expect(await healthy()).toBe(0);
    const open = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect(open.status).toBe(401);
    monitor.signal('SIGTERM');
    expect(await monitor.ended).toBe(0);
  });
});

function writeConfig(folder: string): void {
  const config = {
    version: 1,
    http: { token: { file: 'token' } },
    connections: [
      { id: 'a', region: 'us', clientId: 'a', clientSecret: { file: 'secret' }, enabled: false },
      { id: 'b', region: 'uk', clientId: 'b', clientSecret: { file: 'secret' }, enabled: false },
    ],
  };
  const write = (name: string, text: string) => writeFileSync(join(folder, 'config', name), text);
  write('tenants.yaml', JSON.stringify(config));
  write('open.yaml', JSON.stringify({ ...config, http: {} }));
  write('token', 'a-token-of-this-test\n');
  write('secret', 'a-secret-of-this-test\n');
}
