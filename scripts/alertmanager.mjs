// The tests send alerts to a real Alertmanager. Debian's package would start a service on port 9093, so it is not
// installed: its program is taken out of the package into .cache/, which needs no rights and touches nothing else.
import { accessSync, constants, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { privilegePrefix, root, run, say } from './setup.mjs';

const PACKAGE = 'prometheus-alertmanager';
const cache = join(root, '.cache');
const unpacked = join(cache, 'alertmanager');

/** Where test/helpers/alertmanager.ts looks too: on PATH under either name, and in .cache/. */
function isThere() {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const programs = folders.flatMap((folder) => [join(folder, PACKAGE), join(folder, 'alertmanager')]);
  return [...programs, join(unpacked, 'usr', 'bin', PACKAGE)].some(isExecutable);
}

/** Makes sure of the program on Debian and its kin; elsewhere says what to type, and one test will fail for it. */
export function ensureAlertmanager() {
  if (isThere()) return;
  say(`taking Alertmanager out of Debian's package ${PACKAGE}, for the tests`);
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'download-'));
  try {
    if (download(folder) && unpack(folder) && isThere()) return;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const lines = [
    'The test of the alertmanager channel will fail: it needs the program. Type the line for your system:',
    `  Debian, Ubuntu: apt-get install ${PACKAGE} && systemctl disable --now ${PACKAGE}`,
    '  Others:         get it from https://prometheus.io/download/#alertmanager and put alertmanager on PATH',
  ];
  for (const line of lines) process.stderr.write(`${line}\n`);
}

function download(folder) {
  const get = () => run('apt-get', ['download', '-q', PACKAGE], { cwd: folder }).status === 0;
  if (get()) return true;
  // The lists of packages are missing (fresh containers have none) or too old, and only root may renew them.
  const prefix = privilegePrefix();
  if (prefix === null) return false;
  const [command, ...args] = [...prefix, 'apt-get', 'update', '-q'];
  run(command, args);
  return get();
}

function unpack(folder) {
  const file = readdirSync(folder).find((name) => name.endsWith('.deb'));
  if (file === undefined) return false;
  const fresh = join(folder, 'unpacked');
  if (run('dpkg-deb', ['-x', join(folder, file), fresh]).status !== 0) return false;
  rmSync(unpacked, { recursive: true, force: true });
  renameSync(fresh, unpacked);
  return true;
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
