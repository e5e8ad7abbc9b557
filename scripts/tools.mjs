// The programs that only the tests need: each is found on PATH, or installed from Debian's packages where that needs
// no question. A test starts one of its own from the program that is found here, never a service.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { privilegePrefix, run, say } from './setup.mjs';

/** `names` are tried in this order: Debian's name for the program, and everybody else's. */
export const TOOLS = {
  alertmanager: {
    names: ['prometheus-alertmanager', 'alertmanager'],
    package: 'prometheus-alertmanager',
    elsewhere: 'get it from https://prometheus.io/download/#alertmanager and put alertmanager on PATH',
  },
  amtool: {
    names: ['amtool'],
    package: 'prometheus-alertmanager',
    elsewhere: 'get it from https://prometheus.io/download/#alertmanager and put amtool on PATH',
  },
  prometheus: {
    names: ['prometheus'],
    package: 'prometheus',
    elsewhere: 'get it from https://prometheus.io/download/#prometheus and put prometheus on PATH',
  },
  promtool: {
    names: ['promtool'],
    package: 'prometheus',
    elsewhere: 'get it from https://prometheus.io/download/#prometheus and put promtool on PATH',
  },
  'blackbox-exporter': {
    names: ['prometheus-blackbox-exporter', 'blackbox_exporter'],
    package: 'prometheus-blackbox-exporter',
    elsewhere:
      'get it from https://prometheus.io/download/#blackbox_exporter and put blackbox_exporter on PATH',
  },
  chromium: {
    names: ['chromium', 'chromium-browser', 'google-chrome'],
    package: 'chromium',
    elsewhere: 'install Chromium and put chromium on PATH',
  },
  'docker-compose': {
    names: ['docker-compose'],
    package: 'docker-compose',
    elsewhere: 'get it from https://github.com/docker/compose/releases and put docker-compose on PATH',
  },
  'systemd-analyze': {
    names: ['systemd-analyze'],
    package: 'systemd',
    elsewhere: 'it is a part of systemd, which only Linux has',
  },
  // The tests use its library, which has no one place; the program tells that it is there.
  faketime: {
    names: ['faketime'],
    package: 'faketime',
    elsewhere: 'get it from https://github.com/wolfcw/libfaketime and put faketime on PATH',
  },
};

/** Makes sure of each on Debian and its kin; elsewhere says what to type, and the tests that need it will fail for it. */
export function ensureTools(wanted) {
  for (const name of wanted) {
    const tool = TOOLS[name];
    if (isThere(tool)) continue;
    const prefix = privilegePrefix();
    if (prefix !== null) {
      say(`installing Debian's package ${tool.package} for the tests, without a service`);
      const [command, ...args] = [...prefix, 'sh', join('scripts', 'install-debian.sh'), tool.package];
      run(command, args);
      if (isThere(tool)) continue;
    }
    const lines = [
      `The tests that need ${name} will fail. Type the line for your system:`,
      `  Debian, Ubuntu: sudo sh scripts/install-debian.sh ${tool.package}`,
      `  Others:         ${tool.elsewhere}`,
    ];
    for (const line of lines) process.stderr.write(`${line}\n`);
  }
}

function isThere({ names }) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).some(isExecutable);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
