import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { soakOptions } from './soak/options.ts';
import { reportText, roundLine } from './soak/report.ts';
import { soak } from './soak/soak.ts';

/**
 * `npm run soak [-- MINUTES] [--connections N] [--write FILE]`: the real program on a real Redis, an hour by default, with
 * random faults; every invariant is looked at each minute. `SOAK_SEED` repeats the draws of a run. Ends with 1 when
 * something was violated.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { connections: { type: 'string' }, write: { type: 'string' } },
});
const { SOAK_SEED, SOAK_MINUTES } = process.env;
const minutes = numberOf(positionals[0] ?? SOAK_MINUTES ?? '60');
const seed = SOAK_SEED === undefined ? Date.now() % 1_000_000 : numberOf(SOAK_SEED);
const connections = values.connections === undefined ? null : numberOf(values.connections);
const options = soakOptions(minutes, seed, connections);

print(`SOAK_SEED=${seed}: ${options.connections} connections for ${minutes} minutes`);
const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());
const report = await soak(options, (seen) => print(roundLine(seen)), ending.signal).catch(
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    // What the soak was in the middle of must not keep the process.
    process.exit(1);
  },
);
print(reportText(report));
if (values.write !== undefined) await writeFile(values.write, reportText(report));
process.exitCode = report.violations.length === 0 ? 0 : 1;

function numberOf(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new RangeError(`${text}: write a number above 0`);
  return value;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
