import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Reloader } from '../../src/app/reloading.ts';
import type { Config } from '../../src/config/config.ts';
import { ConfigError } from '../../src/config/config-error.ts';
import type { Marks } from '../../src/config/marks.ts';
import { configOf, processOf, type TestProcess } from '../helpers/parts.ts';
import { startTestRedis, type TestRedis } from '../helpers/redis.ts';

const entry = (id: string) => ({ id, region: 'us', clientId: `${id}-id`, clientSecret: `${id}-secret` });

let server: TestRedis;
let monitor: TestProcess;

beforeAll(async () => {
  server = await startTestRedis();
});
afterEach(async () => {
  await monitor.close();
  await server.flush();
});
afterAll(() => server.stop());

interface Scene {
  readonly reloader: Reloader;
  /** What the files hold from now on, or what is wrong with them. */
  files: Config | ConfigError;
  /** How often the files were read. */
  loaded: number;
  /** The ids of the connections of every config that was taken up. */
  readonly applied: string[][];
  /** The next time a config is taken up, that fails. */
  failOnce: Error | null;
  /** What was looked at instead of all before, and what besides. */
  readonly watched: ['update' | 'add', Marks][];
}

/** A reloader whose files and workers are the test's. */
async function setScene(running: Config): Promise<Scene> {
  monitor = await processOf(server, running);
  const scene: Scene = {
    files: running,
    loaded: 0,
    applied: [],
    failOnce: null,
    watched: [],
    reloader: new Reloader({
      parts: monitor.parts,
      load: async () => {
        scene.loaded += 1;
        if (scene.files instanceof ConfigError) throw scene.files;
        return scene.files;
      },
      apply: async (config) => {
        const failure = scene.failOnce;
        scene.failOnce = null;
        if (failure) throw failure;
        scene.applied.push(config.connections.map(({ id }) => id));
      },
      changed: () => undefined,
      watch: {
        update: (read) => void scene.watched.push(['update', read]),
        add: (read) => void scene.watched.push(['add', read]),
      },
    }),
  };
  return scene;
}

/** A reload that was asked for when no other was under way reads the files at once. */
const begun = () => new Promise<void>((resolve) => setImmediate(resolve));
const runningIds = () => monitor.parts.config.get().connections.map(({ id }) => id);
const successful = async () =>
  /^mimecast_monitor_config_last_reload_successful (\d)$/m.exec(await monitor.registry.metrics())?.[1];

