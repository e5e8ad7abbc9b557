// node --import tsx test/fuzz/run.ts CASES SEED TARGET…: gives each target its share of the cases, and says on stdout
// where it is, one line each, for whoever watches that it goes on.
import { writeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import type { Target } from './target.ts';

/** Read only when they are run. */
const TARGETS: Readonly<Record<string, () => Promise<Target>>> = {
  answers: async () => (await import('./targets/answers.ts')).answers,
  configs: async () => (await import('./targets/configs.ts')).configs,
  imports: async () => (await import('./targets/imports.ts')).imports,
  requests: async () => (await import('./targets/requests.ts')).requests,
};
/** What a run must find fault with; they are run by name alone. */
const WRONG: Readonly<Record<string, () => Promise<Target>>> = {
  broken: async () => (await import('./targets/wrong.ts')).broken,
  endless: async () => (await import('./targets/wrong.ts')).endless,
  talkative: async () => (await import('./targets/wrong.ts')).talkative,
};

const [casesText = '2000', seedText = '1', ...names] = process.argv.slice(2);
const wanted = names.length === 0 ? Object.values(TARGETS) : names.flatMap((name) => known(name));
const chosen = await Promise.all(wanted.map((load) => load()));
const shares = chosen.reduce((sum, { share }) => sum + share, 0);

for (const target of chosen) {
  const cases = Math.round((Number(casesText) * target.share) / shares);
  await runTarget(target, cases, Number(seedText));
}

function known(name: string): readonly (() => Promise<Target>)[] {
  return [TARGETS[name] ?? WRONG[name]].flatMap((load) => load ?? []);
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

/** Written at once, and waited for: a case that never ends lets nothing be written afterwards. */
function say(line: object): void {
  for (;;) {
    try {
      writeSync(1, `${JSON.stringify(line)}\n`);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      // The reader is behind. So short a line is written whole or not at all.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
