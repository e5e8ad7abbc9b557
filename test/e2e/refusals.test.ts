import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { startSimulator } from '../../src/simulator/server.ts';
import { freePort } from '../helpers/free-port.ts';
import { startMonitor } from '../helpers/monitor-process.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';
import { Cleanup, checkNow, connections, eventually, kill, processes, ready } from './world.ts';

const BIN = fileURLToPath(new URL('../../bin/mimecast-monitor', import.meta.url));

interface Ended {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

const cleanup = new Cleanup();
let folder: string;
let redis: TestRedis;
let admin: Redis;
let port: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcm-e2e-'));
  redis = await startTestRedis();
  admin = redis.client();
  port = await freePort();
  await admin.config('SET', 'port', String(port));
});
afterEach(async () => {
  await cleanup.run();
  expect(leftBehind()).toEqual([]);
});
afterAll(async () => {
  await redis.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Processes that were started for these tests and still run: each of them works in the tests' own folder. */
function leftBehind(): string[] {
  return processes()
    .filter((one) => one.folder.startsWith(folder) || one.command.includes(folder))
    .map(({ command }) => command);
}

/** Runs the built program in the tests' folder until it ends; one that starts to run after all is killed. */
async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const { PATH = '' } = process.env;
  const child: ChildProcess = spawn(process.execPath, [BIN, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH, HOME: folder, TMPDIR: folder, NO_COLOR: '1', ...env },
  });
  let stdout = '';
  let stderr = '';
  let told = false;
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
    // A second signal would end it at once.
    if (!told && stdout.includes('"the monitor runs"')) told = child.kill('SIGTERM');
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code: code ?? signal ?? 'unknown', stdout, stderr };
}

/** Writes a file that only its owner may read, and returns its path. */
async function write(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  await chmod(path, 0o600);
  return path;
}

function expectRefused({ code, stdout, stderr }: Ended, line: string | RegExp): void {
  expect(stderr).toMatch(/^[^\n]+\n$/);
  if (typeof line === 'string') expect(stderr).toBe(`${line}\n`);
  else expect(stderr).toMatch(line);
  expect(code).toBe(2);
  expect(`${stdout}${stderr}`).not.toMatch(/^\s+at /m);
}

const KEYS = 'clientId: abc, clientSecret: {env: ACME}';
const HEAD = 'version: 1\nconnections:\n';
const GOOD = `${HEAD}  - {id: acme, region: us, ${KEYS}}\n`;

function at(baseUrl: string): string {
  return `${HEAD}  - {id: acme, baseUrl: '${baseUrl}', ${KEYS}}\n`;
}

/** What stands in the file, and the one line that must be said about it, by whichever command reads it. */
const CONFIGS: readonly (readonly [name: string, yaml: string, line: string])[] = [
  [
    'YAML that is none',
    'version: 1\nconnections: [\n',
    '3:1: file: is not indented as it should be; line it up with its neighbours, two spaces per level',
  ],
  [
    'a duplicate id',
    `${GOOD}  - {id: acme, region: uk, ${KEYS}}\n`,
    '4:10: connections[1].id: is used already at tenants.yaml:3:10; give one of the two another id',
  ],
  [
    'an interval shorter than its timeout',
    `${HEAD}  - {id: acme, region: us, interval: 5s, ${KEYS}}\n`,
    '3:38: connections[0].interval: must be longer than the timeout of 10s; add a shorter timeout beside it',
  ],
  [
    'a plain http host',
    at('http://us-api.services.mimecast.com'),
    '3:25: connections[0].baseUrl: plain http is for loopback only; write https://us-api.services.mimecast.com',
  ],
  [
    'an API 1.0 host',
    at('https://us-api.mimecast.com'),
    '3:25: connections[0].baseUrl: us-api.mimecast.com is an API 1.0 host; write the API 2.0 one: https://us-api.services.mimecast.com',
  ],
  [
    'a foreign host',
    at('https://mimecast.example.com'),
    '3:25: connections[0].baseUrl: mimecast.example.com is not a Mimecast host; write region: global, uk or us, or list the host in checks.allowedHosts',
  ],
  [
    'credentials in a URL',
    at('https://acme:hunter2@us-api.services.mimecast.com'),
    '3:25: connections[0].baseUrl: must not hold a user name or password; the keys are clientId and clientSecret',
  ],
];

