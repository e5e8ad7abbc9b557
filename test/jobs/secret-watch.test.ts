import { mkdir, mkdtemp, readdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { stampOf } from '../../src/config/secrets/file.ts';
import { createLookUp } from '../../src/config/secrets/resolve.ts';
import { createSecretResolver } from '../../src/config/secrets/resolver.ts';
import type { Connection } from '../../src/domain/connection.ts';
import type { HealthRecord } from '../../src/domain/record.ts';
import type { Reference } from '../../src/domain/reference.ts';
import { Secret } from '../../src/domain/secret.ts';
import { SecretWatch } from '../../src/jobs/secret-watch.ts';
import { recordOf } from '../helpers/fleet.ts';
import { connectionOf } from './connections.ts';

const CAST = ['acme', 'globex', 'initech'];
const FRESH = { lookedAt: 0, stale: false };

/** Real files and the real cache of secrets; Redis as far as the watch can tell. */
let folder: string;
let connections: readonly Connection[];
let records: Map<string, HealthRecord>;
/** Who was to be checked, look by look. */
let ordered: string[];
let watch: SecretWatch;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcm-watch-'));
  for (const id of CAST) await store(id, `${id}-old`);
  connections = CAST.map((id) => from(id, { kind: 'file', path: join(folder, id) }));
  records = new Map(CAST.map((id) => [id, checkedWith(`${id}-old`)]));
  ordered = [];
  const resolver = createSecretResolver({
    now: Date.now,
    lookUp: createLookUp({ PATH: process.env['PATH'] }),
  });
  watch = new SecretWatch({
    connections: () => connections,
    stampOf,
    find: (reference, fresh) => resolver.find(reference, { fresh }),
    fingerprint: (_gateway, _clientId, secret) => secret.reveal(),
    readMany: async (ids) => ids.map((id) => records.get(id) ?? null),
    check: async (_gateway, ids) => {
      ordered.push(...ids);
    },
  });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function from(id: string, clientSecret: Reference): Connection {
  return connectionOf(id, { clientSecret });
}

function literal(value: string): Reference {
  return { kind: 'literal', value: new Secret(value) };
}

function checkedWith(fingerprint: string): HealthRecord {
  return recordOf({ fingerprint });
}

/** Written aside and renamed, as whoever rotates secrets should. */
async function store(id: string, value: string): Promise<void> {
  await writeFile(join(folder, `.${id}`), value);
  await rename(join(folder, `.${id}`), join(folder, id));
}

async function look(): Promise<string[]> {
  ordered = [];
  await watch.look();
  return ordered;
}

describe('the watch over secrets', () => {
  it('has a connection checked whose secret file was replaced, and nobody else', async () => {
    expect(await look()).toEqual([]);
    await store('acme', 'acme-new');
    expect(await look()).toEqual(['acme']);
    records.set('acme', checkedWith('acme-new'));
    expect(await look()).toEqual([]);
  });

  it('has all checked that use the same file', async () => {
    connections = ['acme', 'globex'].map((id) => from(id, { kind: 'file', path: join(folder, 'acme') }));
    await look();
    await store('acme', 'new');
    expect(await look()).toEqual(['acme', 'globex']);
  });

  it('asks for no check when a file was touched or replaced by an equal one', async () => {
    await look();
    await utimes(join(folder, 'acme'), 1, 1);
    await store('globex', 'globex-old\n');
    expect(await look()).toEqual([]);
    await store('acme', 'acme-new');
    expect(await look()).toEqual(['acme']);
  });

  it('goes through a large fleet in rounds, and misses nobody', async () => {
    const stamps = new Map(Array.from({ length: 12_000 }, (_, index) => [join(folder, `many-${index}`), 1]));
    const paths = [...stamps.keys()];
    let looked = 0;
    const find = async () => ({ secret: new Secret('new'), lookedAt: 0, stale: false });
    const fleet = paths.map((path, index) => from(`many-${index}`, { kind: 'file', path }));
    const large = new SecretWatch({
      connections: () => fleet,
      stampOf: async (path) => {
        looked += 1;
        return stamps.get(path) ?? null;
      },
      find,
      fingerprint: (_gateway, _clientId, secret) => secret.reveal(),
      // The first looks find that all were checked with what they are now.
      readMany: async (ids) => ids.map((id) => records.get(id) ?? checkedWith('new')),
      check: async (_gateway, ids) => {
        ordered.push(...ids);
      },
    });
    for (let turn = 0; turn < 12; turn++) await large.look();
    expect(ordered).toEqual([]);
    // In three looks at most, wherever it stands in the round.
    for (const index of [11_999, 0]) {
      stamps.set(paths[index] ?? '', 2);
      records.set(`many-${index}`, checkedWith('old'));
    }
    looked = 0;
    for (let turn = 0; turn < 3; turn++) await large.look();
    expect(looked).toBe(12_000);
    expect(new Set(ordered)).toEqual(new Set(['many-0', 'many-11999']));
  });

  it('reads no more keys in one look than it may, however many may have changed', async () => {
    let read = 0;
    const fleet = Array.from({ length: 2_500 }, (_, index) => from(`many-${index}`, literal('old')));
    const rotated = fleet.map(({ id }) => from(id, literal('new')));
    let inForce = fleet;
    const large = new SecretWatch({
      connections: () => inForce,
      stampOf: async () => null,
      find: async (reference) => {
        read += 1;
        return { secret: reference.kind === 'literal' ? reference.value : new Secret(''), ...FRESH };
      },
      fingerprint: (_gateway, _clientId, secret) => secret.reveal(),
      readMany: async (ids) => ids.map((id) => checkedWith(ordered.includes(id) ? 'new' : 'old')),
      check: async (_gateway, ids) => {
        ordered.push(...ids);
      },
    });
    await large.look();
    inForce = rotated;
    for (let turn = 0; turn < 6; turn++) {
      const before = read;
      await large.look();
      // Two keys of each of a thousand.
      expect(read - before).toBeLessThanOrEqual(2_000);
    }
    expect(ordered.toSorted()).toEqual(fleet.map(({ id }) => id).toSorted());
  });

  it('takes the last value of a source that fails for no proof that nothing was replaced', async () => {
    const path = join(folder, 'acme');
    let found = { secret: new Secret('acme-old'), lookedAt: 0, stale: true };
    const fickle = new SecretWatch({
      connections: () => connections,
      stampOf,
      find: async (reference) =>
        reference.kind === 'file' && reference.path === path
          ? found
          : { secret: new Secret('any'), ...FRESH },
      fingerprint: (_gateway, _clientId, secret) => secret.reveal(),
      readMany: async (ids) => ids.map((id) => records.get(id) ?? null),
      check: async (_gateway, ids) => {
        ordered.push(...ids);
      },
    });
    connections = [from('acme', { kind: 'file', path })];
    await fickle.look();
    expect(ordered).toEqual([]);
    // The file has not changed since; this time it could be read.
    found = { ...found, secret: new Secret('acme-new'), stale: false };
    await fickle.look();
    expect(ordered).toEqual(['acme']);
  });

  it('knows what it has seen of a file, and goes on with its round, over configs that are read again', async () => {
    const stamps = new Map(Array.from({ length: 12_000 }, (_, index) => [join(folder, `many-${index}`), 1]));
    const fleet = [...stamps.keys()].map((path, index) => from(`many-${index}`, { kind: 'file', path }));
    let inForce = fleet;
    const looked: string[] = [];
    const large = new SecretWatch({
      connections: () => inForce,
      stampOf: async (path) => {
        looked.push(path);
        return stamps.get(path) ?? null;
      },
      find: async () => ({ secret: new Secret('new'), lookedAt: 0, stale: false }),
      fingerprint: (_gateway, _clientId, secret) => secret.reveal(),
      readMany: async (ids) => ids.map((id) => records.get(id) ?? checkedWith('new')),
      check: async (_gateway, ids) => {
        ordered.push(...ids);
      },
    });
    for (let turn = 0; turn < 12; turn++) await large.look();
    const place = (index: number) => join(folder, `many-${index}`);
    const change = (index: number) => {
      stamps.set(place(index), 2);
      records.set(`many-${index}`, checkedWith('old'));
    };
    looked.length = 0;
    await large.look();
    expect([looked[0], looked.at(-1)]).toEqual([place(0), place(4_999)]);
    // What follows has another place in the list than before; what was not asked about yet has changed meanwhile.
    inForce = fleet.slice(10);
    change(5_000);
    change(11_999);
    looked.length = 0;
    await large.look();
    await large.look();
    expect([looked[0], looked.at(-1)]).toEqual([place(5_000), place(11_999)]);
    expect([...new Set(ordered)]).toEqual(['many-5000', 'many-11999']);
  });

  it('notices what Kubernetes swaps behind a link', async () => {
    const project = async (name: string, value: string) => {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'acme'), value);
      await symlink(name, join(folder, '..data_tmp'));
      await rename(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    await project('..1', 'acme-old');
    await rm(join(folder, 'acme'));
    await symlink('..data/acme', join(folder, 'acme'));
    await look();
    await project('..2', 'acme-old');
    expect(await look()).toEqual([]);
    await project('..3', 'acme-new');
    expect(await look()).toEqual(['acme']);
  });

  it('notices a file that was gone for a while, when it comes back', async () => {
    await look();
    await rm(join(folder, 'acme'));
    expect(await look()).toEqual([]);
    await store('acme', 'acme-new');
    expect(await look()).toEqual(['acme']);
  });

  it('orders again while the record does not know the new secret, but not forever', async () => {
    await look();
    await store('acme', 'acme-new');
    const orders: string[][] = [];
    for (let round = 0; round < 8; round += 1) orders.push(await look());
    expect(orders.map(({ length }) => length)).toEqual([1, 1, 1, 1, 1, 0, 0, 0]);
  });

  it('goes on until the record is there', async () => {
    await look();
    records.delete('acme');
    await store('acme', 'acme-new');
    await look();
    records.set('acme', checkedWith('acme-new'));
    expect(await look()).toEqual([]);
  });

  it('notices another literal and another reference of a config that was read again', async () => {
    connections = [
      from('acme', literal('acme-old')),
      from('globex', literal('globex-old')),
      from('initech', { kind: 'file', path: join(folder, 'initech') }),
    ];
    await look();
    await store('elsewhere', 'initech-new');
    connections = [
      from('acme', literal('acme-old')),
      from('globex', literal('globex-new')),
      from('initech', { kind: 'file', path: join(folder, 'elsewhere') }),
    ];
    expect(await look()).toEqual(['globex', 'initech']);
  });

  it('leaves alone what is disabled, removed, or new', async () => {
    await look();
    await store('acme', 'acme-new');
    await store('globex', 'globex-new');
    connections = [
      connectionOf('acme', { enabled: false, clientSecret: { kind: 'file', path: join(folder, 'acme') } }),
      from('hooli', literal('hooli-new')),
    ];
    expect(await look()).toEqual([]);
  });

  it('catches up with what was replaced while nobody looked', async () => {
    await store('acme', 'acme-new');
    expect(await look()).toEqual(['acme']);
    records.set('acme', checkedWith('acme-new'));
    await look();
    watch.forget();
    await store('globex', 'globex-new');
    expect(await look()).toEqual(['globex']);
  });

  it('runs no command for that', async () => {
    connections = [
      from('acme', { kind: 'exec', command: ['touch', 'was-run'], directory: folder }),
      connectionOf('globex', {
        clientId: { kind: 'file', path: join(folder, 'globex') },
        clientSecret: { kind: 'exec', command: ['touch', 'was-run'], directory: folder },
      }),
    ];
    await look();
    expect(await readdir(folder)).not.toContain('was-run');
  });

  it('has checked what could not be read before, when its file comes, but not what waits for its first check', async () => {
    await rm(join(folder, 'acme'));
    await rm(join(folder, 'globex'));
    records.set('acme', recordOf({ fingerprint: null, lastVerdict: 'secret_unavailable' }));
    records.set('globex', recordOf({ fingerprint: null, lastCheckAt: null, lastVerdict: null }));
    expect(await look()).toEqual([]);
    await store('acme', 'acme-new');
    await store('globex', 'globex-new');
    expect(await look()).toEqual(['acme']);
  });
});
