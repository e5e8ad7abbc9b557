import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readImportFile } from '../../src/import/read-file.ts';
import { differingKeys, nameRows } from '../../src/import/rows.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcm-import-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function read(name: string, content: string | Uint8Array) {
  const file = join(folder, name);
  await writeFile(file, content);
  return readImportFile(file);
}

describe('a file to import', () => {
  const acme = { id: 'acme', clientId: 'a', clientSecret: { env: 'ACME' } };

  it.each([
    ['acme.json', JSON.stringify([acme])],
    ['acme.json', JSON.stringify({ connections: [acme] })],
    ['acme.ndjson', `${JSON.stringify(acme)}\n`],
    ['acme.yaml', '- id: acme\n  clientId: a\n  clientSecret: { env: ACME }\n'],
    ['acme.csv', 'id,clientId,clientSecretEnv\nacme,a,ACME\n'],
    ['acme.TSV', 'id\tclientId\tclientSecretEnv\nacme\ta\tACME\n'],
  ])('may be %s', async (name, content) => {
    const { rows, problems } = await read(name, content);
    expect(problems).toEqual([]);
    expect(rows.map(({ item }) => item)).toEqual([acme]);
  });

  it('names the line of each connection', async () => {
    const { rows } = await read('fleet.json', '[\n  { "id": "acme" },\n\n  { "id": "globex" }\n]\n');
    expect(rows.map(({ line }) => line)).toEqual([2, 4]);
  });

  it('does not lose the good lines for a broken one', async () => {
    const { rows, problems } = await read(
      'fleet.ndjson',
      '{"id":"acme"}\n{"id":"globex",\n{"id":"initech"}\n[1]\n',
    );
    expect(rows.map(({ line, item }) => [line, item['id']])).toEqual([
      [1, 'acme'],
      [3, 'initech'],
    ]);
    expect(problems.map(({ line }) => line)).toEqual([2, 4]);
  });

  it.each([
    [
      'acme.csv',
      Buffer.from('id,tenant\nacme,M\u00fcller\n', 'latin1'),
      'is not UTF-8 text here, perhaps Latin-1; save it as UTF-8',
      2,
    ],
    ['acme.json', '{"tenants": []}', 'must be a list of connections, or {"connections": […]}'],
    ['acme.json', '', 'must be a list of connections, or {"connections": […]}'],
  ])('is refused with words when it is no such file: %s', async (name, content, message, line = 1) => {
    expect((await read(name, content)).problems).toEqual([{ line, message }]);
  });

  it.each(['nowhere.csv', 'nowhere.json'])('is missed with words: %s', async (name) => {
    const { problems } = await readImportFile(join(folder, name));
    expect(problems).toEqual([{ line: 1, message: 'does not exist' }]);
  });

  it('must be a file', async () => {
    expect((await readImportFile(folder)).problems).toHaveLength(1);
  });
});

describe('the rows of a file', () => {
  it('hand over a secret that redacts itself, and keep nothing of it', () => {
    const { rows } = nameRows({
      rows: [{ line: 2, item: { id: 'acme', clientSecret: 's3cr3t' } }],
      problems: [],
    });
    expect(rows[0]?.item).toEqual({ id: 'acme' });
    expect(rows[0]?.secret?.reveal()).toBe('s3cr3t');
    expect(inspect(rows, { depth: 9 }) + JSON.stringify(rows)).not.toContain('s3cr3t');
  });

  it('keep a reference where it is', () => {
    const item = { id: 'acme', clientSecret: { env: 'ACME' } };
    expect(nameRows({ rows: [{ line: 2, item }], problems: [] }).rows).toEqual([
      { line: 2, id: 'acme', item, secret: null },
    ]);
  });

  it.each([
    ['no id', {}, 'id: is missing; write a short name for the connection'],
    ['a number for an id', { id: 7 }, 'id: must be a text; put it in quotes'],
    ['an empty secret', { id: 'acme', clientSecret: '' }, /^clientSecret: must not be empty$/],
    ['a secret of two lines', { id: 'acme', clientSecret: 'a\nb' }, /^clientSecret: holds a line break/],
    [
      'a secret with blanks',
      { id: 'acme', clientSecret: ' a' },
      /^clientSecret: begins or ends with white space/,
    ],
  ])('are left out with words: %s', (_name, item, message) => {
    const { rows, problems } = nameRows({ rows: [{ line: 4, item }], problems: [] });
    expect(rows).toEqual([]);
    expect(problems).toEqual([
      { line: 4, message: typeof message === 'string' ? message : expect.stringMatching(message) },
    ]);
  });

  it('name the first of two with one id', () => {
    const row = (line: number) => ({ line, item: { id: 'acme' } });
    const { rows, problems } = nameRows({ rows: [row(2), row(9)], problems: [{ line: 5, message: 'x' }] });
    expect(rows.map(({ line }) => line)).toEqual([2]);
    expect(problems).toEqual([
      { line: 5, message: 'x' },
      { line: 9, message: 'id: acme stands in line 2 already; keep one of the two' },
    ]);
  });

  it('differ from what is registered by what they say, not by what they leave out', () => {
    const row = {
      line: 2,
      id: 'acme',
      item: { id: 'acme', tenant: 'Acme', labels: { a: 'b', c: 'd' } },
      secret: null,
    };
    const registered = { id: 'acme', tenant: 'Acme', labels: { c: 'd', a: 'b' }, interval: '1m' };
    expect(differingKeys(row, registered)).toEqual([]);
    expect(differingKeys(row, { ...registered, tenant: 'Acme Corp', labels: { a: 'b' } })).toEqual([
      'tenant',
      'labels',
    ]);
  });
});