describe('a reload', () => {
  it('puts a changed config in force, and tells what changed', async () => {
    const scene = await setScene(await configOf({ connections: [entry('acme')] }));
    scene.files = await configOf({ connections: [entry('acme'), entry('globex')] });
    expect(await scene.reloader.reload(false)).toMatchObject({ kind: 'reloaded', added: 1, unchanged: 1 });
    expect(scene.applied).toEqual([['acme', 'globex']]);
    expect(runningIds()).toEqual(['acme', 'globex']);
  });

  it('applies nothing when nothing changed', async () => {
    const scene = await setScene(await configOf({ connections: [entry('acme')] }));
    expect(await scene.reloader.reload(false)).toMatchObject({ kind: 'reloaded', unchanged: 1 });
    expect(scene.applied).toEqual([]);
  });

  it('forgets the secrets of what has gone, and of nothing else', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'mcm-reload-')), 'secret');
    await writeFile(file, 'hunter2', { mode: 0o600 });
    const globex = { ...entry('globex'), clientSecret: { file } };
    const scene = await setScene(await configOf({ connections: [entry('acme'), globex] }));
    const find = () => monitor.parts.secrets.find({ kind: 'file', path: file }, { fresh: true });
    await find();
    await rm(dirname(file), { recursive: true });

    scene.files = await configOf({ connections: [entry('acme'), { ...globex, interval: '7m' }] });
    await scene.reloader.reload(false);
    expect((await find()).secret.reveal()).toBe('hunter2');
    scene.files = await configOf({ connections: [entry('acme')] });
    await scene.reloader.reload(false);
    await expect(find()).rejects.toThrow('does not exist');
  });

  it('serves all that asked while another one was under way, but for those that allow removals', async () => {
    const scene = await setScene(await configOf({ connections: [entry('acme')] }));
    const changed = await configOf({ connections: [entry('acme'), entry('globex')] });
    const first = scene.reloader.reload(false);
    await begun();
    const later = Array.from({ length: 50 }, () => scene.reloader.reload(false));
    const allowing = scene.reloader.reload(true);
    scene.files = changed;
    expect(await first).toMatchObject({ kind: 'reloaded' });
    for (const outcome of await Promise.all([...later, allowing]))
      expect(outcome).toMatchObject({ kind: 'reloaded' });
    expect(scene.loaded).toBe(3);
    expect(scene.applied).toEqual([['acme', 'globex']]);
    await scene.reloader.reload(false);
    expect(scene.loaded).toBe(4);
  });

  it('whose application failed is applied again by the next one, although the files are the same', async () => {
    const scene = await setScene(await configOf({ connections: [entry('acme')] }));
    scene.files = await configOf({ connections: [entry('acme'), entry('globex')] });
    scene.failOnce = new Error('Redis is away');
    await expect(scene.reloader.reload(false)).rejects.toThrow('Redis is away');
    expect(scene.applied).toEqual([]);

    expect(await scene.reloader.reload(false)).toMatchObject({ kind: 'reloaded' });
    expect(scene.applied).toEqual([['acme', 'globex']]);
    await scene.reloader.reload(false);
    expect(scene.applied).toHaveLength(1);
  });

  it('that broke off is made good without anybody asking, and then is done with', async () => {
    const scene = await setScene(await configOf({ connections: [entry('acme')] }));
    scene.files = await configOf({ connections: [entry('acme'), entry('globex')] });
    await scene.reloader.followUp();
    expect(scene.applied).toEqual([]);
    scene.failOnce = new Error('Redis is away');
    await expect(scene.reloader.reload(false)).rejects.toThrow('Redis is away');

    await scene.reloader.followUp();
    expect(scene.applied).toEqual([['acme', 'globex']]);
    scene.files = await configOf({ connections: [entry('acme')] });
    await scene.reloader.followUp();
    expect(scene.applied).toHaveLength(1);
  });

  it('whose application failed is undone when the files go back to what they were', async () => {
    const before = await configOf({ connections: [entry('acme')] });
    const scene = await setScene(before);
    scene.files = await configOf({ connections: [entry('acme'), entry('globex')] });
    scene.failOnce = new Error('Redis is away');
    await expect(scene.reloader.reload(false)).rejects.toThrow('Redis is away');

    scene.files = before;
    await scene.reloader.reload(false);
    expect(runningIds()).toEqual(['acme']);
    expect(scene.applied).toEqual([['acme']]);
  });

  it('that is refused keeps the running config, says so, and watches the new files besides the old', async () => {
    const scene = await setScene(await configOf({ connections: [entry('acme')] }));
    scene.files = new ConfigError(
      'config_invalid',
      ['tenants.yaml:1:1: chekcs: is not a known key'],
      new Map([['/new', 'absent']]),
    );
    expect(await scene.reloader.reload(false)).toMatchObject({ kind: 'rejected' });
    expect(scene.reloader.status().refusal).toContain('chekcs');
    expect(await successful()).toBe('0');
    expect(scene.applied).toEqual([]);
    expect(scene.watched).toEqual([['add', new Map([['/new', 'absent']])]]);

    scene.files = monitor.parts.config.get();
    await scene.reloader.reload(false);
    expect(scene.reloader.status().refusal).toBeNull();
    expect(await successful()).toBe('1');
  });

  it('waits for the one before it, and then reads what is there by then', async () => {
    const scene = await setScene(await configOf({ connections: [entry('acme')] }));
    scene.files = await configOf({ connections: [entry('acme'), entry('globex')] });
    scene.failOnce = new Error('Redis is away');
    const first = scene.reloader.reload(false);
    await begun();
    const second = scene.reloader.reload(false);
    await expect(first).rejects.toThrow('Redis is away');
    scene.files = await configOf({ connections: [entry('acme'), entry('initech')] });
    await second;
    await scene.reloader.reload(false);
    expect(scene.applied.at(-1)).toEqual(['acme', 'initech']);
  });

  it('that was refused for its removals is made when another process was told that they are meant', async () => {
    const many = ['acme', 'globex', 'initech', 'umbrella', 'hooli', 'stark', 'wayne'].map(entry);
    const scene = await setScene(await configOf({ connections: many }));
    scene.files = await configOf({ connections: [entry('acme')] });
    expect(await scene.reloader.reload(false)).toMatchObject({ kind: 'rejected' });
    await scene.reloader.followUp();
    expect(runningIds()).toHaveLength(7);

    await monitor.parts.processes.allowRemovals(scene.files.hash);
    await scene.reloader.followUp();
    expect(runningIds()).toEqual(['acme']);
    expect(scene.reloader.status().refusal).toBeNull();
  });
});

