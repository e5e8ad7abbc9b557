import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findServerBinary, installHint } from '../../src/redis/server-binary.ts';
import { eventually } from '../e2e/world.ts';
import { freePort } from '../helpers/free-port.ts';
import { readPage } from './markdown.ts';

const TEXT = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');

/** The blocks of commands between a heading and the next one, as they stand on the page. */
export function blocksUnder(heading: string): readonly string[] {
  const sections = TEXT.split(/^#+ /m);
  const section = sections.find((one) => one.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`The page has no heading ${heading}`);
  return readPage(section).blocks('sh');
}

/** The one line of the page that defines `r` for this kind of Redis. */
export function definitionOfR(kind: 'embedded' | 'your own'): string {
  const lines = blocksUnder('The commands below').join('\n').split('\n');
  const found = lines.filter((line) => line.startsWith('r() {') && line.includes(`# ${kind}`));
  if (found.length !== 1) throw new Error(`The page defines r ${found.length} times for: ${kind}`);
  return found[0] ?? '';
}

export interface Shell {
  /** Runs commands of the page after what the page says to type first; resolves with what they printed. */
  run(commands: string | undefined, env?: Readonly<Record<string, string>>): Promise<string>;
}

/** A shell in which `redis-server` is whatever server this machine has, as the page says to arrange it. */
export async function openShell(folder: string, first: readonly string[]): Promise<Shell> {
  const server = findServerBinary(process.env);
  if (server === null) throw new Error(installHint());
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  await symlink(server, join(bin, 'redis-server'));
  const serve = blocksUnder('The commands below').find((block) => block.includes('serve()'));
  return {
    async run(commands, env = {}) {
      if (commands === undefined || serve === undefined) throw new Error('The page has no such block');
      const script = ['set -e', ...first, serve, commands].join('\n');
      const { PATH = '', HOME = '' } = process.env;
      const { stdout } = await promisify(execFile)('sh', ['-c', script], {
        env: { HOME, TMPDIR: '/tmp', PATH: `${bin}:${PATH}`, ...env },
      });
      return stdout;
    },
  };
}

export interface OwnRedis {
  readonly port: number;
  readonly folder: string;
  readonly url: string;
  stop(): Promise<void>;
}

/** A Redis as an operator runs it: on a port, with a password, and with the settings that the page asks for. */
export async function startOwnRedis(folder: string, password: string): Promise<OwnRedis> {
  const server = findServerBinary(process.env);
  if (server === null) throw new Error(installHint());
  const port = await freePort();
  const settings = `bind 127.0.0.1
port ${port}
requirepass ${password}
dir ${folder}
appendonly yes
appendfsync everysec
maxmemory-policy noeviction
hz 50
save ""
repl-diskless-sync-delay 0
`;
  const child = spawn(join(folder, '..', 'bin', 'redis-server'), ['-'], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const ended = once(child, 'close');
  child.stdin.end(settings);
  const env = { ...process.env, REDISCLI_AUTH: password };
  const ping = () => promisify(execFile)('redis-cli', ['-p', String(port), 'ping'], { env });
  await eventually('the Redis answers', async () => {
    const { stdout } = await ping().catch(() => ({ stdout: '' }));
    return stdout.trim() === 'PONG';
  });
  return {
    port,
    folder,
    url: `redis://:${password}@127.0.0.1:${port}`,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
