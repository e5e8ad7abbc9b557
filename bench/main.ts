import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scenario } from './bench.ts';
import { circumstances } from './results/machine.ts';
import { keepResult } from './results/results.ts';
import type { Row } from './results/row.ts';
import { Endings } from './running/children.ts';
import { coldStart } from './scenarios/cold-start.ts';
import { growth } from './scenarios/growth.ts';
import { hangingGateway } from './scenarios/hanging-gateway.ts';
import { hundredThousand } from './scenarios/hundred-thousand.ts';
import { pipeline } from './scenarios/pipeline.ts';
import { profile } from './scenarios/profile.ts';
import { secondWorker } from './scenarios/second-worker.ts';
import { tenThousand } from './scenarios/ten-thousand.ts';

/**
 * `npm run bench [-- SCENARIO…]`: measures, prints, and keeps in results.json and RESULTS.md. Without a name, all but
 * the profiles, which are taken by name alone. BENCH_QUICK=1 makes everything short and small, and keeps nothing.
 */
const SCENARIOS: readonly Scenario[] = [
  { name: 'pipeline', run: pipeline },
  { name: 'ten-thousand', run: tenThousand },
  { name: 'hundred-thousand', run: hundredThousand },
  { name: 'cold-start', run: coldStart },
  { name: 'growth', run: growth },
  { name: 'second-worker', run: secondWorker },
  { name: 'hanging-gateway', run: hangingGateway },
];
const PROFILE: Scenario = { name: 'profile', run: profile };

const quick = process.env['BENCH_QUICK'] === '1';
const given = process.argv.slice(2);
const known = [...SCENARIOS, PROFILE];
const unknown = given.filter((name) => !known.some((scenario) => scenario.name === name));
if (unknown.length > 0) {
  print(`There is no scenario ${unknown.join(', ')}; there are: ${known.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const whole = new Endings();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void whole.run().then(() => process.exit(130)));
}
const folder = await mkdtemp(join(tmpdir(), 'mcm-bench-'));
whole.add(() => rm(folder, { recursive: true, force: true }));
try {
  for (const scenario of given.length === 0 ? SCENARIOS : known.filter(({ name }) => given.includes(name))) {
    await runOne(scenario);
  }
} finally {
  await whole.run();
}

/** A scenario that fails leaves its rows as they were, and the others are measured all the same. */
async function runOne({ name, run }: Scenario): Promise<void> {
  const begun = performance.now();
  print(`\n${name}${quick ? ' (quick: no measurement)' : ''}`);
  const endings = new Endings();
  whole.add(() => endings.run());
  try {
    const rows = await run({ quick, folder, endings, say: (text) => print(`  … ${text}`) });
    for (const row of rows) print(shown(row));
    if (rows.length > 0 && !quick) {
      const order = SCENARIOS.map((scenario) => scenario.name);
      await keepResult(name, { ...circumstances(new Date()), rows }, order);
    }
  } catch (error) {
    print(`  failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    process.exitCode = 1;
  } finally {
    await endings.run();
  }
  print(`  took ${((performance.now() - begun) / 1_000).toFixed(0)} s`);
}

function shown({ what, target, measured, reached, note }: Row): string {
  const mark = reached === null ? ' ' : reached ? '+' : '-';
  return `  ${mark} ${what}: ${measured}${target === null ? '' : ` (${target})`}\n      ${note}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
