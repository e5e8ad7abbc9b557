import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { checkServer } from '../../src/redis/check-server.ts';
import { connectRedis } from '../../src/redis/connect.ts';
import { Cleanup } from '../e2e/world.ts';
import { PRIMARY, startSentinel, startTcpRedis, type TcpRedis } from '../faults/sentinels.ts';

const cleanup = new Cleanup();
let primary: TcpRedis;
let open: TcpRedis;
let closed: TcpRedis;

beforeAll(async () => {
  primary = await startTcpRedis(cleanup);
  open = await startSentinel(cleanup, primary);
  closed = await startSentinel(cleanup, primary, 'hunter2');
});
afterAll(() => cleanup.run());

function clientOf(url: string) {
  return cleanup.add(connectRedis({ url, logger: pino({ level: 'silent' }) }), async (it) => {
    // One that is about to ask the Sentinels again notices only then.
    const ended = once(it, 'end');
    it.disconnect();
    await ended;
  });
}

it('asks the next Sentinel when one is away, and serves with the primary that it names', async () => {
  const client = clientOf(`redis+sentinel://127.0.0.1:1,127.0.0.1:${open.port}/${PRIMARY}/2`);
  await checkServer(client);
  await client.set('acme', 'in the second database');
  await primary.admin.select(2);
  expect(await primary.admin.get('acme')).toBe('in the second database');
  await primary.admin.select(0);
});

it('logs in where the Sentinels want a password, too', async () => {
  const client = clientOf(
    `redis+sentinel://127.0.0.1:${closed.port}/${PRIMARY}?sentinelPassword=${encodeURIComponent('hunter2')}`,
  );
  expect((await checkServer(client)).warnings).toEqual([]);
});

it.each([
  ['none of them answers', () => `127.0.0.1:1/${PRIMARY}`, /\(Connection is closed\)/],
  ['the name is another', () => `127.0.0.1:${open.port}/globex`, /\(ERR No such master with that name\)/],
  ['they want a password', () => `127.0.0.1:${closed.port}/${PRIMARY}`, /\(NOAUTH [^)]+\)/],
  [
    'they want another password',
    () => `127.0.0.1:${closed.port}/${PRIMARY}?sentinelPassword=hunter3`,
    /\((WRONGPASS|NOAUTH) [^)]+\)/,
  ],
])('says in one line what to do when %s', async (_, where, reason) => {
  const client = clientOf(`redis+sentinel://${where()}`);
  const failure = checkServer(client);
  await expect(failure).rejects.toMatchObject({ code: 'unreachable' });
  await expect(failure).rejects.toThrow(reason);
  await expect(failure).rejects.toThrow(
    /^Redis at \w[^\n]+ \(by Sentinel\) could not be found [^\n]+: correct the Sentinels' addresses/,
  );
  await expect(failure).rejects.not.toThrow(/hunter/);
});
