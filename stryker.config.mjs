/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: ['src/domain/**/*.ts'],
  testRunner: 'in-process',
  plugins: ['./scripts/mutation/runner.mjs', './scripts/mutation/prose.mjs'],
  ignorers: ['prose'],
  coverageAnalysis: 'perTest',
  concurrency: 1,
  // Little more than what the tests of the pure code need is copied for the mutants, and nothing that a linter would read.
  ignorePatterns: [
    '/.stryker',
    '/bench',
    '/biome.json',
    '/config',
    '/dashboards',
    '/data',
    '/deploy',
    '/dist',
    '/docs',
    '/test/faults',
    '/test/stack',
  ],
  // TypeScript 7 has no compiler API for other programs, and swc strips the types without it.
  tsconfigFile: 'none.json',
  disableTypeChecks: false,
  checkers: [],
  // For machines that are busy with other things: what loops for ever is found by the number of its turns.
  timeoutMS: 20_000,
  timeoutFactor: 1.5,
  // Modules that were loaded for a mutant stay in memory until the process ends.
  maxTestRunnerReuse: 300,
  // Results are kept from run to run, file by file.
  incremental: true,
  incrementalFile: '.stryker/incremental.json',
  tempDirName: '.stryker/tmp',
  reporters: ['clear-text', 'progress-append-only', 'json'],
  jsonReporter: { fileName: '.stryker/report.json' },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportScoreTable: true },
};
