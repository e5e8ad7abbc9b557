import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Source } from '../../src/config/source.ts';
import { readCsv } from '../../src/import/csv.ts';
import { exportItems } from '../../src/import/export-items.ts';
import { writeCsv } from '../../src/import/write-csv.ts';

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
/** As a tenant's name may be: any text on one line, without blanks at its ends. */
const line = fc
  .string({ minLength: 1, maxLength: 20, unit: 'grapheme' })
  .filter((text) => text === text.trim() && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text));
const reference = fc.oneof(
  word,
  word.map((env) => ({ env: env.toUpperCase() })),
  line.map((file) => ({ file })),
  fc.array(line, { minLength: 1, maxLength: 4 }).map((exec) => ({ exec })),
);
const item = fc.record(
  {
    id: word,
    tenant: line,
    region: fc.constantFrom('us', 'uk', 'global'),
    clientId: reference,
    clientSecret: reference,
    interval: fc.constantFrom('1m', '5m'),
    confirmations: fc.integer({ min: 2, max: 20 }),
    secretExpiresAt: fc.constant('2027-03-01'),
    channels: fc.array(word, { minLength: 1, maxLength: 3 }),
    enabled: fc.boolean(),
    labels: fc.dictionary(word, line, { minKeys: 1, maxKeys: 3 }),
    probe: fc.record({ path: line, interval: fc.constant('1h') }),
  },
  { requiredKeys: ['id'] },
);

describe('an export as CSV', () => {
  it('is read as the same connections', () => {
    fc.assert(
      fc.property(fc.array(item, { maxLength: 10 }), (items) => {
        const { rows, problems } = readCsv(writeCsv(items));
        expect(problems).toEqual([]);
        expect(rows.map((row) => row.item)).toEqual(items);
      }),
      { numRuns: 500 },
    );
  });

  it('names only the columns that are used', () => {
    expect(
      writeCsv([
        { id: 'acme', labels: { tier: 'gold' } },
        { id: 'globex', tenant: 'Globex, Inc' },
      ]),
    ).toBe('id,tenant,label.tier\nacme,,gold\nglobex,"Globex, Inc",\n');
    expect(writeCsv([])).toBe('id\n');
  });
});

function sourceOf(directory: string, connections: readonly object[]): Source {
  return {
    file: `${directory}/fleet.yaml`,
    directory,
    value: { connections },
    bytes: new Uint8Array(),
    readableByOthers: false,
    missing: false,
    problems: [],
    locate: () => ({ line: 1, column: 1 }),
  };
}

describe('the connections to export', () => {
  it('are without the secrets that stand in the files', () => {
    const sources = [sourceOf('/etc/mcm', [{ id: 'acme', clientId: 'a', clientSecret: 's3cr3t' }])];
    expect(exportItems(sources)).toEqual([{ id: 'acme', clientId: 'a' }]);
  });

  it('name files from the folder of the main file, whichever file they stood in', () => {
    const items = exportItems([
      sourceOf('/etc/mcm', [{ id: 'acme', clientSecret: { file: 'secrets.d/acme' } }]),
      sourceOf('/etc/mcm/tenants.d', [
        { id: 'globex', clientId: { file: '../secrets.d/' }, clientSecret: { file: 'globex' } },
        { id: 'initech', clientSecret: { file: '/run/secrets/initech' } },
        { id: 'hooli', clientSecret: { exec: ['pass', 'show', 'hooli'] } },
      ]),
    ]);
    expect(items).toEqual([
      { id: 'acme', clientSecret: { file: 'secrets.d/acme' } },
      { id: 'globex', clientId: { file: 'secrets.d/' }, clientSecret: { file: 'tenants.d/globex' } },
      { id: 'initech', clientSecret: { file: '/run/secrets/initech' } },
      { id: 'hooli', clientSecret: { exec: ['pass', 'show', 'hooli'] } },
    ]);
  });
});
