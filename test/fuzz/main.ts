// npm run fuzz [-- CASES [TARGET…]]: FUZZ_SEED repeats a run.
import { randomInt } from 'node:crypto';
import { fuzz } from './supervise.ts';

const [casesText = '100000', ...targets] = process.argv.slice(2);
const seed = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31));
const cases = Number(casesText);
if (!Number.isInteger(cases) || cases < 1 || !Number.isInteger(seed)) {
  process.stderr.write('usage: [FUZZ_SEED=NUMBER] npm run fuzz [-- CASES [TARGET…]]\n');
  process.exit(2);
}

process.stdout.write(`FUZZ_SEED=${seed}, ${cases} cases\n`);
const { failure, ran } = await fuzz({
  cases,
  seed,
  targets,
  onRan: ({ target, cases: count, seconds, slowestMs }) => {
    const figures = `${count} cases in ${seconds.toFixed(1)} s, the slowest ${slowestMs.toFixed(0)} ms`;
    process.stdout.write(`${target.padEnd(10)}${figures}\n`);
  },
});
if (failure !== null) {
  process.stderr.write(`${failure}\n`);
  process.exitCode = 1;
} else if (ran.length === 0) {
  process.stderr.write('There is no target of this name.\n');
  process.exitCode = 2;
}
