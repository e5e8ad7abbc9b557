import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { startSimulator } from '../../src/simulator/server.ts';
import { makeConfigFolder } from '../helpers/config-file.ts';
import { type Ran, runMonitor } from '../helpers/monitor-process.ts';
import { startTestRedis } from '../helpers/redis.ts';
import { startWebhookReceiver } from '../helpers/webhook-receiver.ts';
import { dump, formsOf, makeSecret, whileWatching } from './secret-search.ts';
import { ask, becomes, Cleanup, connections, eventually, QUICK_CHECKS, ready } from './world.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const IMPORTED = 1_000;
const NAMES = ['acme', 'globex', 'initech'];

/** A monitor of nobody yet, and a gateway that knows everybody. */
async function setScene() {
  const ids = [...NAMES, ...Array.from({ length: IMPORTED }, (_, index) => `customer-${index}`)];
  const secrets = new Map(ids.map((id) => [id, makeSecret(id)]));
  const keys = [...secrets].map(([id, clientSecret]) => ({ clientId: `${id}-id`, clientSecret }));
  const gateway = cleanup.add(await startSimulator({ keys }), (it) => it.close());
  const receiver = cleanup.add(await startWebhookReceiver(), (it) => it.close());
  const redis = cleanup.add(await startTestRedis(), (it) => it.stop());
  const config = await makeConfigFolder({
    version: 1,
    checks: { ...QUICK_CHECKS, interval: '30s', maxPerSecond: 2_000 },
    alerts: { channels: { soc: { type: 'webhook', url: receiver.url } } },
    redis: { url: `unix://${redis.socketPath}` },
    defaults: { baseUrl: gateway.origin },
    connections: [],
  });
  cleanup.add(config, (it) => it.remove());
  const monitor = await cleanup.start(['--config', config.path], { ACME_OTHER: 'x' });
  await ready(monitor);
  const commands = new Set<string>();
  const printed: Ran[] = [];
  /** A command as a person types it, with whatever is seen of it from outside. */
  const type = async (args: readonly string[], input = '') => {
    const ran = await whileWatching(commands, runMonitor([...args, '--config', config.path], {}, input));
    printed.push(ran);
    return ran;
  };
  const secretOf = (id: string) => secrets.get(id) ?? '';
  return { ids, secrets, secretOf, gateway, receiver, redis, config, monitor, type, commands, printed };
}

type Scene = Awaited<ReturnType<typeof setScene>>;

async function registerThree({ type, config, secretOf }: Scene): Promise<void> {
  const add = (id: string, ...flags: readonly string[]) => [
    'add',
    id,
    '--client-id',
    `${id}-id`,
    '--yes',
    ...flags,
  ];
  expect(
    await type(add('acme', '--tenant', 'Acme Corp', '--secret-stdin'), `${secretOf('acme')}\n`),
  ).toMatchObject({
    code: 0,
  });
  const file = await config.writeFile('globex.secret', secretOf('globex'));
  expect(await type(add('globex', '--secret-file', file))).toMatchObject({ code: 0 });
  const other = await config.writeFile('initech.secret', `${secretOf('initech')}\n`);
  expect(await type(add('initech', '--secret-exec', JSON.stringify(['cat', other])))).toMatchObject({
    code: 0,
  });
}

/** What the test itself wrote secrets into, as a person does. */
const OWN_FILES = ['globex.secret', 'initech.secret', 'fleet.csv', 'rotated.csv'];

/** All that lies beside the config, also what begins with a dot, but for these files and for folders. */
async function textsIn(folder: string, except: readonly string[]): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !except.includes(entry.name));
  const texts = files.map(({ name }) => readFile(join(folder, name), 'utf8'));
  return (await Promise.all(texts)).join('\n');
}

async function modesIn(folder: string) {
  const modeOf = async (path: string) => (await stat(path)).mode & 0o777;
  const files = await Promise.all((await readdir(folder)).map((name) => modeOf(join(folder, name))));
  return { folder: await modeOf(folder), files: [...new Set(files)] };
}

