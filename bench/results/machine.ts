import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

/** What a figure is worth nothing without. */
export interface Circumstances {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly machine: string;
  readonly versions: string;
  /** The commit, with a plus where files differed from it. */
  readonly commit: string;
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export function circumstances(now: Date): Circumstances {
  const model = cpus()[0]?.model ?? 'unknown';
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return {
    at: now.toISOString().slice(0, 16).replace('T', ' '),
    machine: `${cpus().length} × ${model}, ${memory}, Linux ${release()}`,
    versions: [
      `Node ${process.version.slice(1)}`,
      `Redis ${versionOf('redis-server', /v=(\S+)/)}`,
      ...['bullmq', 'ioredis', 'undici'].map((name) => `${name} ${packageVersion(name)}`),
      `blackbox_exporter ${versionOf('prometheus-blackbox-exporter', /version (\S+)/)}`,
    ].join(', '),
    commit: commit(),
  };
}

function packageVersion(name: string): string {
  const text = readFileSync(`${ROOT}node_modules/${name}/package.json`, 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}

/** Somebody else's system has a program under another name, or not at all: its rows say that. */
function versionOf(program: string, pattern: RegExp): string {
  const { stdout, stderr } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return pattern.exec(`${stdout}${stderr}`)?.[1] ?? 'unknown';
}

function commit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();
  try {
    // What the bench itself writes is no difference.
    const changed = git(
      'status',
      '--porcelain',
      '--',
      '.',
      ':!bench/RESULTS.md',
      ':!bench/results.json',
      ':!bench/profiles',
    );
    return `${git('rev-parse', '--short=7', 'HEAD')}${changed === '' ? '' : '+'}`;
  } catch {
    return 'unknown';
  }
}
