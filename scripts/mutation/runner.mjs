// Runs the tests of the pure code inside Stryker's own worker: they are loaded once and run for each mutant. Stryker's
// runner for Jest loads every test file anew for each mutant, which takes seconds where the tests take milliseconds.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { register } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import {
  DryRunStatus,
  determineHitLimitReached,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import { takeDeclared } from './globals.mjs';

/** Inside Stryker's copy of the project, which is the working folder. */
const TESTS = 'test/domain';
/** Rows of a table of long simulations, six of which have to do: every survivor would have to live through all of them. */
const LEFT_OUT = /^wipe\.test\.ts .* every [\d.]+ s from second (?!17 )/;
/** What the first run took, for the workers that come after it: quick tests go first, so that most mutants die soon. */
const DURATIONS = '.stryker-durations.json';

/** What mutated code asks for the active mutant and writes down what was run. */
const shared = globalThis[INSTRUMENTER_CONSTANTS.NAMESPACE] ?? {};
globalThis[INSTRUMENTER_CONSTANTS.NAMESPACE] = shared;

class InProcessRunner {
  #tests = null;
  #generation = 0;

  async init() {
    register('./loader.mjs', import.meta.url);
  }

  capabilities() {
    return { reloadEnvironment: true };
  }

  async dryRun() {
    const tests = await this.#load();
    const results = [];
    for (const test of tests) {
      shared.currentTestId = test.id;
      results.push(await run(test));
    }
    shared.currentTestId = undefined;
    const durations = Object.fromEntries(results.map(({ id, timeSpentMs }) => [id, timeSpentMs]));
    writeFileSync(DURATIONS, JSON.stringify(durations));
    return { status: DryRunStatus.Complete, tests: results, mutantCoverage: shared.mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, mutantActivation, hitLimit, disableBail }) {
    shared.hitCount = hitLimit === undefined ? undefined : 0;
    shared.hitLimit = hitLimit;
    try {
      if (mutantActivation === 'static') shared.activeMutant = activeMutant.id;
      const tests = mutantActivation === 'static' ? await this.#load() : await this.#loaded();
      shared.activeMutant = activeMutant.id;
      const wanted = testFilter && new Set(testFilter);
      const outcome = await runAll(wanted ? tests.filter(({ id }) => wanted.has(id)) : tests, disableBail);
      return toMutantRunResult(
        determineHitLimitReached(shared.hitCount, hitLimit) ?? {
          status: DryRunStatus.Complete,
          tests: outcome,
        },
      );
    } finally {
      shared.activeMutant = undefined;
    }
  }

  /** The tests without a mutant in their module-level code. */
  async #loaded() {
    this.#tests ??= await this.#load();
    return this.#tests;
  }

  /** Each time new modules: what runs while they are loaded runs with the mutant that is active now. */
  async #load() {
    this.#generation += 1;
    const tests = [];
    for (const file of readdirSync(TESTS).filter((name) => name.endsWith('.test.ts'))) {
      const path = resolve(TESTS, file);
      try {
        await import(`${pathToFileURL(path).href}?generation=${this.#generation}`);
        tests.push(...named(takeDeclared(), path, file));
      } catch (error) {
        takeDeclared();
        tests.push({
          id: `${file} is loaded`,
          name: `${file} is loaded`,
          path,
          body: () => Promise.reject(error),
        });
      }
    }
    return quickestFirst(tests.filter(({ id }) => !LEFT_OUT.test(id)));
  }
}

function named(declared, path, file) {
  const times = new Map();
  return declared.map(({ name, body }) => {
    const before = times.get(name) ?? 0;
    times.set(name, before + 1);
    // Two tests of a table may bear the same name.
    const id = `${file} ${name}${before === 0 ? '' : ` #${before + 1}`}`;
    return { id, name: id, path, body };
  });
}

function quickestFirst(tests) {
  const durations = readDurations();
  return tests.sort((left, right) => (durations[left.id] ?? 0) - (durations[right.id] ?? 0));
}

function readDurations() {
  try {
    return JSON.parse(readFileSync(DURATIONS, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw error;
  }
}

async function runAll(tests, disableBail) {
  const results = [];
  for (const test of tests) {
    const result = await run(test);
    results.push(result);
    if (result.status === TestStatus.Failed && !disableBail) break;
  }
  return results;
}

async function run({ id, name, path, body }) {
  const begin = performance.now();
  const common = () => ({ id, name, fileName: path, timeSpentMs: performance.now() - begin });
  try {
    await body();
    return { ...common(), status: TestStatus.Success };
  } catch (error) {
    return { ...common(), status: TestStatus.Failed, failureMessage: String(error?.message ?? error) };
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'in-process', InProcessRunner)];