/** As a spreadsheet writes it, all cells in quotes. */
function csvOf(rows: readonly (readonly [id: string, secret: string])[]): string {
  const lines = rows.map(([id, secret]) => [id, `Customer "${id}", Inc`, `${id}-id`, secret]);
  return [['id', 'tenant', 'clientId', 'clientSecret'], ...lines]
    .map((cells) => `${cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')}\r\n`)
    .join('');
}

describe('a fleet that is registered while the monitor runs', () => {
  it('is watched, heals when a secret is rotated, and shows no secret to anybody', async () => {
    const scene = await setScene();
    const { ids, secrets, secretOf, gateway, receiver, redis, config, monitor, type, commands, printed } =
      scene;

    await registerThree(scene);
    const csv = csvOf(ids.slice(NAMES.length).map((id) => [id, secretOf(id)]));
    const file = await config.writeFile('fleet.csv', csv);
    const imported = await type(['import', file]);
    expect(imported).toMatchObject({ code: 0, stdout: expect.stringContaining('1000 rows: 1000 added') });
    await eventually('all are healthy', async () => {
      const all = await connections(monitor);
      return all.length === ids.length && all.every(({ state }) => state === 'healthy');
    });

    // Somebody generates new keys in the console and forgets the monitor, which finds out and is then told.
    const fresh = makeSecret('rotated');
    secrets.set('customer-7 after its rotation', fresh);
    gateway.rotate('customer-7-id', fresh);
    await becomes(monitor, 'customer-7', 'revoked');
    const firing = await receiver.waitFor(({ status }) => status === 'firing');
    expect(firing).toMatchObject({ kind: 'credential_invalid', connection: { id: 'customer-7' } });
    const update = await config.writeFile('rotated.csv', csvOf([['customer-7', fresh]]));
    expect(await type(['import', update, '--update'])).toMatchObject({ code: 0 });
    const resolved = await receiver.waitFor(({ status }) => status === 'resolved');
    expect(resolved).toMatchObject({ incident: firing.incident, resolution: 'recovered' });

    expect(await type(['disable', 'globex'])).toMatchObject({ code: 0 });
    expect(await type(['remove', 'acme', '--yes'])).toMatchObject({ code: 0 });
    await eventually('one is disabled, one is gone', async () => {
      const all = await connections(monitor);
      const globex = all.find(({ id }) => id === 'globex');
      return all.length === ids.length - 1 && globex?.state === 'disabled';
    });
    expect(receiver.received).toHaveLength(2);
    await expect(stat(join(config.folder, 'secrets.d', 'acme'))).rejects.toThrow('ENOENT');
    expect(await modesIn(join(config.folder, 'secrets.d'))).toEqual({ folder: 0o700, files: [0o600] });

    const answers = await Promise.all(
      ['/metrics', '/', '/api/v1/connections', '/api/v1/connections/customer-7', '/api/v1/incidents'].map(
        (path) => ask(monitor, path),
      ),
    );
    expect(await monitor.stop()).toBe(0);
    const places = {
      'the config': await textsIn(config.folder, OWN_FILES),
      'what the commands printed': printed.map(({ stdout, stderr }) => stdout + stderr).join('\n'),
      'the process list': [...commands].join('\n'),
      'the answers': answers.map(({ text }) => text).join('\n'),
      'the log': monitor.output(),
      'the messages': receiver.received.map(({ body }) => body).join('\n'),
      Redis: await dump(redis.client()),
    };
    // The search itself is not blind: what is no secret is found.
    for (const [place, text] of Object.entries(places))
      expect([place, /customer-7|tenants\.yaml/.test(text)]).toEqual([place, true]);
    const found = [...secrets].flatMap(([whose, secret]) => {
      const forms = formsOf(secret);
      return Object.entries(places)
        .filter(([, text]) => forms.some((form) => text.includes(form)))
        .map(([place]) => `${whose} in ${place}`);
    });
    expect(found).toEqual([]);
  }, 120_000);
});
