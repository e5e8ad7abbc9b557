import type { Reference } from '../../domain/reference.ts';
import type { ResolvedSecret } from './clean.ts';
import { type Environment, resolveEnv } from './env.ts';
import { resolveExec } from './exec.ts';
import { resolveFile } from './file.ts';
import { createGate } from './gate.ts';

/** Commands for a whole fleet must not start all at once: a vault's program may need a second of a core each. */
const MOST_COMMANDS = 8;

/**
 * Looks up the value behind a reference, now. Rejects with a SecretError.
 */
export type LookUp = (reference: Reference) => Promise<ResolvedSecret>;

/** One for a whole process: at most eight commands run at a time, and the others wait for their turn. */
export function createLookUp(env: Environment): LookUp {
  const gate = createGate(MOST_COMMANDS);
  return async (reference) => {
    switch (reference.kind) {
      case 'literal':
        return { secret: reference.value, notes: [] };
      case 'env':
        return resolveEnv(reference.name, env);
      case 'file':
        return resolveFile(reference.path);
      case 'exec':
        return gate(() => resolveExec(reference, env));
      default:
        return reference satisfies never;
    }
  };
}
