// Every package of the lock file must be under a licence that asks for no more than a mention, and docs/licences.md must
// name those that are shipped: `npm run licences -- --write` writes it.
import { readFileSync, writeFileSync } from 'node:fs';

const LIST = new URL('../docs/licences.md', import.meta.url);

const PERMISSIVE = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
  'Unlicense',
]);

/** Used by the tests alone and never shipped: data under a licence that is none of software, and a checker whose files stay as they are. */
const EXCEPTIONS = new Map([
  ['caniuse-lite', 'CC-BY-4.0'],
  ['axe-core', 'MPL-2.0'],
]);

/** SPDX expressions as they occur in lock files: names joined by OR (one must do) or AND (all must), no nesting. */
function isPermissive(expression) {
  const names = expression.replace(/^\(|\)$/g, '');
  if (/[()]/.test(names)) return false;
  return names.split(' OR ').some((choice) => choice.split(' AND ').every((name) => PERMISSIVE.has(name)));
}

const { packages } = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));
const refused = [];
for (const [path, { version, license }] of Object.entries(packages)) {
  if (path === '') continue;
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  if (typeof license === 'string' && (EXCEPTIONS.get(name) === license || isPermissive(license))) continue;
  refused.push(`${name} ${version}: ${license ?? 'names no licence'}`);
}

if (refused.length > 0) {
  process.stderr.write(`Packages whose licence is not on the list of scripts/licences.mjs:\n`);
  for (const line of [...new Set(refused)].sort()) process.stderr.write(`  ${line}\n`);
  process.exitCode = 1;
}

/** A table of what is shipped. */
function listOf(all) {
  const rows = Object.entries(all)
    .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional)
    .map(
      ([path, { version, license }]) =>
        `| ${path.slice(path.lastIndexOf('node_modules/') + 13)} | ${version} | ${license} |`,
    );
  const head = [
    '# Licences of what is shipped',
    '',
    'Written by `npm run licences -- --write` from `package-lock.json`, and checked by `npm run check`. The program itself is',
    'under Apache-2.0. The texts are in the packages themselves, below `node_modules` of the image.',
    '',
    '| package | version | licence |',
    '| --- | --- | --- |',
  ];
  return `${[...head, ...[...new Set(rows)].sort()].join('\n')}\n`;
}

function readList() {
  try {
    return readFileSync(LIST, 'utf8');
  } catch {
    return '';
  }
}

if (process.argv.includes('--write')) writeFileSync(LIST, listOf(packages));
else if (readList() !== listOf(packages)) {
  process.stderr.write(
    'docs/licences.md is not what the lock file says: type `npm run licences -- --write`.\n',
  );
  process.exitCode = 1;
}
