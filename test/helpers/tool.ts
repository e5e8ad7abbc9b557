import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findOnPath } from '../../src/redis/server-binary.ts';

/** The programs of other projects that the tests use; `scripts/tools.mjs` looks for the same and installs them. */
const TOOLS = {
  alertmanager: { names: ['prometheus-alertmanager', 'alertmanager'], package: 'prometheus-alertmanager' },
  amtool: { names: ['amtool'], package: 'prometheus-alertmanager' },
  prometheus: { names: ['prometheus'], package: 'prometheus' },
  promtool: { names: ['promtool'], package: 'prometheus' },
  chromium: { names: ['chromium', 'chromium-browser', 'google-chrome'], package: 'chromium' },
  'docker-compose': { names: ['docker-compose'], package: 'docker-compose' },
  faketime: { names: ['faketime'], package: 'faketime' },
  'systemd-analyze': { names: ['systemd-analyze'], package: 'systemd' },
} as const;

export type Tool = keyof typeof TOOLS;

/** Its absolute path; throws what to type where it is missing. */
export function findTool(tool: Tool): string {
  const { names, package: debian } = TOOLS[tool];
  for (const name of names) {
    const found = findOnPath(name, process.env);
    if (found !== null) return found;
  }
  throw new Error(
    `This test needs ${tool}: type \`sudo sh scripts/install-debian.sh ${debian}\` on Debian and its kin; elsewhere ` +
      `put ${names.at(-1)} on PATH.`,
  );
}

export interface ToolResult {
  readonly code: number;
  /** What it wrote to stdout and stderr, in this order. */
  readonly output: string;
}

/** Runs it to its end. */
export async function runTool(tool: Tool, args: readonly string[], cwd?: string): Promise<ToolResult> {
  try {
    const { stdout, stderr } = await promisify(execFile)(findTool(tool), args, {
      ...(cwd !== undefined && { cwd }),
      maxBuffer: 16 * 1_024 * 1_024,
    });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (typeof code !== 'number') throw error;
    return { code, output: stdout + stderr };
  }
}

export interface ToolServer {
  readonly folder: string;
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

/**
 * Starts it as a server in a temporary folder of its own and resolves when it says on stderr that it listens. Should
 * it end instead, its last words are the reason.
 */
export async function startToolServer(
  tool: Tool,
  says: RegExp,
  prepare: (folder: string) => Promise<readonly string[]>,
): Promise<ToolServer> {
  const program = findTool(tool);
  const folder = await mkdtemp(join(tmpdir(), `mcm-${tool}-`));
  const args = await prepare(folder);
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const stop = async () => {
    await end(child);
    await rm(folder, { recursive: true });
  };
  try {
    await listening(child, tool, says);
  } catch (error) {
    await stop();
    throw error;
  }
  return { folder, child, stop };
}

function listening(child: ChildProcess, tool: Tool, says: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr?.on('data', (chunk) => {
      said += String(chunk);
      if (says.test(said)) resolve();
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`${tool} ended at once: ${said.slice(-1_000)}`)));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
