import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { startSimulator } from '../../src/simulator/server.ts';
import { makeConfigFolder } from '../helpers/config-file.ts';
import { startWebhookReceiver } from '../helpers/webhook-receiver.ts';
import { becomes, Cleanup, eventually, QUICK_CHECKS, ready, shown } from './world.ts';

const CAST = ['acme', 'globex'];

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

/** A fleet whose keys lie in a directory as Kubernetes mounts it; no check comes by itself while a test lasts. */
async function setScene() {
  const keys = CAST.map((id) => ({ clientId: `${id}-id`, clientSecret: `${id}-secret` }));
  const gateway = cleanup.add(await startSimulator({ keys }), (it) => it.close());
  const receiver = cleanup.add(await startWebhookReceiver(), (it) => it.close());
  const config = await makeConfigFolder({
    version: 1,
    checks: { ...QUICK_CHECKS, interval: '1h' },
    alerts: { channels: { soc: { type: 'webhook', url: receiver.url } } },
    dataDir: './data',
    defaults: { baseUrl: gateway.origin, clientId: { file: './mount/' }, clientSecret: { file: './mount/' } },
    connections: CAST.map((id) => ({ id })),
  });
  cleanup.add(config, (it) => it.remove());
  const mount = join(config.folder, 'mount');
  let revision = 0;
  /** What kubelet does when a Secret changes. */
  const project = async (secrets: Readonly<Record<string, string>>) => {
    revision += 1;
    await mkdir(join(mount, `..${revision}`), { recursive: true });
    for (const [name, value] of Object.entries(secrets))
      await writeFile(join(mount, `..${revision}`, name), value);
    await symlink(`..${revision}`, join(mount, '..data_tmp'));
    await rename(join(mount, '..data_tmp'), join(mount, '..data'));
    await rm(join(mount, `..${revision - 1}`), { recursive: true, force: true });
  };
  const secrets = Object.fromEntries(
    CAST.flatMap((id) => [
      [`${id}.client-id`, `${id}-id`],
      [id, `${id}-secret`],
    ]),
  );
  await project(secrets);
  for (const name of Object.keys(secrets)) await symlink(`..data/${name}`, join(mount, name));
  const monitor = await cleanup.start(['--config', config.path], { TMPDIR: config.folder });
  await ready(monitor);
  return { gateway, receiver, monitor, secrets, project };
}

describe('a secret that is rotated while the monitor runs', () => {
  it('closes the incident as soon as its file is replaced, without a restart and without a check that anybody asked for', async () => {
    const { gateway, receiver, monitor, secrets, project } = await setScene();
    for (const id of CAST) await becomes(monitor, id, 'healthy');

    gateway.rotate('acme-id', 'acme-new-secret');
    await becomes(monitor, 'acme', 'revoked');
    const firing = await receiver.waitFor(({ status }) => status === 'firing');
    expect(firing).toMatchObject({ kind: 'credential_invalid', connection: { id: 'acme' } });

    await project({ ...secrets, acme: 'acme-new-secret\n' });
    const resolved = await receiver.waitFor(({ status }) => status === 'resolved');
    expect(resolved).toMatchObject({ incident: firing.incident, resolution: 'recovered' });
    expect((await shown(monitor, 'acme')).state).toBe('healthy');
    // The files of the others were replaced by equal ones, which is no reason to ask the gateway anything.
    const line = await monitor.waitFor(({ msg }) => msg === 'keys were replaced and are checked at once');
    expect(line).toMatchObject({ connections: 1 });
  });

  it('pages nobody when the file is there before the next check', async () => {
    const { gateway, receiver, monitor, secrets, project } = await setScene();
    for (const id of CAST) await becomes(monitor, id, 'healthy');
    gateway.rotate('acme-id', 'acme-new-secret');
    const before = await shown(monitor, 'acme');
    await project({ ...secrets, acme: 'acme-new-secret' });
    await eventually('acme was checked with its new secret', async () => {
      const now = await shown(monitor, 'acme');
      return now.lastCheckAt !== before.lastCheckAt && now.state === 'healthy';
    });
    expect(receiver.received).toEqual([]);
  });
});
