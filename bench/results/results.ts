import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Results, ScenarioResult } from './scenario-result.ts';
import { renderTable } from './table.ts';

const SOURCE = fileURLToPath(new URL('../results.json', import.meta.url));
const TABLE = fileURLToPath(new URL('../RESULTS.md', import.meta.url));

/** Replaces what is known of one scenario, and writes the table anew; `order` is that of the scenarios. */
export async function keepResult(
  name: string,
  result: ScenarioResult,
  order: readonly string[],
): Promise<void> {
  const results: Results = { ...(await readResults()), [name]: result };
  const sorted = Object.fromEntries(order.flatMap((key) => (results[key] ? [[key, results[key]]] : [])));
  await writeFile(SOURCE, `${JSON.stringify(sorted, null, 2)}\n`);
  await writeFile(TABLE, renderTable(sorted));
}

async function readResults(): Promise<Results> {
  try {
    return JSON.parse(await readFile(SOURCE, 'utf8')) as Results;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}
