import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { FATES } from '../../src/cli/import-run.ts';
import { COLUMN_NAMES } from '../../src/import/columns.ts';
import { readCsv } from '../../src/import/csv.ts';
import { nameRows } from '../../src/import/rows.ts';

const text = await readFile(new URL('../../docs/registering.md', import.meta.url), 'utf8');

/** The words in backticks in the first cells of the table that begins with this heading. */
function namesIn(heading: string): readonly string[] {
  const [, table = ''] =
    new RegExp(`\\| ${heading} \\|[^\\n]*\\n\\|[-|]+\\|\\n((?:\\|[^\\n]*\\n)+)`).exec(text) ?? [];
  const cells = table.split('\n').map((line) => line.split('|')[1] ?? '');
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
}

describe('what the guide says of importing', () => {
  it('names every column, and no other', () => {
    expect(namesIn('column').toSorted()).toEqual([...COLUMN_NAMES, 'label.NAME'].toSorted());
  });

  it('names every fate, and no other', () => {
    expect(namesIn('fate').toSorted()).toEqual(FATES.toSorted());
  });

  it('has an example that is read', () => {
    const [, csv = ''] = /```csv\n([^`]*)```/.exec(text) ?? [];
    const { rows, problems } = nameRows(readCsv(csv));
    expect(problems).toEqual([]);
    expect(rows.map(({ item, secret }) => [item, secret?.reveal()])).toEqual([
      [
        { id: 'acme-siem', tenant: 'Acme Corp', region: 'us', clientId: 'abc123', labels: { tier: 'gold' } },
        'the-secret-of-acme',
      ],
      [
        { id: 'globex', tenant: 'Globex, Inc', region: 'uk', clientId: 'def456', labels: { tier: 'silver' } },
        'the-secret-of-globex',
      ],
    ]);
  });
});
