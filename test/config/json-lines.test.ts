import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ConfigFolder, makeConfigFolder } from './config-folder.ts';

let folder: ConfigFolder;
beforeEach(async () => {
  folder = await makeConfigFolder();
  await folder.write('tenants.yaml', 'version: 1\ndefaults: { region: us }\ninclude: ["*.ndjson"]\n');
});
afterEach(() => folder.remove());

const line = (id: string, more: object = {}) =>
  JSON.stringify({ id, clientId: `${id}-id`, clientSecret: { file: `secrets/${id}` }, ...more });
const bulk = (size: number) => Array.from({ length: size }, (_, index) => line(`acme-${index}`));
const idsOf = async () => (await folder.load()).connections.map(({ id }) => id);

describe('an included *.ndjson file', () => {
  it('holds ten thousand connections, in order', async () => {
    await folder.write('fleet.ndjson', `${bulk(10_000).join('\n')}\n`);
    expect(await idsOf()).toEqual(Array.from({ length: 10_000 }, (_, index) => `acme-${index}`));
  });

  it.each<[string, string]>([
    ['blank lines', `\n\n${line('acme')}\n \t\n\n${line('globex')}\n\n`],
    ['a byte order mark', `\uFEFF${line('acme')}\n${line('globex')}\n`],
    ['the line ends of Windows', `${line('acme')}\r\n\r\n${line('globex')}\r\n`],
    ['a last line without an end', `${line('acme')}\n${line('globex')}`],
    ['spaces around', `  ${line('acme')}  \n\t${line('globex')}\n`],
    ['characters of other scripts', `${line('acme', { tenant: 'Ünïcødé 株式会社 ®' })}\n${line('globex')}\n`],
  ])('may have %s', async (_, text) => {
    await folder.write('fleet.ndjson', text);
    expect(await idsOf()).toEqual(['acme', 'globex']);
  });

  it.each<[string, string]>([
    ['as people write it', '"id":"globex"'],
    ['with a blank before one colon', '"id" :"globex"'],
    ['in an object inside', '"labels":{"tier":"gold","tier" : "silver"}'],
    ['beside a text that looks like a key', String.raw`"id" : "globex","tenant":"a\":b"`],
  ])('is refused when it gives a key twice, %s', async (_, second) => {
    const text = `{"id":"acme",${second},"clientId":"a","clientSecret":{"file":"secrets/acme"}}\n`;
    await folder.write('fleet.ndjson', text);
    await expect(folder.load()).rejects.toThrow('is given twice in the same place; keep one of them');
  });

  it.each<[string, string]>([
    ['nothing', ''],
    ['blank lines alone', '\n\r\n \n'],
  ])('may hold %s', async (_, text) => {
    await folder.write('fleet.ndjson', text);
    expect(await idsOf()).toEqual([]);
  });

  it('has all its mistakes told at once, each with its place, however many lines are good', async () => {
    const lines = bulk(10_000);
    lines[10] = line('acme-10').slice(0, -1);
    lines[4_999] = `  ${line('acme-9998')}`;
    lines[5_000] = '';
    lines[7_000] = line('acme-7000', { tennant: 'Acme' });
    lines[8_000] = `${line('acme-8000')},`;
    lines[8_500] = '[1]';
    lines[9_000] = '{"id":"acme-9000","id":"again","clientId":"a","clientSecret":{"env":"S"}}';
    lines[9_999] = `${line('acme-9999').replace('"clientId"', 'clientId')}`;
    await folder.write('fleet.ndjson', lines.join('\r\n'));
    const mistakes = await folder.mistakes();
    const misplaced =
      'has something here that does not belong; is a quote, bracket or colon missing before it?';
    expect(mistakes).toEqual([
      'fleet.ndjson:11:82: connections[10]: lacks a character here: a closing quote or bracket, a comma, or the space after a colon',
      'fleet.ndjson:7001:89: connections[6999].tennant: is not a known key; did you mean tenant?',
      `fleet.ndjson:8001:89: connections[7999]: ${misplaced}`,
      'fleet.ndjson:8501:1: connections[8499]: must be a mapping of keys to values',
      'fleet.ndjson:9001:19: connections[8999].id: is given twice in the same place; keep one of them',
      'fleet.ndjson:9999:7: connections[9997].id: is used already at fleet.ndjson:5000:9; give one of the two another id',
      'fleet.ndjson:10000:1: connections[9998]: is not a JSON object on one line; are quotes missing or is there a comma too many?',
    ]);
  });

  it('may not use an id of another file, nor of another line', async () => {
    await folder.write('a.ndjson', `${line('acme')}\n${line('globex')}\n`);
    await folder.write('b.ndjson', `\n${line('initech')}\n${line('globex')}\n${line('initech')}\n`);
    expect(await folder.mistakes()).toEqual([
      'b.ndjson:3:7: connections[1].id: is used already at a.ndjson:2:7; give one of the two another id',
      'b.ndjson:4:7: connections[2].id: is used already at b.ndjson:2:7; give one of the two another id',
    ]);
  });

  it('may be huge and wrong in every line, and all of it is told', async () => {
    await folder.write(
      'fleet.ndjson',
      bulk(3_000)
        .map((text) => text.replace('clientId', 'clientid'))
        .join('\n'),
    );
    const mistakes = await folder.mistakes();
    expect(mistakes).toHaveLength(3_000);
    expect(mistakes.at(-1)).toMatch(/^fleet\.ndjson:3000:\d+: connections\[2999\]\.clientid: /);
  });
});
