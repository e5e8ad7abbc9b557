import type { Reference } from '../../domain/reference.ts';
import type { ResolvedSecret } from './clean.ts';
import { type Environment, resolveEnv } from './env.ts';
import { resolveExec } from './exec.ts';
import { resolveFile } from './file.ts';

/**
 * Looks up the value behind a reference, now.
 *
 * @throws SecretError
 */
export async function resolveReference(reference: Reference, env: Environment): Promise<ResolvedSecret> {
  switch (reference.kind) {
    case 'literal':
      return { secret: reference.value, notes: [] };
    case 'env':
      return resolveEnv(reference.name, env);
    case 'file':
      return resolveFile(reference.path);
    case 'exec':
      return resolveExec(reference, env);
    default:
      return reference satisfies never;
  }
}
