import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readCsv } from '../../src/import/csv.ts';

describe('a CSV file of connections', () => {
  it('gives a connection for each row, with the line it begins on', () => {
    const text =
      'id,tenant,clientId,clientSecretEnv,label.tier,channels,enabled,confirmations\nacme,"Acme, Inc",abc,ACME,gold,soc;mail,no,4\n\nglobex,,x,Y,,,,\n';
    expect(readCsv(text)).toEqual({
      rows: [
        {
          line: 2,
          item: {
            id: 'acme',
            tenant: 'Acme, Inc',
            clientId: 'abc',
            clientSecret: { env: 'ACME' },
            labels: { tier: 'gold' },
            channels: ['soc', 'mail'],
            enabled: false,
            confirmations: 4,
          },
        },
        { line: 4, item: { id: 'globex', clientId: 'x', clientSecret: { env: 'Y' } } },
      ],
      problems: [],
    });
  });

  it.each([
    ['a byte order mark', '\uFEFFid,clientId\r\nacme,a\r\n'],
    ['semicolons', 'id;clientId\nacme;a\n'],
    ['tabs', 'id\tclientId\nacme\ta\n'],
    ['line ends of old Macs', 'id,clientId\racme,a\r'],
    ['headings written by people', 'ID,Client ID\nacme,a\n'],
    ['snake case', 'id,client_id\nacme,a'],
    ['quotes around everything', '"id","clientId"\n"acme","a"\n'],
    ['blanks around values', 'id , clientId\n acme , a \n'],
    ['empty rows of a spreadsheet', 'id,clientId\nacme,a\n,\n,\n'],
  ])('is read with %s', (_name, text) => {
    expect(readCsv(text)).toEqual({ rows: [{ line: 2, item: { id: 'acme', clientId: 'a' } }], problems: [] });
  });

  it('keeps line breaks and quotes inside quotes, and counts the lines they take', () => {
    const { rows } = readCsv('id,tenant\nacme,"Acme\n""the"" Corp"\nglobex,G\n');
    expect(rows).toEqual([
      { line: 2, item: { id: 'acme', tenant: 'Acme\n"the" Corp' } },
      { line: 4, item: { id: 'globex', tenant: 'G' } },
    ]);
  });

  it.each([
    ['no id', 'tenant,clientId\nAcme,a\n', 1, 'the column id is missing; it names each connection'],
    [
      'an unknown column',
      'id,tennant\nacme,A\n',
      1,
      'the column "tennant" is not known; did you mean tenant?',
    ],
    [
      'a column twice',
      'id,tenant,Tenant\nacme,A,B\n',
      1,
      'the column tenant is there twice; keep one of them',
    ],
    ['no heading', 'id,,tenant\nacme,x,A\n', 1, 'a column has no heading; give it one or delete it'],
    ['nothing', '', 1, expect.stringMatching(/^is empty; its first line names the columns: id,/)],
    [
      'too many cells',
      'id,tenant\nacme,Acme, Inc\n',
      2,
      'has 3 cells, but the first line names 2 columns; put a text that holds the separator in double quotes',
    ],
    [
      'a secret twice',
      'id,clientSecret,clientSecretEnv\nacme,x,Y\n',
      2,
      'clientSecretEnv: clientSecret is given in another column, too; keep one of them',
    ],
    [
      'a quote that is never closed',
      'id,tenant\nglobex,G\nacme,"Acme\n',
      3,
      'a cell begins with a double quote that is never closed; nothing after it could be read',
    ],
    [
      'a quote inside a cell',
      'id,tenant\nacme,"Acme" Corp\n',
      2,
      'a double quote stands inside a cell; write it twice, and the whole cell in double quotes; nothing after it could be read',
    ],
    [
      'a quote inside a cell without quotes',
      'id,tenant\nacme,Acme "the" Corp\n',
      2,
      'a double quote stands inside a cell; write it twice, and the whole cell in double quotes',
    ],
  ])('says where it is wrong: %s', (_name, text, line, message) => {
    expect(readCsv(text).problems).toEqual([{ line, message }]);
  });

  it('does not lose the good rows for a bad one', () => {
    const { rows, problems } = readCsv('id,tenant\nacme,A\nglobex,G,too much\ninitech,I\n');
    expect(rows.map(({ item }) => item['id'])).toEqual(['acme', 'initech']);
    expect(problems.map(({ line }) => line)).toEqual([3]);
  });

  it('says so where a quote leaves open what the rows after it are', () => {
    const { rows, problems } = readCsv('id,tenant\nacme,A\nglobex,"Globex" Inc\ninitech,"I"\nhooli,H\n');
    expect(rows.map(({ item }) => item['id'])).toEqual(['acme']);
    expect(problems).toEqual([
      { line: 3, message: expect.stringMatching(/nothing after it could be read$/) },
    ]);
  });

  it('goes on behind a quote that leaves nothing open', () => {
    const { rows, problems } = readCsv('id,tenant\nglobex,Globex "the" Inc\ninitech,"I"\n');
    expect(rows.map(({ item }) => item['id'])).toEqual(['initech']);
    expect(problems.map(({ line }) => line)).toEqual([2]);
  });

  it('never repeats a cell, which may be a secret, where the headings are missing', () => {
    const { problems } = readCsv('acme,s3cr3t/with+signs==,s3cr3t-7,3f9c1e\nglobex,x,y,z\n');
    expect(problems).toEqual([
      { line: 1, message: 'must name the columns first: id,tenant,region,baseUrl,clientId,clientIdEnv,…' },
    ]);
  });

  it('gives back any table that was written by the rules of RFC 4180', () => {
    // What a spreadsheet can't tell apart is left out: blanks around a value, and cells that are empty.
    const cell = fc
      .string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
      .filter((value) => value === value.trim());
    const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 20 }), fc.constantFrom('\n', '\r\n'), (tenants, end) => {
        const lines = tenants.map((tenant, index) => `acme-${index},${quoted(tenant)}`);
        const { rows, problems } = readCsv(['id,tenant', ...lines, ''].join(end));
        expect(problems).toEqual([]);
        expect(rows.map(({ item }) => item['tenant'])).toEqual(tenants);
      }),
    );
  });

  it('answers any text without an exception', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', 'a', ';', ' ', '\0') }), (text) => {
        readCsv(text);
        readCsv(`id,tenant\n${text}`);
      }),
    );
  });
});

describe('a file full of quotes', () => {
  it('is given up after some, as it would keep the reader busy for minutes', () => {
    const { rows, problems } = readCsv(`id,clientId\nacme,abc\n${'{"a":'.repeat(60_000)}`);
    expect(rows).toHaveLength(1);
    expect(problems.at(-1)?.message).toContain('nothing after it could be read');
  });
});
