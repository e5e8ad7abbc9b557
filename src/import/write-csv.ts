import { COLUMN_NAMES, cellsOf } from './columns.ts';

/** Connections as a CSV file (RFC 4180, but with plain line feeds) that `readCsv` reads as the same connections. */
export function writeCsv(items: readonly Readonly<Record<string, unknown>>[]): string {
  const rows = items.map(cellsOf);
  const used = new Set(rows.flatMap((row) => [...row.keys()]));
  const labels = [...used].filter((name) => name.startsWith('label.')).toSorted();
  const names = [...COLUMN_NAMES.filter((name) => name === 'id' || used.has(name)), ...labels];
  const lines = [names, ...rows.map((row) => names.map((name) => row.get(name) ?? ''))];
  return lines.map((cells) => `${cells.map(quoted).join(',')}\n`).join('');
}

function quoted(cell: string): string {
  return /[",;\t\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
