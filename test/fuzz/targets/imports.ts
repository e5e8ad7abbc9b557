import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { readImportFile } from '../../../src/import/read-file.ts';
import { nameRows } from '../../../src/import/rows.ts';
import { hold } from '../hold.ts';
import { changed } from '../mutate.ts';
import { assertNoSecret, corpus } from '../secret.ts';
import type { Target } from '../target.ts';

const samples = corpus('import');
const csv = samples.filter(({ name }) => /csv|tsv/.test(name));
const json = samples.filter(({ name }) => /json/.test(name));

const pathological = fc
  .tuple(
    fc.constantFrom('"', ',', '\n', '"a', 'id,', '\r', 'label.a,', '[', '{"a":'),
    fc.integer({ min: 1, max: 2_000 }),
  )
  .map(([piece, times]) => Buffer.from(`id,clientSecret\n${piece.repeat(times)}`));

const anyFile = fc.oneof(
  { weight: 8, arbitrary: fc.record({ name: fc.constantFrom('in.csv', 'in.tsv'), bytes: changed(csv) }) },
  {
    weight: 4,
    arbitrary: fc.record({ name: fc.constantFrom('in.json', 'in.ndjson', 'in.yaml'), bytes: changed(json) }),
  },
  { weight: 1, arbitrary: fc.record({ name: fc.constantFrom('in.csv', 'in.json'), bytes: pathological }) },
);

/** Any bytes are rows and problems; a row that can't be read is told by its line, and by none of its values. */
export const imports: Target = {
  name: 'imports',
  share: 3,
  async run({ cases, seed, begin }) {
    const folder = await mkdtemp(join(tmpdir(), 'mcm-fuzz-'));
    try {
      const property = fc.asyncProperty(anyFile, async ({ name, bytes }) => {
        begin();
        const file = join(folder, name);
        await writeFile(file, bytes);
        const { rows, problems } = nameRows(await readImportFile(file));
        for (const { line, message } of problems) {
          assert.ok(Number.isInteger(line) && line >= 1, `a problem in line ${line}`);
          assertNoSecret(message, 'by a problem');
          assert.ok(message.length < 1_000, `a message of ${message.length} characters`);
        }
        assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length, 'two rows of one name');
        for (const { secret } of rows) assertNoSecret(inspect(secret) + JSON.stringify(secret), 'by a row');
      });
      await hold(property, { cases, seed });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
