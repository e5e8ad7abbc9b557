import { decode } from '../config/decode.ts';
import { isMapping } from '../config/plain-value.ts';
import { readBytes } from '../config/read-file.ts';
import { readSource, type Source } from '../config/source.ts';
import { readCsv } from './csv.ts';
import { type ImportRow, type ImportTable, nothingBut } from './table.ts';

/** Reads what is to be imported, by the name of the file: `.csv` or `.tsv`, otherwise JSON, NDJSON or YAML. */
export async function readImportFile(file: string): Promise<ImportTable> {
  return /\.[ct]sv$/i.test(file) ? readCsvFile(file) : itemsOf(await readSource(file));
}

async function readCsvFile(file: string): Promise<ImportTable> {
  const content = await readBytes(file);
  if (typeof content === 'string') return nothingBut(1, content);
  const text = decode(content.bytes);
  return typeof text === 'string' ? readCsv(text) : nothingBut(text.position.line, text.message);
}

/** A list of connections, or an object that holds one as a config file does. */
function itemsOf(source: Source): ImportTable {
  const problems = source.problems.map(({ position, message }) => ({ line: position.line, message }));
  const { value } = source;
  if (value === undefined) return { rows: [], problems };
  const list = Array.isArray(value) ? value : connectionsIn(value);
  if (list === null) return nothingBut(1, 'must be a list of connections, or {"connections": […]}');
  const base = Array.isArray(value) ? [] : ['connections'];
  const told = new Set(problems.map(({ line }) => line));
  const rows = list
    .map((item, index) => ({ line: source.locate([...base, index], 'value').line, item }))
    .filter(({ line }) => !told.has(line));
  const [good, strange] = [rows.filter(isRow), rows.filter((row) => !isRow(row))];
  return {
    rows: good,
    problems: [...problems, ...strange.map(({ line }) => ({ line, message: 'must be an object' }))],
  };
}

function isRow(row: { readonly line: number; readonly item: unknown }): row is ImportRow {
  return isMapping(row.item);
}

function connectionsIn(value: unknown): readonly unknown[] | null {
  if (typeof value !== 'object' || value === null || !('connections' in value)) return null;
  return Array.isArray(value.connections) ? value.connections : null;
}
