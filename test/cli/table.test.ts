import { describe, expect, it } from '@jest/globals';
import { type Column, paintFor, renderTable, wrap } from '../../src/cli/table.ts';

interface Row {
  readonly name: string;
  readonly count: number | null;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'NAME', cell: ({ name }) => name, tone: () => 'good' },
  { title: 'COUNT', cell: ({ count }) => count, align: 'right' },
];

describe('renderTable', () => {
  it('aligns its columns and shows a missing value as a dash', () => {
    const rows = [
      { name: 'acme-siem', count: 5 },
      { name: 'globex', count: null },
    ];
    expect(renderTable(rows, COLUMNS)).toBe(
      ['NAME       COUNT', 'acme-siem      5', 'globex         -', ''].join('\n'),
    );
  });

  it('gives wide characters the room they take on a terminal', () => {
    const rows = [{ name: '株式会社', count: 1 }];
    expect(renderTable(rows, COLUMNS)).toBe(['NAME      COUNT', '株式会社      1', ''].join('\n'));
  });

  it('lets nothing through that could move the cursor or reorder the text', () => {
    const rows = [{ name: 'ac\u001b[2Jme\u202e\n\u0007x', count: 1 }];
    expect(renderTable(rows, COLUMNS).split('\n')[1]).toMatch(/^ac \[2Jme x +1$/);
  });

  it('lines up the same with colours', () => {
    const paint = paintFor({ isTTY: true }, {});
    const rows = [
      { name: 'acme-siem', count: 5 },
      { name: 'globex', count: 7 },
    ];
    const coloured = renderTable(rows, COLUMNS, paint);
    expect(coloured).toContain('\u001b[32mglobex\u001b[0m   ');
    expect(coloured.replaceAll(/\[\d+m/g, '').replaceAll('\u001b', '')).toBe(renderTable(rows, COLUMNS));
  });
});

describe('paintFor', () => {
  it.each([
    ['a pipe', {}, {}],
    ['NO_COLOR', { isTTY: true }, { NO_COLOR: '1' }],
    ['a dumb terminal', { isTTY: true }, { TERM: 'dumb' }],
  ])('leaves texts as they are for %s', (_, stream, env) => {
    expect(paintFor(stream, env)('bad', 'text')).toBe('text');
  });
});

describe('wrap', () => {
  it('breaks at spaces, keeps long words whole and indents every line', () => {
    expect(wrap('one two a-very-long-word three', 9, '  ')).toBe(
      ['  one two', '  a-very-long-word', '  three'].join('\n'),
    );
  });
});
