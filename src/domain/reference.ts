import type { Secret } from './secret.ts';

/**
 * Where a value comes from. A literal stands in the config file itself; the other kinds are looked up when the
 * value is needed. Paths are absolute once loaded; `directory` is the folder of the config file that holds the
 * reference, in which a command runs.
 */
export type Reference =
  | { readonly kind: 'literal'; readonly value: Secret }
  | { readonly kind: 'env'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'exec'; readonly command: readonly [string, ...string[]]; readonly directory: string };

/** Says where a value comes from without ever saying the value, e.g. `env SOC_URL` or `file /run/secrets/acme`. */
export function describeReference(reference: Reference): string {
  switch (reference.kind) {
    case 'literal':
      return 'literal in the config file';
    case 'env':
      return `env ${reference.name}`;
    case 'file':
      return `file ${reference.path}`;
    case 'exec':
      // Arguments may carry a token of their own; the program's name is enough to find the entry.
      return `exec ${reference.command[0]}`;
    default:
      return reference satisfies never;
  }
}
