// npm run audit: asks the registry for known vulnerabilities of the packages in the lock file.
// Ends with 0: none in what is shipped, 1: some, 3: the registry could not be asked.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { packages } = JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8'));
const { stdout } = spawnSync('npm', ['audit', '--json', '--package-lock-only'], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 64 * 2 ** 20,
  stdio: ['ignore', 'pipe', 'ignore'],
});

const report = parsed(stdout);
if (report?.vulnerabilities === undefined) {
  const reason = report?.message ?? report?.error?.summary ?? 'npm gave no answer';
  // The address of a registry is nobody's business in a log.
  process.stdout.write(`not asked: ${String(reason).replace(/https?:\/\/\S+/g, 'the registry')}\n`);
  process.exitCode = 3;
} else {
  const found = Object.values(report.vulnerabilities).map((one) => ({
    ...one,
    shipped: one.nodes.some(isShipped),
  }));
  for (const { name, severity, shipped, via } of found) {
    const why = via.map((one) => (typeof one === 'string' ? `through ${one}` : `${one.title} ${one.url}`));
    process.stdout.write(
      `${shipped ? 'shipped' : 'tests and build only'}: ${severity}: ${name}: ${why.join('; ')}\n`,
    );
  }
  const shipped = found.filter((one) => one.shipped).length;
  process.stdout.write(
    `${shipped} packages with known vulnerabilities are shipped, ${found.length - shipped} are not\n`,
  );
  process.exitCode = shipped === 0 ? 0 : 1;
}

function isShipped(path) {
  const { dev, devOptional } = packages[path] ?? {};
  return !dev && !devOptional;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
