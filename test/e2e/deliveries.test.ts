import { afterEach, expect, it } from '@jest/globals';
import { startSimulator } from '../../src/simulator/server.ts';
import { makeConfigFolder } from '../helpers/config-file.ts';
import { runMonitor } from '../helpers/monitor-process.ts';
import { startWebhookReceiver } from '../helpers/webhook-receiver.ts';
import { becomes, Cleanup, eventually, QUICK_CHECKS, ready } from './world.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

interface Notice {
  readonly state: string;
  readonly deliveries: readonly {
    readonly channel: string;
    readonly state: string;
    readonly attempts: number;
    readonly failure: string | null;
  }[];
}

it('status says of each channel whether it took the message, has yet to, or never will', async () => {
  const keys = [{ clientId: 'acme-id', clientSecret: 'acme-secret' }];
  const gateway = cleanup.add(await startSimulator({ keys }), (it) => it.close());
  const receiver = async () => cleanup.add(await startWebhookReceiver(), (it) => it.close());
  const [good, away, gone] = [await receiver(), await receiver(), await receiver()];
  away.answerNext(...Array(100).fill(503));
  gone.answerNext(410);
  const config = await makeConfigFolder({
    version: 1,
    checks: QUICK_CHECKS,
    alerts: {
      channels: {
        good: { type: 'webhook', url: good.url },
        away: { type: 'webhook', url: away.url },
        gone: { type: 'webhook', url: gone.url },
      },
    },
    dataDir: './data',
    connections: [{ id: 'acme', baseUrl: gateway.origin, clientId: 'acme-id', clientSecret: 'acme-secret' }],
  });
  cleanup.add(config, (it) => it.remove());
  const monitor = await cleanup.start(['--config', config.path], { TMPDIR: config.folder });
  await ready(monitor);
  await becomes(monitor, 'acme', 'healthy');
  gateway.setBehaviour('acme-id', { kind: 'revoked' });
  await becomes(monitor, 'acme', 'revoked');

  const notice = await eventually('every channel was tried', async () => {
    const { stdout } = await runMonitor(['status', '--json', '--url', monitor.url]);
    const [incident] = (JSON.parse(stdout) as { incidents: { notice: Notice }[] }).incidents;
    // A refusal is noted as an attempt before it is noted that nothing more will come of it.
    const settled = ({ attempts, state, failure }: Notice['deliveries'][number]) =>
      attempts > 0 && !(state === 'waiting' && failure === 'refused');
    return incident?.notice.deliveries.filter(settled).length === 3 && incident.notice;
  });
  expect(notice).toMatchObject({
    state: 'told',
    deliveries: expect.arrayContaining([
      expect.objectContaining({ channel: 'good', state: 'delivered', attempts: 1, failure: null }),
      expect.objectContaining({
        ...{ channel: 'away', state: 'waiting', failure: 'unavailable' },
        reason: 'the receiver answered HTTP 503',
      }),
      expect.objectContaining({
        ...{ channel: 'gone', state: 'given_up', attempts: 1, failure: 'refused' },
        reason: 'the receiver answered HTTP 410',
      }),
    ]),
  });
  const { stdout } = await runMonitor(['status', '--url', monitor.url]);
  expect(stdout).toMatch(/good delivered 20/);
  expect(stdout).toMatch(/away waiting since 20[^;]* attempts?, the last: the receiver answered HTTP 503/);
  expect(stdout).toMatch(/gone given up 20[^;]* after 1 attempt: the receiver answered HTTP 410/);
  expect(await monitor.stop()).toBe(0);
}, 120_000);