describe('a config that can not be used', () => {
  const args = ['--config', 'tenants.yaml'];
  const start = ['start', '--listen', '127.0.0.1:0'];

  it.each(CONFIGS)('%s: is refused in one line', async (_, yaml, line) => {
    await write('tenants.yaml', yaml);
    expectRefused(await run([...start, ...args]), `tenants.yaml:${line}`);
  });

  it.each([
    ['a mistake', 'tenants.yaml', 'tenants.yaml:4:1: chekcs: is not a known key; did you mean checks?'],
    [
      'a file that is not there',
      'nowhere.yaml',
      'nowhere.yaml:1:1: file: does not exist; copy config/tenants.example.yaml to it, or name another with --config',
    ],
  ])('%s: is refused by every command in the same words', async (_, path, line) => {
    await write('tenants.yaml', `${GOOD}chekcs: {}\n`);
    const [started, ...others] = await Promise.all(
      [start, ['validate', '--no-secrets'], ['check'], ['status'], ['reload']].map((command) =>
        run([...command, '--config', path]),
      ),
    );
    for (const one of [started, ...others]) if (one) expectRefused(one, line);
    expect(others).toHaveLength(4);
  });

  it('an alias bomb: is refused without being expanded, a line for each place', async () => {
    const levels = Array.from(
      { length: 9 },
      (_, level) => `l${level + 1}: &l${level + 1} [*l${level}, *l${level}]`,
    );
    await write('tenants.yaml', ['l0: &l0 [x, x]', ...levels, 'version: 1', ''].join('\n'));
    const { code, stdout, stderr } = await run(['validate', ...args]);
    const lines = stderr.trimEnd().split('\n');
    expect({ code, stdout, count: lines.length }).toEqual({ code: 2, stdout: '', count: 29 });
    expect(lines.pop()).toBe('mimecast-monitor: 28 mistakes');
    for (const line of lines) expect(line).toMatch(/carries a YAML anchor|is a YAML alias/);
  });

  it('all mistakes are told at once', async () => {
    await write('tenants.yaml', `${at('https://us-api.mimecast.com')}chekcs: {}\ndataDir: 5\n`);
    const { code, stderr } = await run([...start, ...args]);
    expect(stderr).toMatch(/^(tenants\.yaml:\d+:\d+: [^\n]+\n){3}$/);
    expect(code).toBe(2);
  });

  it('an include that matches nothing: is only warned of', async () => {
    await write('tenants.yaml', `${GOOD}include: [tenants.d/*.yaml]\n`);
    const { code, stdout, stderr } = await run(['validate', '--no-secrets', ...args]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(
      'warning: tenants.yaml:4:11: include[0]: matches no file; is a folder not mounted?\n',
    );
  });
});

describe('a command line that can not be used', () => {
  it.each<[string, string[], Record<string, string>, RegExp]>([
    [
      'an unknown command',
      ['strat'],
      {},
      /^mimecast-monitor: unknown command 'strat'; did you mean start\?\n$/,
    ],
    [
      'an unknown option',
      ['start', '--frob'],
      {},
      /^mimecast-monitor: unknown option '--frob'; --help tells what there is\n$/,
    ],
    [
      'an unknown role',
      ['start', '--role', 'boss'],
      {},
      /^mimecast-monitor: option '--role <role>' argument 'boss' is invalid\. Allowed choices are all, worker; --help tells what there is\n$/,
    ],
    [
      'an address that is none',
      ['start', '--listen', 'nonsense'],
      {},
      /^mimecast-monitor: --listen nonsense: write HOST:PORT, e\.g\. 127\.0\.0\.1:9464 or \[::1\]:9464\n$/,
    ],
    [
      'an address that others reach',
      ['start', '--listen', '0.0.0.0:0'],
      {},
      /^mimecast-monitor: 0\.0\.0\.0:0 can be reached by others: set http\.token, or [^\n]+\n$/,
    ],
    [
      'a log level that is none',
      ['start', '--listen', '127.0.0.1:0'],
      { LOG_LEVEL: 'loud' },
      /^mimecast-monitor: LOG_LEVEL=loud: write one of fatal, error, warn, info, debug, trace, silent\n$/,
    ],
    [
      'an id that is none',
      ['check', 'acmee'],
      {},
      /^mimecast-monitor: tenants\.yaml has no connection acmee; did you mean acme\?\n$/,
    ],
  ])('%s: is refused with what to write instead', async (_, args, env, text) => {
    const path = await write('tenants.yaml', GOOD);
    const { code, stderr } = await run(args, {
      MIMECAST_MONITOR_CONFIG: 'tenants.yaml',
      REDIS_URL: `unix://${redis.socketPath}`,
      ...env,
    });
    expect(stderr).toMatch(text);
    expect(code).toBe(2);
    expect(path).toContain(folder);
  });

  it('a port in use: is refused before a Redis is started', async () => {
    const holder = createServer();
    holder.listen(0, '127.0.0.1');
    await once(holder, 'listening');
    cleanup.add(holder, (it) => it.close());
    const address = `127.0.0.1:${(holder.address() as AddressInfo).port}`;
    await write('tenants.yaml', `${GOOD}dataDir: ./untouched\n`);
    expectRefused(
      await run(['start', '--config', 'tenants.yaml', '--listen', address]),
      `mimecast-monitor: ${address} is already in use: stop what listens there, or choose another address with --listen or http.listen`,
    );
    expect(existsSync(join(folder, 'untouched'))).toBe(false);
  });

  it('a token that can not be had: is refused, and the embedded Redis ends again', async () => {
    await write('tenants.yaml', `${GOOD}dataDir: ./data\nhttp: {token: {env: MY_TOKEN}}\n`);
    expectRefused(
      await run(['start', '--config', 'tenants.yaml', '--listen', '127.0.0.1:0']),
      'mimecast-monitor: env MY_TOKEN is not set; set it where the monitor is started',
    );
    expect(existsSync(join(folder, 'data'))).toBe(true);
    expect(leftBehind()).toEqual([]);
  });

  it('a worker without a Redis that it could share: is refused', async () => {
    await write('tenants.yaml', `${GOOD}dataDir: ./untouched\n`);
    expectRefused(
      await run(['start', '--role', 'worker', '--config', 'tenants.yaml', '--listen', '127.0.0.1:0']),
      'mimecast-monitor: --role worker needs the Redis of the other processes: set redis.url in the config, or REDIS_URL',
    );
    expect(existsSync(join(folder, 'untouched'))).toBe(false);
  });
});

describe('a Redis that can not be used', () => {
  const start = (env: Record<string, string>) =>
    run(['start', '--config', 'tenants.yaml', '--listen', '127.0.0.1:0'], env);

  beforeAll(async () => {
    await write('tenants.yaml', GOOD);
  });

  it('is absent: said with its address, without the password', async () => {
    const closed = await freePort();
    expectRefused(
      await start({ REDIS_URL: `redis://:hunter2@127.0.0.1:${closed}/3` }),
      `mimecast-monitor: Redis at 127.0.0.1:${closed} could not be reached (ECONNREFUSED): start it, or correct its address.`,
    );
  });

  it('is named by a URL that is none', async () => {
    expectRefused(
      await start({ REDIS_URL: 'http://:hunter2@127.0.0.1' }),
      "mimecast-monitor: The Redis URL can't be used, it starts with http://: write redis://[user:password@]host[:port][/db], or rediss:// for TLS.",
    );
  });

  it('is named by a variable that is not set', async () => {
    await write('redis.yaml', `${GOOD}redis: {url: {env: MY_REDIS}}\n`);
    expectRefused(
      await run(['start', '--config', 'redis.yaml', '--listen', '127.0.0.1:0']),
      'mimecast-monitor: env MY_REDIS is not set; set it where the monitor is started',
    );
  });

  it('wants another password', async () => {
    await admin.config('SET', 'requirepass', 'correct-horse');
    try {
      const [none, wrong] = await Promise.all([
        start({ REDIS_URL: `redis://127.0.0.1:${port}` }),
        start({ REDIS_URL: `redis://:hunter2@127.0.0.1:${port}` }),
      ]);
      expectRefused(
        none,
        `mimecast-monitor: Redis at 127.0.0.1:${port} wants a password: put it into the URL (redis://:password@host).`,
      );
      expectRefused(
        wrong,
        `mimecast-monitor: Redis at 127.0.0.1:${port} refused the user name or password: correct the URL.`,
      );
      expect(`${wrong.stdout}${wrong.stderr}`).not.toContain('hunter2');
    } finally {
      await admin.config('SET', 'requirepass', '');
    }
  });

  it('is a replica, which takes no writes', async () => {
    const elsewhere = await freePort();
    await admin.call('REPLICAOF', '127.0.0.1', String(elsewhere));
    try {
      expectRefused(
        await start({ REDIS_URL: `unix://${redis.socketPath}` }),
        `mimecast-monitor: This Redis is a replica and takes no writes: use the address of its primary (127.0.0.1:${elsewhere}).`,
      );
    } finally {
      await admin.call('REPLICAOF', 'NO', 'ONE');
    }
  });

  it('is full', async () => {
    await admin.config('SET', 'maxmemory', '1mb');
    try {
      expectRefused(
        await start({ REDIS_URL: `unix://${redis.socketPath}` }),
        `mimecast-monitor: Redis at ${redis.socketPath} is out of memory: raise its maxmemory or free some.`,
      );
    } finally {
      await admin.config('SET', 'maxmemory', '0');
    }
  });

  it('is too old', async () => {
    const old = createServer((socket) => {
      const info = '# Server\r\nredis_version:5.0.14\r\n';
      socket.on('error', () => socket.destroy());
      socket.on('data', (chunk) => {
        for (const [, name] of chunk.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g)) {
          socket.write(name?.toLowerCase() === 'info' ? `$${info.length}\r\n${info}\r\n` : '+OK\r\n');
        }
      });
      cleanup.add(socket, (it) => it.destroy());
    });
    old.listen(0, '127.0.0.1');
    await once(old, 'listening');
    cleanup.add(old, (it) => it.close());
    expectRefused(
      await start({ REDIS_URL: `redis://127.0.0.1:${(old.address() as AddressInfo).port}` }),
      'mimecast-monitor: Redis 5.0.14 is too old: Redis 6.2 or newer, or Valkey, is needed.',
    );
  });

  it('is not installed', async () => {
    expectRefused(
      await start({ PATH: '' }),
      /^mimecast-monitor: No redis-server or valkey-server was found on PATH: apt-get install redis-tools .*set REDIS_URL/,
    );
  });

  it('may throw data away: only warned of', async () => {
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    try {
      const { code, stdout } = await start({ REDIS_URL: `unix://${redis.socketPath}` });
      expect(code).toBe(0);
      expect(stdout).toContain('(maxmemory-policy is allkeys-lru): set it to noeviction.');
    } finally {
      await admin.config('SET', 'maxmemory-policy', 'noeviction');
    }
  });
});

