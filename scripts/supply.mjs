// What must hold of everything that is not written here: the packages and the images that others make.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path) => readFileSync(`${root}${path}`, 'utf8');
const problems = [];

/** Shipped packages that would run something when they are installed, and do their work without it. */
const NEED_NO_SCRIPT = new Map([
  ['msgpackr-extract', 'only faster with it, and it comes ready-made in optional packages without a script'],
]);

const { dependencies, devDependencies } = JSON.parse(read('package.json'));
for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
  if (!/^\d+\.\d+\.\d+$/.test(version))
    problems.push(`package.json: ${name} must be one exact version, not ${version}`);
}

const { packages } = JSON.parse(read('package-lock.json'));
for (const [path, { dev, devOptional, optional, hasInstallScript, integrity, version }] of Object.entries(
  packages,
)) {
  if (path === '') continue;
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const shipped = !dev && !devOptional;
  if (shipped && hasInstallScript && !(optional && NEED_NO_SCRIPT.has(name))) {
    problems.push(`package-lock.json: ${name} ${version} runs a script when it is installed, and is shipped`);
  }
  // Those that scripts/complete-lock.mjs added for other systems have none: no registry was there to say it.
  if (!optional && !/^sha512-/.test(integrity ?? '')) {
    problems.push(`package-lock.json: ${name} ${version} has no sha512 to be told from another by`);
  }
}

if (!/^ignore-scripts=true$/m.test(read('.npmrc'))) problems.push('.npmrc: must say ignore-scripts=true');

/** Ours has the version of package.json. */
const OURS = 'mimecast-credential-monitor';
for (const file of readdirSync(root).filter((name) => /^(Dockerfile|docker-compose)/.test(name))) {
  for (const [, image] of read(file).matchAll(/^(?:FROM|\s*image:)\s+(\S+)/gm)) {
    if (image.startsWith(OURS) || /:\D*\d+\.\d+\.\d+[\w.-]*(@sha256:[0-9a-f]{64})?$/.test(image)) continue;
    problems.push(`${file}: ${image} must name the whole version`);
  }
}

for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exitCode = 1;
