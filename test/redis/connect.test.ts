import { once } from 'node:events';
import { Writable } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Logger, pino } from 'pino';
import { connectRedis, describeTarget } from '../../src/redis/connect.ts';
import { RedisError } from '../../src/redis/redis-error.ts';
import { parseRedisUrl } from '../../src/redis/redis-url.ts';
import { startTestRedis } from '../helpers/redis.ts';

const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function recorder(): { logger: Logger; messages(): string[]; text(): string } {
  const lines: string[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(chunk.toString());
      done();
    },
  });
  return {
    logger: pino(stream),
    messages: () => lines.map((line) => (JSON.parse(line) as { msg: string }).msg),
    text: () => lines.join(''),
  };
}

describe('parseRedisUrl', () => {
  it('takes every part of a URL', () => {
    expect(parseRedisUrl('rediss://acme:p%40ss@redis.example:6390/3')).toEqual({
      host: 'redis.example',
      port: 6390,
      username: 'acme',
      password: 'p@ss',
      db: 3,
      tls: true,
    });
  });

  it('fills in the port and the database', () => {
    expect(parseRedisUrl('redis://[::1]')).toEqual({
      host: '::1',
      port: 6379,
      username: null,
      password: null,
      db: 0,
      tls: false,
    });
  });

  it.each([
    'localhost:6379',
    'hunter2',
    'http://:hunter2@localhost',
    'redis://:hunter2@',
    'redis://:hunter2@localhost/first',
    'redis://:hunter2@localhost?db=1',
    'redis://:hunter2%zz@localhost',
    'redis://:hunter2@localhost:99999',
    '',
  ])('refuses %j without repeating it', (url) => {
    const attempt = (): unknown => parseRedisUrl(url);
    expect(attempt).toThrow(RedisError);
    expect(attempt).toThrow(/^The Redis URL can't be used, [^\n]+: write redis:\/\//);
    expect(attempt).not.toThrow(/hunter2/);
  });
});

describe('connectRedis', () => {
  it('names where it goes without credentials', () => {
    expect(describeTarget({ url: 'redis://acme:hunter2@[::1]:6390/2' })).toBe('redis://[::1]:6390/2');
    expect(describeTarget({ socketPath: '/run/redis.sock' })).toBe('the socket /run/redis.sock');
  });

  it('logs one line when the server goes and one when it is back, never the password', async () => {
    const server = await startTestRedis();
    cleanups.push(() => server.stop());
    const { logger, messages, text } = recorder();
    const client = connectRedis({ socketPath: server.socketPath, logger });
    cleanups.push(() => client.disconnect());
    await once(client, 'ready');
    await server.client().call('CLIENT', 'KILL', 'TYPE', 'normal');
    await once(client, 'ready');
    expect(messages()).toEqual(['the connection to Redis was lost', 'the connection to Redis is back']);
    expect(text()).toContain(server.socketPath);
  });

  it('logs a failure to connect once, however often it tries', async () => {
    const { logger, messages, text } = recorder();
    const client = connectRedis({ url: 'redis://:hunter2@127.0.0.1:1', logger });
    cleanups.push(() => client.disconnect());
    await new Promise<void>((resolve) => {
      let attempts = 0;
      client.on('reconnecting', () => {
        attempts += 1;
        if (attempts === 3) resolve();
      });
    });
    expect(messages()).toEqual(['the connection to Redis failed; trying again']);
    expect(text()).not.toContain('hunter2');
  });

  it('keeps a command until the server is there', async () => {
    const server = await startTestRedis();
    cleanups.push(() => server.stop());
    const { logger } = recorder();
    const client = connectRedis({ socketPath: server.socketPath, logger });
    cleanups.push(() => client.disconnect());
    expect(await client.set('acme', '1')).toBe('OK');
  });
});
