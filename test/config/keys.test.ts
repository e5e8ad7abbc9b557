import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ConfigFolder, makeConfigFolder } from './config-folder.ts';

const HEAD = 'version: 1\n';
const REF = 'a text, {env: NAME}, {file: PATH} or {exec: [command, argument]}';

let folder: ConfigFolder;
beforeEach(async () => {
  folder = await makeConfigFolder();
});
afterEach(() => folder.remove());

async function keysOf(yaml: string) {
  await folder.write('tenants.yaml', HEAD + yaml);
  const { connections } = await folder.load();
  return connections.map(({ clientId, clientSecret }) => ({ clientId, clientSecret }));
}

function file(path: string) {
  return { kind: 'file', path: join(folder.path, path) };
}

describe('where a connection finds its keys', () => {
  it('puts the id into the path of a file', async () => {
    expect(
      await keysOf(
        "connections:\n  - {id: acme, region: us, clientId: {file: 'ids/{id}'}, clientSecret: {file: '{id}/{id}.key'}}\n",
      ),
    ).toEqual([{ clientId: file('ids/acme'), clientSecret: file('acme/acme.key') }]);
  });

  it('puts the id into every argument of a command, but not into the program', async () => {
    const [keys] = await keysOf(
      "connections:\n  - {id: acme, region: us, clientId: a, clientSecret: {exec: ['{id}', '-f={id}', 'a/{id}/{id}']}}\n",
    );
    expect(keys?.clientSecret).toEqual({
      kind: 'exec',
      command: ['{id}', '-f=acme', 'a/acme/acme'],
      directory: folder.path,
    });
  });

  it('takes a path that ends in / for a directory with a file for each connection', async () => {
    expect(
      await keysOf(
        'connections:\n  - {id: acme, region: us, clientId: {file: secrets/}, clientSecret: {file: secrets/}}\n',
      ),
    ).toEqual([{ clientId: file('secrets/acme.client-id'), clientSecret: file('secrets/acme') }]);
  });

  it('leaves braces alone in literals, in names, and where no connection is meant', async () => {
    await folder.write(
      'tenants.yaml',
      `${HEAD}http: {token: {file: '{id}'}}\nconnections:\n  - {id: acme, region: us, clientId: '{id}', clientSecret: {env: S}}\n`,
    );
    const { http, connections } = await folder.load();
    expect(http.token).toEqual(file('{id}'));
    expect(connections[0]?.clientId).toMatchObject({ kind: 'literal' });
    expect(JSON.stringify(connections[0]?.clientSecret)).toBe('{"kind":"env","name":"S"}');
  });
});

describe('keys that the defaults say where to find', () => {
  it('serve whoever says nothing, each with its own, and start in the folder of the main file', async () => {
    await folder.write(
      'tenants.yaml',
      `${HEAD}defaults: {region: us, clientId: {file: ids/}, clientSecret: {exec: [vault, 'mimecast/{id}']}}\n` +
        'include: [more/*.yaml]\nconnections:\n  - {id: acme}\n  - {id: globex, clientId: abc}\n',
    );
    await folder.write('more/a.yaml', 'connections:\n  - {id: initech, clientSecret: {file: mine}}\n');
    const { connections } = await folder.load();
    const vault = (id: string) => ({
      kind: 'exec',
      command: ['vault', `mimecast/${id}`],
      directory: folder.path,
    });
    expect(connections.map(({ clientSecret }) => clientSecret)).toEqual([
      vault('acme'),
      vault('globex'),
      file('more/mine'),
    ]);
    expect(connections.map(({ clientId }) => clientId)).toEqual([
      file('ids/acme.client-id'),
      { kind: 'literal', value: expect.anything() },
      file('ids/initech.client-id'),
    ]);
  });

  it('are read the same from a file big enough to be read line by line', async () => {
    const items = Array.from(
      { length: 3_000 },
      (_, n) => `  - id: acme-${n}\n    clientId: { file: 'ids/{id}' }\n    tenant: Acme\n`,
    );
    const keys = await keysOf(
      `defaults: {region: us, clientSecret: {file: secrets/}}\nconnections:\n${items.join('')}`,
    );
    expect(keys).toHaveLength(3_000);
    expect(keys[2_999]).toEqual({
      clientId: file('ids/acme-2999'),
      clientSecret: file('secrets/acme-2999'),
    });
  });

  it.each([
    [
      'a literal, which cannot be right for all',
      'defaults: {region: us, clientSecret: hunter2}\nconnections:\n  - {id: acme, clientId: a}\n',
      [
        '2:38: defaults.clientSecret: must be {env: NAME}, {file: PATH} or {exec: [command, argument]}: the same value cannot be right for all',
      ],
    ],
    [
      'one of another kind',
      'defaults: {region: us, clientId: {fil: x/}, clientSecret: 5}\nconnections: [{id: acme}]\n',
      [
        '2:34: defaults.clientId: must be {env: NAME}, {file: PATH} or {exec: [command, argument]}; did you mean file?',
        '2:59: defaults.clientSecret: must be {env: NAME}, {file: PATH} or {exec: [command, argument]}',
      ],
    ],
    [
      'a command that is none',
      'defaults: {region: us, clientId: {exec: []}}\nconnections: [{id: acme, clientSecret: {env: S}}]\n',
      ['2:41: defaults.clientId.exec: must not be an empty list'],
    ],
    [
      'a misspelt key, which nobody lacks for that',
      'defaults: {region: us, clientSecrt: {file: x/}}\nconnections: [{id: acme, clientId: a}]\n',
      ['2:24: defaults.clientSecrt: is not a known key; did you mean clientSecret?'],
    ],
    [
      'nothing for one of the two',
      'defaults: {region: us, clientId: {file: x/}}\nconnections:\n  - {id: acme, interval: 1}\n',
      [
        `4:5: connections[0].clientSecret: is missing; write ${REF}`,
        '4:26: connections[0].interval: must be a duration from 5s to 1d, such as 5m; add a unit: ms, s, m, h or d',
      ],
    ],
  ])('refuse %s', async (_name, yaml, lines) => {
    await folder.write('tenants.yaml', HEAD + yaml);
    expect(await folder.mistakes()).toEqual(lines.map((line) => `tenants.yaml:${line}`));
  });
});
