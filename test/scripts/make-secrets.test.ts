import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { service } from '../deploy/compose.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const RANDOM = ['monitor/monitor_token', 'monitor/demo_client_secret', 'grafana/admin_password'];
const MADE = [...RANDOM, 'redis/redis.conf', 'monitor/redis_url'];
let folder: string;

beforeEach(() => {
  folder = mkdtempSync('/tmp/mcm-test-');
  mkdirSync(join(folder, 'scripts'));
  cpSync(join(ROOT, 'scripts', 'make-secrets.sh'), join(folder, 'scripts', 'make-secrets.sh'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const make = () =>
  execFileSync('sh', [join(folder, 'scripts', 'make-secrets.sh')], { cwd: '/', encoding: 'utf8' });
const secretOf = (name: string) => readFileSync(join(folder, 'secrets', name), 'utf8');
const modeOf = (path: string) => (statSync(join(folder, path)).mode & 0o777).toString(8);

describe('make-secrets.sh', () => {
  it('makes each secret at random, 256 bits of it, on one line without an end', () => {
    make();
    const password = /^requirepass (.*)$/.exec(secretOf('redis/redis.conf'))?.[1] ?? '';
    const made = [...RANDOM.map(secretOf), password];
    for (const secret of made) expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(new Set(made).size).toBe(made.length);
  });

  it('gives the monitor the password that Redis asks for, and the place where Redis is', () => {
    make();
    const { protocol, hostname, port, password } = new URL(secretOf('monitor/redis_url'));
    expect(`requirepass ${password}`).toBe(secretOf('redis/redis.conf'));
    expect([protocol, port]).toEqual(['redis:', '6379']);
    expect(service(hostname).command?.[0]).toBe('redis-server');
  });

  it('lets nobody else into the folder, and every container read what is mounted from it', () => {
    make();
    expect(modeOf('secrets')).toBe('700');
    for (const name of MADE) expect(modeOf(join('secrets', name))).toBe('444');
  });

  it('never overwrites one, whoever wrote it, and makes what is missing', () => {
    mkdirSync(join(folder, 'secrets', 'monitor'), { recursive: true });
    writeFileSync(join(folder, 'secrets', 'monitor', 'monitor_token'), 'my own');
    expect(make()).toContain('kept  secrets/monitor/monitor_token');
    const first = MADE.map(secretOf);
    expect(first[0]).toBe('my own');
    make();
    expect(MADE.map(secretOf)).toEqual(first);
  });

  it('says what to do about the folder that Docker makes where a file was missing', () => {
    mkdirSync(join(folder, 'secrets', 'grafana', 'admin_password'), { recursive: true });
    const { status, stderr } = spawnSync('sh', [join(folder, 'scripts', 'make-secrets.sh')], {
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([1, expect.stringContaining('rmdir secrets/grafana/admin_password')]);
  });

  it('makes nothing that git would take', () => {
    expect(
      execFileSync('git', ['check-ignore', 'secrets/monitor/acme'], { cwd: ROOT, encoding: 'utf8' }),
    ).toBe('secrets/monitor/acme\n');
  });
});
