import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { pino } from 'pino';
import { checkServer } from '../../src/redis/check-server.ts';
import { connectRedis, type RedisTarget } from '../../src/redis/connect.ts';
import { RedisError } from '../../src/redis/redis-error.ts';
import { freePort } from '../helpers/free-port.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';

const logger = pino({ level: 'silent' });
const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function redisServer(): Promise<TestRedis & { admin: Redis; port: number }> {
  const server = await startTestRedis();
  cleanups.push(() => server.stop());
  const admin = server.client();
  // `port 0` takes a free one only since Redis 7.0 through CONFIG SET, so one is asked of the kernel.
  const port = await freePort();
  await admin.config('SET', 'port', String(port));
  return { ...server, admin, port };
}

function listen(server: Server): Promise<{ port: number; close(): Promise<void> }> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () =>
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () => new Promise((done) => server.close(() => done())),
      }),
    );
  });
}

function connectTo(target: RedisTarget): Redis {
  const client = connectRedis({ ...target, logger });
  cleanups.push(() => client.disconnect());
  return client;
}

async function failureOf(target: RedisTarget): Promise<RedisError> {
  const error = await checkServer(connectTo(target), { loadingTimeoutMs: 0 }).catch(
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof RedisError)) throw new Error(`expected a RedisError, got ${String(error)}`);
  expect(error.message).not.toContain('\n');
  return error;
}

/** Answers every line of the client's commands it knows; enough of the protocol to play a server that is not there. */
async function pretendServer(answers: Record<string, string>): Promise<number> {
  const server = createServer((socket) => {
    socket.setEncoding('utf8');
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: string) => {
      for (const [, name = ''] of chunk.matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g)) {
        const answer = answers[name.toLowerCase()];
        socket.write(answer === undefined ? `-ERR unknown command \`${name.toUpperCase()}\`\r\n` : answer);
      }
    });
    cleanups.push(() => socket.destroy());
  });
  const { port, close } = await listen(server);
  cleanups.unshift(close);
  return port;
}

const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;

