import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import type { CliContext } from '../../src/cli/context.ts';
import { registerHealth } from '../../src/cli/health.ts';
import { registerSimulate } from '../../src/cli/simulate.ts';
import { registerStart } from '../../src/cli/start.ts';
import { registerStatus } from '../../src/cli/status.ts';
import { registerValidate } from '../../src/cli/validate.ts';

export const ROOT = join(import.meta.dirname, '..', '..');

export const readText = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

export const VERSION = (JSON.parse(readText('package.json')) as { version: string }).version;

const REGISTER = [registerStart, registerHealth, registerSimulate, registerStatus, registerValidate];

/**
 * The options that the real program reads from these arguments, without doing anything. Throws what it would say to a
 * command, a flag or a value that it does not know.
 */
export function parsedByProgram(args: readonly string[]): Readonly<Record<string, unknown>> {
  const program = new Command('mimecast-monitor').exitOverride().configureOutput({ writeErr: () => {} });
  const known: Record<string, unknown> = {};
  for (const register of REGISTER) register(program, {} as CliContext);
  for (const command of program.commands) {
    command.exitOverride().configureOutput({ writeErr: () => {} });
    command.action((options: object) => {
      Object.assign(known, options, { command: command.name() });
    });
  }
  program.parse(args, { from: 'user' });
  return known;
}

/** Every environment variable that the program looks at, from its sources. */
export function environmentNames(): ReadonlySet<string> {
  const names = new Set<string>();
  for (const path of readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.ts')) continue;
    for (const [, bracketed, dotted] of readText(join('src', path)).matchAll(
      /\benv(?:\['([A-Za-z_]+)'\]|\.([A-Z_]+)\b)/g,
    )) {
      names.add(bracketed ?? dotted ?? '');
    }
  }
  return names;
}

/** The paths that every process serves, and those that only one with the role `all` does. */
export function processPaths(): ReadonlySet<string> {
  return new Set(
    [...readText('src/http/process-routes.ts').matchAll(/app\.get\('([^']+)'/g)].map(
      ([, path]) => path ?? '',
    ),
  );
}

/**
 * How long the parts may take to end at worst, in milliseconds: read from the composition root, where each part is
 * given its time. The embedded Redis is counted, too.
 */
export function longestTeardownMs(): number {
  const source = readText('src/app.ts') + readText('src/app/teardown.ts');
  const constants = new Map(
    [...source.matchAll(/^const (\w+_MS) = ([\d_]+);/gm)].map(([, name, ms]) => [
      name,
      Number(ms?.replaceAll('_', '')),
    ]),
  );
  const steps = [...readText('src/app.ts').matchAll(/teardown\.add(?:Redis)?\((?:[^;]|;(?=[^\n]))*?\);$/gm)];
  return steps.reduce((sum, [call]) => {
    const own = /, (\w+_MS)\);$/.exec(call)?.[1] ?? 'STEP_MS';
    const ms = constants.get(own);
    if (ms === undefined) throw new Error(`${own} is not a number in src/app.ts`);
    return sum + ms;
  }, 0);
}
