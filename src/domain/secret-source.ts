import type { Connection } from './connection.ts';
import type { Reference } from './reference.ts';

/**
 * What a connection's keys come from, in a few words without any value, e.g. `exec vault` or `directory /run/secrets`: who
 * share it fail together. `code` says how the look-up failed, and so which of the two keys it was about.
 */
export function secretSource({ clientId, clientSecret }: Connection, code: string | null): string {
  const kinds = [clientSecret, clientId].filter(({ kind }) => kind !== 'literal');
  const failed = kinds.find(({ kind }) => code?.startsWith(`${kind}_`)) ?? kinds[0];
  return failed === undefined ? 'the config file' : nameOf(failed);
}

function nameOf(reference: Reference): string {
  switch (reference.kind) {
    case 'literal':
      return 'the config file';
    case 'env':
      return 'the environment';
    case 'file':
      return `directory ${reference.path.slice(0, reference.path.lastIndexOf('/')) || '/'}`;
    case 'exec':
      return `exec ${programOf(reference.command)}`;
    default:
      return reference satisfies never;
  }
}

/** `env` only hands variables to the program that it starts. Arguments may carry a token of their own. */
function programOf([program, ...args]: readonly [string, ...string[]]): string {
  if (!/(?:^|\/)env$/.test(program)) return program;
  return args.find((arg) => !arg.startsWith('-') && !arg.includes('=')) ?? program;
}
