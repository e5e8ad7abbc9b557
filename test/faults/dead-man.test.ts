import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import { Queue } from 'bullmq';
import { checkQueueOf, slotQueueOf } from '../../src/domain/schedule.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import { KEY_PREFIX } from '../../src/store/keys.ts';
import { Cleanup, eventually, lineAfter, QUICK_CHECKS, ready, shown } from '../e2e/world.ts';
import { makeConfigFolder } from '../helpers/config-file.ts';
import type { MonitorProcess } from '../helpers/monitor-process.ts';
import { startTestRedis } from '../helpers/redis.ts';

const PATH = '/ping/2f6c-only-the-switch-knows-this';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

/** A dead-man's switch: counts the signs of life. */
async function startSwitch() {
  const beats: string[] = [];
  let status = 200;
  const server: Server = createServer((request, response) => {
    beats.push(`${request.method} ${request.url}`);
    response.writeHead(status).end('OK');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`;
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return {
    url,
    beats,
    close,
    answer: (next: number) => {
      status = next;
    },
    /** Resolves when so many more beats came. */
    more: (count: number) => {
      const wanted = beats.length + count;
      return eventually(`${count} more beats`, () => beats.length >= wanted);
    },
  };
}

async function setScene() {
  const redis = cleanup.add(await startTestRedis(), (it) => it.stop());
  const keys = [{ clientId: 'acme-id', clientSecret: 'acme-secret' }];
  const gateway = cleanup.add(await startSimulator({ keys }), (it) => it.close());
  const deadMan = cleanup.add(await startSwitch(), (it) => it.close());
  const config = await makeConfigFolder({
    version: 1,
    checks: QUICK_CHECKS,
    alerts: { heartbeat: { url: { env: 'HEARTBEAT_URL' }, interval: '1s' } },
    redis: { url: `unix://${redis.socketPath}` },
    connections: [{ id: 'acme', baseUrl: gateway.origin, clientId: 'acme-id', clientSecret: 'acme-secret' }],
  });
  cleanup.add(config, (it) => it.remove());
  const monitor = await cleanup.start(['--config', config.path], { HEARTBEAT_URL: deadMan.url });
  await ready(monitor);
  await deadMan.more(2);
  return { redis, gateway, deadMan, monitor };
}

const withheld = (monitor: MonitorProcess, from: number, reason: string) =>
  lineAfter(monitor, from, (line) => line.msg === 'the heartbeat is withheld' && line['reason'] === reason);
const sent = (monitor: MonitorProcess, from: number) =>
  lineAfter(monitor, from, ({ msg }) => msg === 'the heartbeat is sent');

it('signs of life arrive while checks run, also through an outage of the gateway, and none shows its URL', async () => {
  const { gateway, deadMan, monitor } = await setScene();
  expect(new Set(deadMan.beats)).toEqual(new Set([`GET ${PATH}`]));

  gateway.setBehaviour('*', { kind: 'status', status: 503 });
  await eventually('a check met the outage', async () => {
    return (await shown(monitor, 'acme')).lastVerdict === 'gateway_error';
  });
  await deadMan.more(3);

  deadMan.answer(500);
  const from = monitor.lines.length;
  await lineAfter(monitor, from, ({ msg }) => msg === 'the heartbeat could not be sent');
  await deadMan.more(3);
  deadMan.answer(200);
  await sent(monitor, from);
  // One line for the failure however long it lasts, and one for its end.
  const lines = monitor.lines.slice(from).filter(({ msg }) => msg.startsWith('the heartbeat'));
  expect(lines.map(({ msg }) => msg)).toEqual(['the heartbeat could not be sent', 'the heartbeat is sent']);
  expect(monitor.output()).not.toContain(PATH);
}, 120_000);

it('none is sent while Redis takes no writes', async () => {
  const { redis, deadMan, monitor } = await setScene();
  const admin = redis.client();
  const from = monitor.lines.length;
  await admin.config('SET', 'maxmemory', '1');
  // The keeper goes out of office when its lease can't be renewed: either is the end of the beats.
  await lineAfter(monitor, from, ({ msg }) => msg.startsWith('Redis takes no writes'));
  const before = deadMan.beats.length;
  const noticed = performance.now();
  await eventually('five intervals have passed', () => performance.now() - noticed > 5_000);
  // One may have been on its way.
  expect(deadMan.beats.length - before).toBeLessThanOrEqual(1);
  await admin.config('SET', 'maxmemory', '0');
  await deadMan.more(2);
}, 120_000);

it('none is sent when checks have stopped, although all else works', async () => {
  const { redis, gateway, deadMan, monitor } = await setScene();
  const queue = new Queue(slotQueueOf(checkQueueOf(gateway.origin)), {
    connection: redis.client(),
    prefix: KEY_PREFIX,
  });
  cleanup.add(queue, (it) => it.close());
  const from = monitor.lines.length;
  await queue.pause();
  await withheld(monitor, from, 'no_check_completed');
  const before = deadMan.beats.length;
  const noticed = performance.now();
  await eventually('three intervals have passed', () => performance.now() - noticed > 3_000);
  expect(deadMan.beats.length).toBe(before);
  await queue.resume();
  await sent(monitor, from);
  await deadMan.more(2);
}, 120_000);
