import { accessSync, constants, statSync } from 'node:fs';
import { basename, delimiter, isAbsolute, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Debian's `redis-tools` holds the server program under the name `redis-check-rdb` (the package `redis-server`
 * only adds a link to it, and a service on port 6379). The program looks at the name it was started by, so a link
 * of our own makes it a server, and no service has to be installed. Valkey is packaged the same way.
 */
const SERVER_NAMES = ['redis-server', 'valkey-server', 'redis-check-rdb', 'valkey-check-rdb'] as const;

/** Absolute path of a program that can be run as a Redis server, or null when PATH holds none. */
export function findServerBinary(env: Environment): string | null {
  for (const name of SERVER_NAMES) {
    const found = findOnPath(name, env);
    if (found !== null) return found;
  }
  return null;
}

/** The name a program must be started by to act as a server, or null when its own name serves. */
export function serverNameFor(binary: string): string | null {
  const name = basename(binary);
  return name.endsWith('-check-rdb') ? name.replace('-check-rdb', '-server') : null;
}

/** Absolute path of an executable file on PATH; relative PATH entries are not looked at. */
export function findOnPath(name: string, env: Environment): string | null {
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    const path = join(folder, name);
    if (isExecutableFile(path)) return path;
  }
  return null;
}

function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

const INSTALL_COMMANDS = {
  'Debian, Ubuntu': 'apt-get install redis-tools',
  Fedora: 'dnf install valkey',
  Alpine: 'apk add redis',
  macOS: 'brew install redis',
} as const;

/** The line to type for each system, for a terminal. */
export function installLines(): string[] {
  return Object.entries(INSTALL_COMMANDS).map(([system, command]) => `${`${system}:`.padEnd(16)}${command}`);
}

/** The same in one line, for an error. */
export function installHint(): string {
  const commands = Object.entries(INSTALL_COMMANDS).map(([system, command]) => `${command} (${system})`);
  return `No redis-server or valkey-server was found on PATH: ${commands.join(', ')}, or set REDIS_URL to a Redis 6.2 or newer.`;
}