describe('a secret that can not be had', () => {
  const SECRETS: readonly (readonly [id: string, secret: string, message: string])[] = [
    ['missing', '{env: ACME}', 'env ACME is not set; set it where the monitor is started'],
    ['empty', '{file: empty}', 'file FOLDER/empty is empty; put the value there'],
    [
      'lines',
      '{file: lines}',
      'file FOLDER/lines holds more than one line; keep only the value, on one line',
    ],
    [
      'folder',
      '{file: tenants.d}',
      'file FOLDER/tenants.d is a directory; name the file in it, or end the path of a connection with / for a file for each',
    ],
    ['absent', '{file: absent}', 'file FOLDER/absent does not exist; create it or correct the path'],
    [
      'fails',
      '{exec: [sh, -c, "echo hunter2; exit 3"]}',
      'exec sh failed with exit code 3; run it by hand to see why',
    ],
    ['floods', '{exec: [yes, hunter2]}', 'exec yes printed more than 64 KiB; it must print the value alone'],
    [
      'hangs',
      '{exec: [sleep, "600"]}',
      'exec sleep took longer than 10 s and was ended; run it by hand to see why',
    ],
  ];

  it('is told of by validate, and stops nobody else at start', async () => {
    const keys = [...SECRETS.map(([id]) => id), 'acme'].map((id) => ({
      clientId: id,
      clientSecret: 'hunter2',
    }));
    const gateway = cleanup.add(await startSimulator({ keys }), (it) => it.close());
    await mkdir(join(folder, 'tenants.d'));
    await write('empty', '\n');
    await write('lines', 'hunter2\nhunter3\n');
    await write('good', 'hunter2\n');
    const entries = [...SECRETS, ['acme', '{file: good}'] as const].map(
      ([id, secret]) => `  - {id: ${id}, clientId: ${id}, clientSecret: ${secret}}\n`,
    );
    const defaults = `defaults: {baseUrl: '${gateway.origin}', interval: 12s}\n`;
    const path = await write('secrets.yaml', `${defaults}${HEAD}${entries.join('')}`);

    // Commands work in the folder of the file that names them, so what they leave running would be found there.
    const validating = run(['validate', '--config', path]);
    const env = { REDIS_URL: `unix://${redis.socketPath}`, TMPDIR: folder };
    const monitor = await startMonitor(['--config', path, '--listen', '127.0.0.1:0'], env);
    cleanup.add(monitor, kill);
    await ready(monitor);
    await checkNow(monitor, 'hangs');
    const seen = await eventually('each was tried', async () => {
      const all = await connections(monitor);
      return all.every(({ lastVerdict }) => lastVerdict !== null) && all;
    });
    const verdicts = Object.fromEntries(seen.map(({ id, lastVerdict }) => [id, lastVerdict]));
    expect(verdicts).toEqual({
      ...Object.fromEntries(SECRETS.map(([id]) => [id, 'secret_unavailable'])),
      acme: 'valid',
    });
    expect(gateway.exchanges('*')).toBe(gateway.exchanges('acme'));
    expect(await monitor.stop()).toBe(0);
    expect(monitor.output()).not.toMatch(/hunter\d/);

    const { code, stdout, stderr } = await validating;
    const lines = SECRETS.map(
      ([, , message], index) => `connections[${index}].clientSecret: ${message.replace('FOLDER', folder)}`,
    );
    const told = stderr.split('\n').map((line) => line.replace(/^secrets\.yaml:\d+:\d+: /, ''));
    expect(told).toEqual([...lines, '']);
    expect(stdout).toContain(
      `warning: acme: clientSecret: file ${folder}/good: a trailing newline was trimmed\n`,
    );
    expect(code).toBe(2);
    expect(`${stdout}${stderr}`).not.toMatch(/hunter\d/);
  }, 120_000);
});
