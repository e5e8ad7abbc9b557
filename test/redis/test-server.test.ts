import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';

describe('the server of the integration tests', () => {
  let server: TestRedis;
  beforeAll(async () => {
    server = await startTestRedis();
  });
  afterAll(() => server.stop());

  it('answers, keeps what it is told, and forgets it when flushed', async () => {
    const client = server.client();
    await client.set('acme', 'healthy');
    expect(await client.get('acme')).toBe('healthy');
    await server.flush();
    expect(await client.get('acme')).toBeNull();
  });

  it('never evicts, since a missing job would be a missing check', async () => {
    expect(await server.client().info('memory')).toContain('maxmemory_policy:noeviction');
  });
});
