// How test files are loaded outside of Jest: types are stripped by swc, as Jest does it, and what the tests ask
// Jest for comes from globals.mjs. Node calls these hooks in a thread of their own.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform } from '@swc/core';

const REPLACED = new Map([
  ['@jest/globals', new URL('globals.mjs', import.meta.url).href],
  ['fast-check', new URL('fast-check.mjs', import.meta.url).href],
]);

/** Source without its types, by path: a module is loaded anew for each static mutant, and transformed once. */
const stripped = new Map();

export async function resolve(specifier, context, next) {
  const parent = context.parentURL ? new URL(context.parentURL) : null;
  if (!parent?.pathname.endsWith('.ts')) return next(specifier, context);
  const replaced = REPLACED.get(specifier);
  if (replaced !== undefined) return { url: replaced, format: 'module', shortCircuit: true };
  const found = await next(specifier, context);
  // What a module of one generation imports is of the same generation, so that module-level code runs again.
  return new URL(found.url).pathname.endsWith('.ts')
    ? { ...found, url: `${found.url}${parent.search}`, format: 'module' }
    : found;
}

export async function load(url, context, next) {
  if (!new URL(url).pathname.endsWith('.ts')) return next(url, context);
  const path = fileURLToPath(url);
  let source = stripped.get(path);
  if (source === undefined) {
    source = await strip(path);
    stripped.set(path, source);
  }
  return { format: 'module', source, shortCircuit: true };
}

async function strip(path) {
  const options = {
    filename: path,
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'es6' },
    configFile: false,
    swcrc: false,
  };
  return (await transform(await readFile(path, 'utf8'), options)).code;
}
