// node --import tsx test/fuzz/run.ts CASES SEED TARGET…: gives each target its share of the cases, and says on stdout
// where it is, one line each, for whoever watches that it goes on.
import { writeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import type { Target } from './target.ts';
import { answers } from './targets/answers.ts';
import { configs } from './targets/configs.ts';
import { imports } from './targets/imports.ts';
import { requests } from './targets/requests.ts';
import { broken, endless, talkative } from './targets/wrong.ts';

const TARGETS: readonly Target[] = [answers, configs, imports, requests];
/** What a run must find fault with; they are run by name alone. */
const WRONG: readonly Target[] = [broken, endless, talkative];

const [casesText = '2000', seedText = '1', ...names] = process.argv.slice(2);
const chosen =
  names.length === 0 ? TARGETS : [...TARGETS, ...WRONG].filter(({ name }) => names.includes(name));
const shares = chosen.reduce((sum, { share }) => sum + share, 0);

for (const target of chosen) {
  const cases = Math.round((Number(casesText) * target.share) / shares);
  await runTarget(target, cases, Number(seedText));
}

async function runTarget(target: Target, cases: number, seed: number): Promise<void> {
  const started = performance.now();
  let [begun, begunAt, slowest] = [0, started, 0];
  const lap = () => {
    const now = performance.now();
    if (begun > 0) slowest = Math.max(slowest, now - begunAt);
    begunAt = now;
  };
  const begin = () => {
    lap();
    begun += 1;
    say({ at: target.name, case: begun });
  };
  await target.run({ cases, seed, begin });
  lap();
  const seconds = (performance.now() - started) / 1_000;
  say({ done: target.name, cases: begun, seconds, slowestMs: slowest });
}

/** Written at once: a case that never ends lets nothing be written afterwards. */
function say(line: object): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}