describe('what gets lost or doubtful by a reload that is not refused', () => {
  const warnings = () => monitor.lines.filter(({ level }) => level === 40);

  it('is logged: the connections that are gone, and what was no warning before', async () => {
    const old = await configOf({ connections: [entry('acme'), entry('globex'), entry('initech')] });
    const scene = await setScene({ ...old, warnings: ['tenants.yaml:1:1: known'] });
    const lost = await configOf({ connections: [entry('acme')] });
    scene.files = {
      ...lost,
      dataDir: old.dataDir,
      warnings: ['tenants.yaml:1:1: known', 'tenants.yaml:2:2: new'],
    };
    await scene.reloader.reload(false);
    expect(warnings()).toMatchObject([
      { msg: 'tenants.yaml:2:2: new' },
      {
        msg: 'connections left the config and are watched no more',
        connections: ['globex', 'initech'],
        count: 2,
      },
    ]);
    await scene.reloader.reload(false);
    expect(warnings()).toHaveLength(2);
  });
});

describe('what only a new process can take up', () => {
  const restart = (name: string) =>
    `${name} was changed; that takes effect when the monitor is started again`;
  const said = () => monitor.lines.filter(({ level }) => level === 40).map(({ msg }) => msg);

  it.each<[string, object, object, string[]]>([
    [
      'a literal Redis URL',
      { redis: { url: 'redis://:hunter1@127.0.0.1' } },
      { redis: { url: 'redis://:hunter2@127.0.0.1' } },
      ['redis.url'],
    ],
    [
      'another source of the Redis URL',
      { redis: { url: { env: 'HUNTER1' } } },
      { redis: { url: { env: 'HUNTER2' } } },
      ['redis.url'],
    ],
    ['a Redis URL that was none before', {}, { redis: { url: 'redis://:hunter2@127.0.0.1' } }, ['redis.url']],
    [
      'a literal token',
      { http: { token: 'hunter1-hunter1-hunter1' } },
      { http: { token: 'hunter2-hunter2-hunter2' } },
      ['http'],
    ],
    ['an address', { http: { listen: '127.0.0.1:9464' } }, { http: { listen: '127.0.0.1:9465' } }, ['http']],
    ['a data folder', { dataDir: '/srv/hunter1' }, { dataDir: '/srv/hunter2' }, ['dataDir']],
    [
      'several at once',
      { redis: { url: 'redis://:hunter1@127.0.0.1' }, http: { token: 'hunter1-hunter1-hunter1' } },
      { redis: { url: 'redis://:hunter2@127.0.0.1' }, http: { token: 'hunter2-hunter2-hunter2' } },
      ['redis.url', 'http'],
    ],
    ['nothing', {}, { checks: { interval: '7m' } }, []],
    [
      'nothing, beside a literal token that stays',
      { http: { token: 'hunter1-hunter1-hunter1' } },
      { http: { token: 'hunter1-hunter1-hunter1' }, checks: { interval: '7m' } },
      [],
    ],
  ])('is pointed out by name, without its value: %s', async (_, before, after, names) => {
    const connections = [entry('acme')];
    const [old, changed] = await Promise.all(
      [before, after].map((more) => configOf({ ...more, connections })),
    );
    if (!old || !changed) throw new Error('both configs are needed');
    const scene = await setScene(old);
    // The default folder stands beside the file, as warnings name it, and each of these files had one of its own.
    const dataDir = 'dataDir' in after ? changed.dataDir : old.dataDir;
    scene.files = { ...changed, dataDir, warnings: old.warnings };
    expect(await scene.reloader.reload(false)).toMatchObject({ kind: 'reloaded' });
    expect(said()).toEqual(names.map(restart));
    expect(JSON.stringify(monitor.lines)).not.toMatch(/hunter/i);
  });

  it('is pointed out once: not by every later reload, and also when the first one failed', async () => {
    const connections = [entry('acme')];
    const scene = await setScene(await configOf({ connections }));
    const { dataDir } = monitor.parts.config.get();
    const redis = { url: 'redis://:hunter2@127.0.0.1' };
    scene.files = { ...(await configOf({ connections, redis })), dataDir };
    scene.failOnce = new Error('Redis is away');
    await expect(scene.reloader.reload(false)).rejects.toThrow('Redis is away');
    for (let again = 0; again < 2; again += 1) await scene.reloader.reload(false);
    expect(said()).toEqual([restart('redis.url')]);
  });
});
