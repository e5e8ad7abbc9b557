// npm run --silent sbom: prints a CycloneDX bill of what is shipped, as the lock file says it. No package need be
// installed for it.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { name } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
const { packages } = JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8'));

// All are asked for: with `--omit dev` npm leaves out what a package for developers needs as well.
const options = ['--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only'];
const { status, stdout } = spawnSync('npm', ['sbom', ...options], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 64 * 2 ** 20,
  stdio: ['ignore', 'pipe', 'inherit'],
});
if (status === 0) process.stdout.write(`${JSON.stringify(shippedOnly(JSON.parse(stdout)), null, 2)}\n`);
else process.exitCode = 1;

function shippedOnly(bill) {
  const shipped = new Set(
    Object.entries(packages)
      .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional)
      .map(([path, { version }]) => `${path.slice(path.lastIndexOf('node_modules/') + 13)}@${version}`),
  );
  const components = bill.components.filter((one) => shipped.has(`${one.name}@${one.version}`));
  const known = new Set([bill.metadata.component['bom-ref'], ...components.map((one) => one['bom-ref'])]);
  const dependencies = bill.dependencies
    .filter(({ ref }) => known.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((one) => known.has(one)) }));
  // npm writes the name of the folder, which is another one on each machine.
  const component = { ...bill.metadata.component, name };
  return { ...bill, metadata: { ...bill.metadata, component }, components, dependencies };
}
