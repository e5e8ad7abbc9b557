// What `npm run demo`, `npm test` and `npm start` need before the program itself can run: the npm packages, the
// build and a Redis server. Only Node's own modules are used here, since nothing else may be installed yet.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Something the user has to put right; the message says how, and no stack trace is wanted. */
export class SetupError extends Error {
  name = 'SetupError';
}

/** Installs the packages of the lock file unless exactly these are installed already. */
export function ensurePackages() {
  const reason = whyPackagesAreStale();
  if (reason === null) return;
  say(`installing npm packages (${reason})`);
  // Through npm itself where it started us, so that the same npm is used; its output is no output of the program.
  const npm = process.env.npm_execpath;
  const [command, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  const { status, error } = run(command, [...first, 'ci', '--include=dev', '--ignore-scripts']);
  if (status === 0) return;
  throw new SetupError(
    `\`npm ci\` failed (${error?.message ?? `exit code ${status}`}, see above). It needs Node 20.19 or newer and npm's ` +
      'registry, or a mirror of it (`npm config set registry URL`); without either, copy node_modules from a machine ' +
      'of the same kind.',
  );
}

/** npm writes down what it installed; that is compared with the lock file, package by package. */
function whyPackagesAreStale() {
  const installed = readJson(join(root, 'node_modules', '.package-lock.json'))?.packages;
  if (installed === undefined) return 'none are installed';
  const wanted = readJson(join(root, 'package-lock.json'))?.packages;
  if (wanted === undefined)
    throw new SetupError('package-lock.json is missing or damaged: check it out again.');
  for (const [path, { version, integrity, optional, devOptional, link }] of Object.entries(wanted)) {
    if (path === '' || link) continue;
    const found = installed[path];
    // An optional package is for another system, as a rule.
    if (found === undefined && (optional || devOptional)) continue;
    if (found?.version !== version || found?.integrity !== integrity) {
      return `${path.replace('node_modules/', '')} differs from package-lock.json`;
    }
  }
  return null;
}

/** Compiles src/ into dist/ unless dist/ was made from exactly these sources. */
export function ensureBuild({ force = false } = {}) {
  const stamp = hashSources();
  const stampFile = join(root, 'dist', '.built-from');
  if (!force && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  say('building dist/ from src/');
  // A fresh folder, so that the output of a deleted source does not live on.
  const fresh = join(root, `.dist-${process.pid}`);
  const old = join(root, `.dist-${process.pid}-old`);
  try {
    const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    for (const project of ['tsconfig.build.json', 'tsconfig.page.json']) {
      const { status } = run(process.execPath, [
        compiler,
        '-p',
        project,
        '--noEmit',
        'false',
        '--outDir',
        fresh,
      ]);
      if (status !== 0)
        throw new SetupError('The sources do not compile: the messages of the compiler are above.');
    }
    copyPageFiles(fresh);
    mkdirSync(fresh, { recursive: true });
    writeFileSync(join(fresh, '.built-from'), stamp);
    swapIn(fresh, old);
  } finally {
    for (const leftover of [fresh, old]) rmSync(leftover, { recursive: true, force: true });
  }
}

/** What the status page has besides modules is served as it is. */
function copyPageFiles(target) {
  const from = join(root, 'src', 'page');
  for (const name of readdirSync(from)) {
    if (/\.(css|svg|js)$/.test(name)) copyFileSync(join(from, name), join(target, 'page', name));
  }
}

/** Puts the new build in the place of the old one; another process may be doing the same. */
function swapIn(fresh, old) {
  const dist = join(root, 'dist');
  for (let attempt = 1; ; attempt += 1) {
    try {
      if (existsSync(dist)) renameSync(dist, old);
      renameSync(fresh, dist);
      return;
    } catch (error) {
      if (attempt === 5) throw error;
      rmSync(old, { recursive: true, force: true });
    }
  }
}

/** By content, not by time: a checkout or a copy changes times and nothing else. */
function hashSources() {
  const hash = createHash('sha256');
  const configs = readdirSync(root).filter((name) => /^tsconfig.*\.json$/.test(name));
  const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
  for (const path of [...configs, 'package-lock.json', ...sources].sort()) {
    const content = readFileSync(join(root, path));
    hash.update(`${path} ${content.length}\n`).update(content);
  }
  return `${hash.digest('hex')}\n`;
}

/** Makes sure of a Redis server program; on Debian and its kin it installs one where it may and is allowed to. */
export async function ensureRedis({ mayInstall }) {
  // The program itself knows best what it can run; dist/ exists by now.
  const { findServerBinary, installLines } = await import('../dist/redis/server-binary.js');
  if (findServerBinary(process.env) !== null) return;
  const prefix = mayInstall ? privilegePrefix() : null;
  if (prefix !== null) {
    // The tools hold the server program too; the package `redis-server` would start a service on port 6379.
    for (const name of ['redis-tools', 'redis-server']) {
      say(`installing Debian's package ${name} for its Redis server program`);
      aptInstall(prefix, name);
      if (findServerBinary(process.env) !== null) return;
    }
  }
  const lines = installLines().map((line) => `  ${line}`);
  throw new SetupError(
    ['A Redis server program is needed. Type the line for your system:', ...lines].join('\n'),
  );
}

function aptInstall(prefix, name) {
  const install = () =>
    run(...split([...prefix, 'apt-get', 'install', '-y', '-q', '--no-install-recommends', name]));
  if (install().status === 0) return;
  // The lists of packages are missing (fresh containers have none) or too old.
  run(...split([...prefix, 'apt-get', 'update', '-q']));
  install();
}

/** What to put before a command that needs root, or null when it may not or can't be had without a question. */
export function privilegePrefix() {
  const quiet = { stdio: 'ignore' };
  if (spawnSync('apt-get', ['--version'], quiet).status !== 0) return null;
  const environment = ['env', 'DEBIAN_FRONTEND=noninteractive'];
  if (process.getuid?.() === 0) return environment;
  return spawnSync('sudo', ['-n', 'true'], quiet).status === 0 ? ['sudo', '-n', ...environment] : null;
}

function split([command, ...args]) {
  return [command, args];
}

/** Runs a command in the project with its output on stderr: stdout belongs to the program. */
export function run(command, args) {
  return spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

export function say(text) {
  process.stderr.write(`set-up: ${text}\n`);
}