describe('checkServer', () => {
  it('accepts a server that keeps what it is told and warns of nothing', async () => {
    const { admin, socketPath } = await redisServer();
    await admin.config('SET', 'appendonly', 'yes');
    // A server refuses to end while it writes its first append-only file.
    while (!(await admin.info('persistence')).includes('aof_rewrite_in_progress:0')) await admin.ping();
    expect(await checkServer(connectTo({ socketPath }))).toEqual({ warnings: [] });
  });

  it('leaves no connection and no key behind', async () => {
    const { admin, socketPath } = await redisServer();
    await checkServer(connectTo({ socketPath }));
    expect(await admin.pttl('mcm:{probe}')).toBeLessThanOrEqual(1_000);
    await admin.del('mcm:{probe}');
    expect(await admin.dbsize()).toBe(0);
  });

  it('warns of a policy that evicts and of a missing append-only file', async () => {
    const { admin, socketPath } = await redisServer();
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    expect(await checkServer(connectTo({ socketPath }))).toEqual({
      warnings: [
        'Redis may throw away jobs and records when memory runs short (maxmemory-policy is allkeys-lru): set it to noeviction.',
        'Redis forgets what it was told last when it crashes (no append-only file): set appendonly to yes and appendfsync to everysec.',
      ],
    });
  });

  it('says when nobody listens', async () => {
    const port = await freePort();
    const error = await failureOf({ url: `redis://:hunter2@127.0.0.1:${port}` });
    expect(error.code).toBe('unreachable');
    expect(error.message).toBe(
      `Redis at 127.0.0.1:${port} could not be reached (ECONNREFUSED): start it, or correct its address.`,
    );
  });

  it('says when a host does not exist', async () => {
    expect(await failureOf({ url: 'redis://globex.invalid' })).toMatchObject({ code: 'unreachable' });
  });

  it('says when there is no such socket', async () => {
    const folder = await mkdtemp('/tmp/mcm-test-');
    cleanups.push(() => rm(folder, { recursive: true }));
    const error = await failureOf({ socketPath: join(folder, 'redis.sock') });
    expect(error).toMatchObject({ code: 'unreachable', message: expect.stringContaining('ENOENT') });
  });

  it('tells a missing password from a wrong one, and repeats neither', async () => {
    const { admin, port } = await redisServer();
    await admin.config('SET', 'requirepass', 'correct-horse');
    const missing = await failureOf({ url: `redis://127.0.0.1:${port}` });
    const wrong = await failureOf({ url: `redis://:hunter2@127.0.0.1:${port}` });
    expect(missing.message).toContain('wants a password');
    expect(wrong.message).toContain('refused the user name or password');
    for (const error of [missing, wrong]) {
      expect(error.code).toBe('wrong_password');
      expect(error.message).not.toMatch(/hunter2|correct-horse/);
    }
    const right = await checkServer(connectTo({ url: `redis://:correct-horse@127.0.0.1:${port}` }));
    expect(right.warnings).toHaveLength(1);
  });

  it('says when the user may not write', async () => {
    const { admin, port } = await redisServer();
    await admin.call('ACL', 'SETUSER', 'acme', 'on', '>secret', '+info', '+hello', '+client', '~*');
    expect(await failureOf({ url: `redis://acme:secret@127.0.0.1:${port}` })).toMatchObject({
      code: 'not_permitted',
    });
  });

  it('refuses a replica and names its primary', async () => {
    const primary = await redisServer();
    const replica = await redisServer();
    await replica.admin.call('REPLICAOF', '127.0.0.1', String(primary.port));
    const error = await failureOf({ socketPath: replica.socketPath });
    expect(error).toMatchObject({
      code: 'read_only',
      message: expect.stringContaining(`127.0.0.1:${primary.port}`),
    });
  });

  it('refuses a server that has no memory left', async () => {
    const { admin, socketPath } = await redisServer();
    await admin.config('SET', 'maxmemory', '1mb');
    expect(await failureOf({ socketPath })).toMatchObject({ code: 'out_of_memory' });
  });

  it('says when the database does not exist', async () => {
    const { port } = await redisServer();
    expect(await failureOf({ url: `redis://127.0.0.1:${port}/99` })).toMatchObject({ code: 'bad_url' });
  });

  it('refuses a server that is too old', async () => {
    const port = await pretendServer({
      info: bulk('# Server\r\nredis_version:5.0.14\r\n'),
      client: '+OK\r\n',
    });
    expect(await failureOf({ url: `redis://127.0.0.1:${port}` })).toMatchObject({
      code: 'too_old',
      message: 'Redis 5.0.14 is too old: Redis 6.2 or newer, or Valkey, is needed.',
    });
  });

  it('says when a server does not finish loading in time', async () => {
    const port = await pretendServer({
      info: bulk('redis_version:7.0.0\r\nloading:1\r\n'),
      client: '+OK\r\n',
    });
    expect(await failureOf({ url: `redis://127.0.0.1:${port}` })).toMatchObject({ code: 'loading' });
  });

  it.each([
    ['-MISCONF Redis is configured to save RDB snapshots\r\n', 'cannot_persist'],
    ['-READONLY You can not write against a read only replica.\r\n', 'read_only'],
    ['-MOVED 3999 127.0.0.1:6381\r\n', 'cluster'],
    ['-ERR something new\r\n', 'unusable'],
  ])('explains the refusal of a write: %j', async (reply, code) => {
    const port = await pretendServer({
      info: bulk('redis_version:7.0.0\r\n'),
      client: '+OK\r\n',
      set: reply,
    });
    expect(await failureOf({ url: `redis://127.0.0.1:${port}` })).toMatchObject({ code });
  });

  it('says when TLS is spoken to a server that does not speak it', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.resume();
      socket.end('-ERR Protocol error\r\n');
    });
    const { port, close } = await listen(server);
    cleanups.push(close);
    expect(await failureOf({ url: `rediss://127.0.0.1:${port}` })).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('over TLS'),
    });
  });
});
