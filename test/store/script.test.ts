import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { Script } from '../../src/store/script.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';

/** Appends what it is given, and refuses a blank. */
const APPEND = new Script(`
if ARGV[1] == '' then return redis.error_reply('BLANK') end
return redis.call('RPUSH', KEYS[1], ARGV[1])
`);

let server: TestRedis;
let redis: Redis;
beforeEach(async () => {
  server = await startTestRedis();
  redis = server.client();
});
afterEach(() => server.stop());

describe('a script that is run many times at once', () => {
  const runs = (words: readonly string[]) =>
    APPEND.runMany(
      redis,
      words.map((word) => ({ keys: ['words'], args: [word] })),
    );

  it('is sent whole to a server that does not know it, and answers in order', async () => {
    const settled = await runs(['acme', 'globex', 'initech']);
    expect(settled).toEqual([1, 2, 3].map((value) => ({ status: 'fulfilled', value })));
    expect(await redis.lrange('words', 0, -1)).toEqual(['acme', 'globex', 'initech']);
  });

  it('fails for the one call that is refused alone', async () => {
    const settled = await runs(['acme', '', 'globex']);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(settled[1]).toMatchObject({ reason: { message: expect.stringContaining('BLANK') } });
    expect(await redis.lrange('words', 0, -1)).toEqual(['acme', 'globex']);
  });

  it('is answered in full when the connection breaks meanwhile', async () => {
    await redis.ping();
    const running = runs(['acme', 'globex']);
    redis.stream.destroy();
    expect((await running).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    expect(new Set(await redis.lrange('words', 0, -1))).toEqual(new Set(['acme', 'globex']));
  });
});
