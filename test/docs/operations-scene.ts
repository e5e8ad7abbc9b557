import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startSimulator } from '../../src/simulator/server.ts';
import { ask, becomes, type Cleanup, connections, eventually, QUICK_CHECKS, ready } from '../e2e/world.ts';
import { makeConfigFolder } from '../helpers/config-file.ts';
import type { MonitorProcess } from '../helpers/monitor-process.ts';
import { startWebhookReceiver } from '../helpers/webhook-receiver.ts';
import { definitionOfR, type OwnRedis, openShell } from './operations-shell.ts';

export const CAST = ['acme', 'globex', 'initech'];

/** A monitor with an embedded server, a gateway, a receiver, and a shell in which the page's commands run. */
export async function setScene(cleanup: Cleanup) {
  const keys = CAST.map((id) => ({ clientId: `${id}-id`, clientSecret: `${id}-secret` }));
  const gateway = cleanup.add(await startSimulator({ keys }), (it) => it.close());
  const receiver = cleanup.add(await startWebhookReceiver(), (it) => it.close());
  const common = {
    version: 1,
    checks: QUICK_CHECKS,
    alerts: { channels: { soc: { type: 'webhook', url: receiver.url } } },
    dataDir: './data',
    connections: CAST.map((id) => ({
      ...{ id, baseUrl: gateway.origin, clientId: `${id}-id`, clientSecret: `${id}-secret` },
    })),
  };
  const config = cleanup.add(await makeConfigFolder(common), (it) => it.remove());
  const place = (name: string) => join(config.folder, name);
  const names = (more: readonly string[]) => [
    `DATA=${place('data')}`,
    `REDIS_DIR=${place('redis')}`,
    `BACKUP=${place('backup.rdb')}`,
    ...more,
  ];
  await mkdir(place('redis'));
  const shell = await openShell(config.folder, names([definitionOfR('embedded')]));
  cleanup.add(place('data/hand.sock'), (socket) =>
    shell.run(`[ ! -S ${socket} ] || redis-cli -s ${socket} shutdown nosave`),
  );
  return {
    gateway,
    receiver,
    place,
    shell,
    shellFor: ({ port }: OwnRedis) => ({
      run: (commands: string | undefined, env: Readonly<Record<string, string>> = {}) =>
        shell.run(`${definitionOfR('your own').replace('6379', String(port))}\n${commands}`, env),
    }),
    useRedis: ({ url }: OwnRedis) => config.write({ ...common, redis: { url } }),
    async start(): Promise<MonitorProcess> {
      const monitor = await cleanup.start(['--config', config.path], { TMPDIR: config.folder });
      await ready(monitor);
      return monitor;
    },
    /** What was told until now: status, connection and incident of each message. */
    told: () =>
      receiver.received.map(({ notification: { status, connection, incident } }) => ({
        what: `${status} ${connection?.id}`,
        incident,
      })),
    async revoke(monitor: MonitorProcess, id: string): Promise<void> {
      gateway.setBehaviour(`${id}-id`, { kind: 'revoked' });
      await becomes(monitor, id, 'revoked');
      await receiver.waitFor(({ status, connection }) => status === 'firing' && connection?.id === id);
    },
  };
}

/** What must outlive a move: the state of each connection since when, and the open incidents, once they were told. */
export async function memoryOf(monitor: MonitorProcess): Promise<object> {
  const incidents = await eventually('all that is open was told', async () => {
    const { text } = await ask(monitor, '/api/v1/incidents?status=open');
    const all = (JSON.parse(text) as { incidents: { id: string; notice: { state: string } }[] }).incidents;
    return all.every(({ notice }) => notice.state === 'told') && all.map(({ id }) => id);
  });
  const states = await connections(monitor);
  return { incidents, states: states.map(({ id, state, since }) => ({ id, state, since })) };
}
