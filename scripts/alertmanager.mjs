// The tests send alerts to a real Alertmanager; they start one of their own from the program that is found here.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { privilegePrefix, run, say } from './setup.mjs';

/** Debian's name for the program, and everybody else's; test/helpers/alertmanager.ts looks for the same. */
const NAMES = ['prometheus-alertmanager', 'alertmanager'];

/** Makes sure of the program on Debian and its kin; elsewhere says what to type, and one test will fail for it. */
export function ensureAlertmanager() {
  if (isThere()) return;
  const prefix = privilegePrefix();
  if (prefix !== null) {
    say("installing Debian's package prometheus-alertmanager for the tests, without its service");
    const [command, ...args] = [...prefix, 'sh', join('scripts', 'install-alertmanager.sh')];
    run(command, args);
    if (isThere()) return;
  }
  const lines = [
    'The test of the alertmanager channel will fail: it needs the Alertmanager program. Type the line for your system:',
    '  Debian, Ubuntu: sudo sh scripts/install-alertmanager.sh',
    '  Others:         get it from https://prometheus.io/download/#alertmanager and put alertmanager on PATH',
  ];
  for (const line of lines) process.stderr.write(`${line}\n`);
}

function isThere() {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).some(isExecutable);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
