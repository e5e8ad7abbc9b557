import { afterEach, describe, expect, it } from '@jest/globals';
import { Cleanup, eventually, ready } from '../e2e/world.ts';
import { expectGoodEnd, expectRedis } from './invariants.ts';
import { PRIMARY, startSentinels, startSwitchboard, startTcpRedis, type TcpRedis } from './sentinels.ts';
import { IDS, type Story, tell } from './story.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

async function setScene() {
  const primary = await startTcpRedis(cleanup);
  const replica = await startTcpRedis(cleanup, primary);
  await eventually('the replica follows', async () =>
    (await replica.admin.info('replication')).includes('master_link_status:up'),
  );
  return { primary, replica };
}

/** A primary tells its replicas late; what is lost by that is no matter of the monitor. */
async function replicated({ admin }: TcpRedis): Promise<void> {
  await admin.set('mcm-test', 'everything before this has arrived, too');
  expect(await admin.wait(1, 0)).toBe(1);
}

function hosts(sentinels: readonly TcpRedis[]): string {
  return sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',');
}

async function isPrimary({ admin }: TcpRedis): Promise<boolean> {
  return (await admin.info('replication')).includes('role:master');
}

async function expectTurns({ gateway }: Story): Promise<void> {
  const before = IDS.map((id) => gateway.exchanges(`${id}-id`));
  await Promise.all(IDS.map((id, index) => gateway.waitForExchanges(`${id}-id`, (before[index] ?? 0) + 2)));
}

/** A primary that had noted a delivery and not passed it on: the message is sent once more, with the same id. */
const LOST_NOTE = true;

describe('with Sentinels', () => {
  it('a primary that dies is followed by another one, and that one by the first', async () => {
    const { primary, replica } = await setScene();
    const sentinels = await startSentinels(cleanup, primary);
    const story = await tell(cleanup, { redisUrl: `redis+sentinel://${hosts(sentinels)}/${PRIMARY}` });
    const monitor = await story.start();
    const before = await story.settle(monitor);
    await replicated(primary);
    primary.signal('SIGKILL');
    await expectRedis(monitor, 'down');
    story.turn();
    await expectGoodEnd(story, monitor, { before, mayRepeat: LOST_NOTE });
    expect(await isPrimary(replica)).toBe(true);

    await primary.startAgain();
    const [sentinel] = sentinels;
    await eventually('the first one follows the second', async () => !(await isPrimary(primary)));
    await eventually('it may take over again', async () => {
      // Refused while it is not known to be a good replica yet.
      const answer = await sentinel?.admin.call('SENTINEL', 'FAILOVER', PRIMARY).catch(() => null);
      return answer === 'OK';
    });
    await eventually('the first one leads again', () => isPrimary(primary));
    await expectTurns(story);
    await ready(monitor);
  }, 180_000);

  it('a primary whose host falls silent without a goodbye is given up', async () => {
    const { primary, replica } = await setScene();
    const sentinels = await startSentinels(cleanup, primary);
    const story = await tell(cleanup, { redisUrl: `redis+sentinel://${hosts(sentinels)}/${PRIMARY}` });
    const monitor = await story.start();
    const before = await story.settle(monitor);
    await replicated(primary);
    // Its connections stay open, as they do to a host that lost its power.
    primary.signal('SIGSTOP');
    story.turn();
    await expectRedis(monitor, 'down');
    await eventually('the replica leads', () => isPrimary(replica));
    await expectGoodEnd(story, monitor, { before, mayRepeat: LOST_NOTE });
  }, 180_000);
});

describe('behind one address', () => {
  it('a primary that is made a replica is left for the new one, although its connections stay open', async () => {
    const { primary, replica } = await setScene();
    const address = await startSwitchboard(cleanup, primary);
    const story = await tell(cleanup, { redisUrl: `redis://127.0.0.1:${address.port}` });
    const monitor = await story.start();
    const before = await story.settle(monitor);
    await replicated(primary);
    await replica.admin.replicaof('NO', 'ONE');
    await primary.admin.replicaof('127.0.0.1', replica.port);
    story.turn();
    address.leadTo(replica);
    await expectGoodEnd(story, monitor, { before, mayRepeat: LOST_NOTE });
  }, 180_000);
});
