// npm leaves out of package-lock.json the optional packages it could not see when it wrote the file (those for other
// systems, on a registry that mirrors only some), and `npm ci` then refuses the file everywhere. This adds them:
// their versions are fixed by the packages that ask for them, and their systems are in their names.
// Run it after each change of the dependencies: `npm run lock`.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const PROCESSORS = [
  'arm',
  'arm64',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
];
const LIBRARIES = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl', musleabihf: 'musl' };

/** The entries that are missing, by their place in the lock file. */
export function missingEntries(packages) {
  const missing = {};
  for (const [place, parent] of Object.entries(packages)) {
    if (place === '') continue;
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      const found = lookUp(packages, place, name);
      if (!found) missing[`node_modules/${name}`] = entryFor(name, version, parent);
    }
  }
  return missing;
}

/** As Node looks for it: in the package's own node_modules, then in those of the folders around it. */
function lookUp(packages, place, name) {
  for (let folder = place; ; folder = folder.slice(0, Math.max(folder.lastIndexOf('/node_modules/'), 0))) {
    if (packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`] !== undefined) return true;
    if (folder === '') return false;
  }
}

function entryFor(name, version, parent) {
  const words = name.slice(name.lastIndexOf('/') + 1).split('-');
  const os = words.filter((word) => SYSTEMS.includes(word));
  const cpu = words.filter((word) => PROCESSORS.includes(word));
  if (!/^\d+\.\d+\.\d+$/.test(version) || os.length !== 1) {
    throw new Error(
      `${name}@${version} is missing from package-lock.json and its system can't be told from its name.`,
    );
  }
  const libc = os[0] === 'linux' ? words.flatMap((word) => LIBRARIES[word] ?? []) : [];
  return {
    version,
    ...(cpu.length === 0 ? {} : { cpu }),
    ...(parent.dev ? { dev: true } : {}),
    ...(libc.length === 0 ? {} : { libc }),
    license: parent.license,
    optional: true,
    os,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = fileURLToPath(new URL('../package-lock.json', import.meta.url));
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  const missing = missingEntries(lock.packages);
  const entries = Object.entries({ ...lock.packages, ...missing });
  // npm sorts by the English order of the paths and writes two spaces.
  entries.sort(([left], [right]) => left.localeCompare(right, 'en'));
  writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(entries) }, null, 2)}\n`);
  process.stderr.write(`package-lock.json: ${Object.keys(missing).length} entries added\n`);
}
